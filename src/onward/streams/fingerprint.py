"""What a stream's past looked like, in a few bytes."""

from dataclasses import fields
from hashlib import blake2b

import numpy as np

from onward.streams.base import Chunk, Stream
from onward.streams.errors import stream_error

BYTES = 16
CHUNK = 8192


def fingerprint(stream: Stream, rows: int) -> str:
    """Return a hash of a stream's first rows, in constant memory.

    Equal rows have equal hashes, however they are cut into chunks; a NaN equals any other. All
    that a `Chunk` holds counts: x, y, time, weights, starts, series and phases.

    Arguments:
        stream: the stream.
        rows: how many rows; reads them once.

    Returns:
        32 hexadecimal digits (BLAKE2b).

    Raises:
        StreamError: for a number of rows that the stream does not have.
    """
    length = stream.info.length
    if not 0 <= rows <= length:
        raise stream_error(f"from 0 to {length} rows", str(rows), f"rows={length}")
    hashes = {field.name: blake2b(digest_size=BYTES) for field in fields(Chunk)}
    left = rows
    for chunk in stream.chunks(CHUNK) if rows else ():
        for name, array in _arrays(chunk.cut(slice(left))).items():
            hashes[name].update(_bytes(array))
        left -= min(left, len(chunk.x))
        if not left:
            break
    whole = blake2b(digest_size=BYTES)
    for name, one in hashes.items():
        whole.update(name.encode() + one.digest())
    return whole.hexdigest()


def _arrays(chunk: Chunk) -> dict[str, np.ndarray]:
    arrays = {field.name: getattr(chunk, field.name) for field in fields(chunk)}
    return {name: array for name, array in arrays.items() if array is not None}


def _bytes(array: np.ndarray) -> bytes:
    if array.dtype.kind == "f":
        array = np.where(np.isnan(array), np.array(np.nan, array.dtype), array)
    return np.ascontiguousarray(array).tobytes()
