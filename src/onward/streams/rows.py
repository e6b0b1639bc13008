"""Cutting rows into chunks, so that any start gives the same rows."""

from collections.abc import Iterable, Iterator

import numpy as np

from onward.streams.base import Chunk
from onward.streams.errors import stream_error


def check_length(length: int) -> None:
    """Refuse a stream of fewer than two rows: no prediction of it could be scored."""
    if length < 2:
        raise stream_error("a length of at least 2 rows", str(length), "a longer stream")


def check_range(size: int, start: int, length: int) -> None:
    """Refuse a chunk size below 1 and a start outside of `0..length`."""
    if size < 1:
        raise stream_error("a chunk size of at least 1 row", str(size), "size=1000")
    if not 0 <= start <= length:
        raise stream_error(f"a start from 0 to {length}", str(start), "start=0")


def slices(size: int, start: int, length: int) -> Iterator[slice]:
    """Yield consecutive slices of `size` rows from `start` to `length`."""
    for first in range(start, length, size):
        yield slice(first, min(first + size, length))


def array_chunks(
    x: np.ndarray, y: np.ndarray, time: np.ndarray | None, size: int, start: int
) -> Iterator[Chunk]:
    """Return the rows of arrays in chunks: copies, so that no reader can alter the stream.

    Arguments:
        x: shape (rows, features).
        y: shape (rows, targets).
        time: shape (rows,), or None.
        size: rows a chunk.
        start: first row.

    Raises:
        StreamError: at once, for a size or a start that is out of range.
    """
    check_range(size, start, len(x))
    whole = Chunk(x, y, time)
    return (_part(whole, rows) for rows in slices(size, start, len(x)))


def rechunk(pieces: Iterable[Chunk], size: int) -> Iterator[Chunk]:
    """Yield the rows of `pieces`, which may have any sizes, in chunks of `size`."""
    held: list[Chunk] = []
    rows_held = 0
    for piece in pieces:
        held.append(piece)
        rows_held += len(piece.x)
        if rows_held < size:
            continue
        whole = _join(held)
        ready = rows_held - rows_held % size
        for rows in slices(size, 0, ready):
            yield _part(whole, rows)
        held = [_part(whole, slice(ready, None))]
        rows_held -= ready
    if rows_held:
        yield _join(held)


def _part(chunk: Chunk, rows: slice) -> Chunk:
    time = None if chunk.time is None else chunk.time[rows].copy()
    return Chunk(chunk.x[rows].copy(), chunk.y[rows].copy(), time)


def _join(chunks: list[Chunk]) -> Chunk:
    if len(chunks) == 1:
        return chunks[0]
    times = [chunk.time for chunk in chunks if chunk.time is not None]
    return Chunk(
        np.concatenate([chunk.x for chunk in chunks]),
        np.concatenate([chunk.y for chunk in chunks]),
        np.concatenate(times) if times else None,
    )
