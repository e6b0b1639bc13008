"""What a stream's past looked like, in one number."""

from dataclasses import fields

import numpy as np

from onward.streams.base import Chunk, Stream
from onward.streams.errors import stream_error

CHUNK = 8192


def fingerprint(rows: Chunk, first: int) -> int:
    """A number of 64 bits that tells rows apart from others, or from the same in another order.

    That of a stream is the sum over its chunks, modulo 2⁶⁴, however it is cut. All that a `Chunk`
    holds counts: x, y, time, weights, starts, series and phases. One NaN equals another.

    Args:
        rows: consecutive rows.
        first: the number of the first one in the stream.
    """
    from pandas import DataFrame, RangeIndex
    from pandas.util import hash_pandas_object

    arrays = {field.name: getattr(rows, field.name) for field in fields(rows)}
    columns = {
        f"{name}{column}": _with_one_nan(values)
        for name, array in arrays.items()
        if array is not None
        for column, values in enumerate(array.T if array.ndim == 2 else [array])
    }
    index = RangeIndex(first, first + len(rows.x))
    # pandas gives it by a module-level __getattr__, which has no types.
    hashes = np.asarray(hash_pandas_object(DataFrame(columns, index=index)))  # pyright: ignore
    return int(hashes.sum(dtype=np.uint64))


def fingerprint_of(stream: Stream, rows: int) -> int:
    """The fingerprint of a stream's first rows, in constant memory.

    Args:
        stream: the stream.
        rows: how many rows; reads them once.

    Raises:
        StreamError: for a number of rows that the stream does not have.
    """
    length = stream.info.length
    if not 0 <= rows <= length:
        raise stream_error(f"from 0 to {length} rows", str(rows), f"rows={length}")
    found, row = 0, 0
    for chunk in stream.chunks(CHUNK) if rows else ():
        found = added(found, fingerprint(chunk.cut(slice(rows - row)), row))
        row += len(chunk.x)
        if row >= rows:
            break
    return found


def added(one: int, other: int) -> int:
    """The fingerprint of rows and of those after them."""
    return (one + other) % 2**64


def _with_one_nan(values: np.ndarray) -> np.ndarray:
    if values.dtype.kind != "f":
        return values
    return np.where(np.isnan(values), np.array(np.nan, values.dtype), values)
