"""How large an array may be, known from its header before any of it is read."""

import math

import numpy as np

from onward.recordings.errors import recording_error

MOST_BYTES = 2**31


def check_bytes(shape: tuple[int, ...], dtype: np.dtype, field: str, file: str) -> None:
    """Raise RecordingError if an array of Python objects or of more than 2 GiB is announced.

    Numbers become float32, so that shorter ones are counted with its four bytes.
    """
    if dtype.hasobject:
        remedy = "saving it as an array of numbers"
        raise recording_error("numbers or text", field, file, "Python objects", remedy)
    announced = math.prod(shape) * max(dtype.itemsize, 4)
    if announced > MOST_BYTES or min(shape, default=0) < 0:
        got = f"{announced / 2**30:.3g} GiB, for {dtype} of shape {shape}"
        raise recording_error("at most 2 GiB", field, file, got, "a file for each part of it")
