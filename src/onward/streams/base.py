"""What a stream is: an ordered, restartable source of (x, y) rows. Streams see no model."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Literal, Protocol

import numpy as np

Task = Literal["regression", "classification"]


class StreamError(ValueError):
    """A stream that cannot be read as asked: what was expected, what was found, what to try."""


@dataclass(frozen=True)
class Steps:
    """How far apart the rows of a stream are in time, within a series where there are several.

    Attributes:
        median: the median step, s. Of long streams it is that of an even sample of the steps.
        shortest: the shortest step, s; below zero where time goes back.
        longest: the longest step, s.
        even: the share of the steps that are within a tenth of the median.
    """

    median: float
    shortest: float
    longest: float
    even: float


@dataclass(frozen=True)
class StreamInfo:
    """What is known of a stream before its first row is read.

    Attributes:
        name: the built-in name, or the file's stem.
        task: `"regression"` or `"classification"`.
        feature_names: one name per column of `Chunk.x`.
        target_names: one name per column of `Chunk.y`.
        feature_offsets: what was taken off each column of `Chunk.x`, in float64, before it became
            float32: a value of the column where its values lie far from zero and vary little,
            else 0. Empty where nothing was, as in streams that are neither files nor tables.
        target_offsets: what was taken off each column of `Chunk.y`, in the same way; add it to
            labels and to predictions to have them in the units of the file.
        class_names: for classification, the classes in the order of their indices; else empty.
        length: number of rows.
        origin: one line: where the data come from, or which equations make them.
        horizon: the horizon (in samples) that this stream is usually predicted at.
        warnings: what you should know before trusting a result (unsorted or
            duplicate timestamps, constant columns, ...), one sentence each.
        start_name: what begins a sequence: the column that changes, "file", "a gap in" the time,
            or several of these joined by "or"; None where `Chunk.start` is None.
        weight_name: the column of the labels' weights; None where `Chunk.weight` is None.
        series_name: the column that tells the series apart; None where `Chunk.series` is None.
        series_names: the series in the order of their codes, which is that of their first rows;
            "" is that of the rows where the column is missing.
        series_hint: a column that nobody has named and that seems to tell series apart, as the
            time goes forward among the rows of each of its values alone; else None.
        phase_name: the column that tells the phases apart; None where `Chunk.phase` is None.
        phase_names: the phases in the order of their codes, as `series_names`. Of several files,
            their names.
        session_lengths: the rows of each file of a stream of several; empty for one file.
        steps: how far apart the rows are; None without timestamps.
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
    series_name: str | None = None
    series_names: tuple[str, ...] = ()
    series_hint: str | None = None
    phase_name: str | None = None
    phase_names: tuple[str, ...] = ()
    session_lengths: tuple[int, ...] = ()
    steps: Steps | None = None
    feature_offsets: tuple[float, ...] = ()
    target_offsets: tuple[float, ...] = ()


@dataclass(frozen=True)
class Chunk:
    """Consecutive rows of a stream.

    Attributes:
        x: features less `StreamInfo.feature_offsets`, float32, shape (rows, features). NaN and
            infinities are passed on as they are. A stream without features has shape (rows, 0).
        y: targets less `StreamInfo.target_offsets`, float32, shape (rows, targets). For
            classification one column, the index into `StreamInfo.class_names`. NaN where a label
            is missing.
        time: timestamps of the rows (datetime64 or numbers), or None where the stream has none.
        weight: what the loss of each row's label is multiplied by, float32 >= 0, shape (rows,),
            NaN where it is missing; None where every label weighs 1.
        start: whether a sequence begins with each row, bool, shape (rows,); True at the stream's
            first row, and at that of each series. None where the stream has no sequences.
        series: which of interleaved series each row belongs to, an index into
            `StreamInfo.series_names`, int32, shape (rows,); None where there is one series.
        phase: which phase each row belongs to, an index into `StreamInfo.phase_names`, int32,
            shape (rows,): what a report compares. None where the stream names no phases.
    """

    x: np.ndarray
    y: np.ndarray
    time: np.ndarray | None = None
    weight: np.ndarray | None = None
    start: np.ndarray | None = None
    series: np.ndarray | None = None
    phase: np.ndarray | None = None

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
