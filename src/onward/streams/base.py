"""What a stream is: an ordered, restartable source of (x, y) rows. Streams see no model."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Literal, Protocol

import numpy as np

Task = Literal["regression", "classification"]


class StreamError(ValueError):
    """A stream that cannot be read as asked: what was expected, what was found, what to try."""


@dataclass(frozen=True)
class StreamInfo:
    """What is known of a stream before its first row is read.

    Attributes:
        name: the built-in name, or the file's stem.
        task: `"regression"` or `"classification"`.
        feature_names: one name per column of `Chunk.x`.
        target_names: one name per column of `Chunk.y`.
        class_names: for classification, the classes in the order of their indices; else empty.
        length: number of rows.
        origin: one line: where the data come from, or which equations make them.
        horizon: the horizon (in samples) that this stream is usually predicted at.
        warnings: what you should know before trusting a result (unsorted or
            duplicate timestamps, constant columns, ...), one sentence each.
        start_name: the column whose change begins a sequence; None where `Chunk.start` is None.
        weight_name: the column of the labels' weights; None where `Chunk.weight` is None.
    """

    name: str
    task: Task
    feature_names: tuple[str, ...]
    target_names: tuple[str, ...]
    class_names: tuple[str, ...]
    length: int
    origin: str
    horizon: int = 0
    warnings: tuple[str, ...] = ()
    start_name: str | None = None
    weight_name: str | None = None


@dataclass(frozen=True)
class Chunk:
    """Consecutive rows of a stream.

    Attributes:
        x: features, float32, shape (rows, features). NaN and infinities are passed on as they are.
        y: targets, float32, shape (rows, targets). For classification one column, the index
            into `StreamInfo.class_names`. NaN where a label is missing.
        time: timestamps of the rows (datetime64 or numbers), or None where the stream has none.
        weight: what the loss of each row's label is multiplied by, float32 >= 0, shape (rows,),
            NaN where it is missing; None where every label weighs 1.
        start: whether a sequence begins with each row, bool, shape (rows,); True at the stream's
            first row. None where the stream has no sequences.
    """

    x: np.ndarray
    y: np.ndarray
    time: np.ndarray | None = None
    weight: np.ndarray | None = None
    start: np.ndarray | None = None

    def cut(self, rows: slice) -> "Chunk":
        """Some of the rows, as views of these."""
        arrays = {field.name: getattr(self, field.name) for field in fields(self)}
        return Chunk(**{name: a[rows] for name, a in arrays.items() if a is not None})


class Stream(Protocol):
    """An ordered source of rows that can be read again, from any row, with the same result."""

    @property
    def info(self) -> StreamInfo: ...

    def chunks(self, size: int, start: int = 0) -> Iterator[Chunk]:
        """Yield the rows from `start` on in chunks of `size` (the last one may be shorter)."""
        ...
