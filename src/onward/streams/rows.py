"""Cutting rows into chunks, so that any start gives the same rows."""

from collections.abc import Iterable, Iterator
from dataclasses import fields

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
    return (_copied(whole.cut(rows)) for rows in slices(size, start, len(x)))


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
            yield _copied(whole.cut(rows))
        held = [_copied(whole.cut(slice(ready, None)))]
        rows_held -= ready
    if rows_held:
        yield _join(held)


def _copied(chunk: Chunk) -> Chunk:
    return _join([chunk])


def _join(chunks: list[Chunk]) -> Chunk:
    """The rows of all chunks, copied."""
    given = [field.name for field in fields(Chunk) if getattr(chunks[0], field.name) is not None]
    return Chunk(**{n: np.concatenate([getattr(chunk, n) for chunk in chunks]) for n in given})
