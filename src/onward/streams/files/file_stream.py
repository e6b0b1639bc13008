"""A table as a stream."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from onward.streams.base import Chunk, StreamInfo
from onward.streams.files import cells
from onward.streams.files.calendar_features import Calendar
from onward.streams.files.column import Column
from onward.streams.files.masks import only_valid
from onward.streams.files.starts import with_starts
from onward.streams.files.structure import Structure
from onward.streams.files.table import Table
from onward.streams.files.targets import Targets
from onward.streams.rows import check_range, rechunk

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class FileStream:
    """The rows of a table in its order, unchanged but for their float32.

    What `info.feature_offsets` and `info.target_offsets` tell is taken off before.

    Attributes:
        table: a file, several, or a table in memory.
        features: its feature columns.
        targets: its target columns and the task.
        weight: its column of weights, or None.
        structure: what begins sequences and tells time, series and phases.
        calendar: features made from the time, after the others.
        info: what is known of the stream.
    """

    table: Table
    features: tuple[Column, ...]
    targets: Targets
    weight: Column | None
    structure: Structure
    calendar: Calendar
    info: StreamInfo

    def chunks(self, size: int, start: int = 0) -> Iterator[Chunk]:
        """Yield the rows from `start` on.

        A missing cell is NaN; NaN and infinities pass, and numbers beyond float32 become
        infinite. Time is datetime64[us] (UTC) or float64. Whether a sequence begins with a row is
        told by the row before it, which is read too. With series or a column of valid rows, all
        rows before `start` are.

        Raises:
            StreamError: at once, for a size or a start out of range; later, if the file has
                become unreadable or another.
        """
        check_range(size, start, self.info.length)
        return rechunk(self.pieces(start), size)

    def pieces(self, start: int) -> Iterator[Chunk]:
        """Yield the rows from `start` on, cut as the table cuts them."""
        begin, valid = self.structure.begin, self.structure.valid
        before = start if valid else min(start, begin.looks_back(self.info.length))
        used = [*self.features, *self.targets.columns, *filter(None, (self.weight,))]
        names = [*(column.name for column in used), *self.structure.names]
        batches = self.table.batches(list(dict.fromkeys(names)), start - before)
        batches = only_valid(batches, valid)
        pieces = with_starts(batches, begin) if begin else ((batch, None) for batch in batches)
        for batch, begins in pieces:
            skipped = min(before, batch.num_rows)
            before -= skipped
            if skipped < batch.num_rows:
                yield self._chunk(
                    batch.slice(skipped), begins if begins is None else begins[skipped:]
                )

    def _chunk(self, batch: "pa.RecordBatch", begins: np.ndarray | None) -> Chunk:
        clock, series, phases = self.structure.clock, self.structure.series, self.structure.phases
        time = clock and clock.values(batch)
        x = [_numbers(batch, column) for column in self.features]
        if time is not None:
            x += self.calendar.columns(time)
        x = _without(self.info.feature_offsets, x)
        return Chunk(
            x=_float32(x, batch.num_rows),
            y=self._labels(batch),
            time=time,
            weight=self.weight and _float32([_numbers(batch, self.weight)], batch.num_rows)[:, 0],
            start=begins,
            series=series and series.of(batch),
            phase=phases and phases.of(batch),
        )

    def _labels(self, batch: "pa.RecordBatch") -> np.ndarray:
        columns = self.targets.columns
        if self.targets.task == "regression":
            y = _without(self.info.target_offsets, [_numbers(batch, one) for one in columns])
            return _float32(y, batch.num_rows)
        indices = {value: index for index, value in enumerate(self.targets.classes)}
        is_text = columns[0].kind == "text"
        values = (
            cells.plain(batch.column(columns[0].name)).to_pylist()
            if is_text
            else _numbers(batch, columns[0]).tolist()
        )
        return np.array([indices.get(value, np.nan) for value in values], np.float32)[:, None]


def _numbers(batch: "pa.RecordBatch", column: Column) -> np.ndarray:
    column_cells = cells.plain(batch.column(column.name))
    if column.kind == "truth" and cells.is_text(column_cells.type):
        return cells.truths(column_cells)
    return cells.numbers(column_cells)


def _without(offsets: Sequence[float], columns: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The columns less their offsets, in float64."""
    pairs = zip(columns, offsets, strict=True)
    return [column - offset if offset else column for column, offset in pairs]


def _float32(columns: list[np.ndarray], rows: int) -> np.ndarray:
    if not columns:
        return np.zeros((rows, 0), np.float32)
    # What is too large becomes infinite; a NaN of any bits stays one.
    with np.errstate(over="ignore", invalid="ignore"):
        return np.column_stack(columns).astype(np.float32)
