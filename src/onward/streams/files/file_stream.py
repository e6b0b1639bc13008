"""A file as a stream."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import starmap
from typing import TYPE_CHECKING

import numpy as np

from onward.streams.base import Chunk, StreamInfo
from onward.streams.files import cells
from onward.streams.files.column import Column
from onward.streams.files.starts import with_starts
from onward.streams.files.table import Table
from onward.streams.files.targets import Targets
from onward.streams.rows import check_range, rechunk

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class FileStream:
    """The rows of a file in its order, unchanged but for their float32.

    Attributes:
        table: the file.
        features: its feature columns.
        targets: its target columns and the task.
        time: its column of timestamps, or None.
        start: its column whose change begins a sequence, or None.
        weight: its column of weights, or None.
        info: what is known of the stream.
    """

    table: Table
    features: tuple[Column, ...]
    targets: Targets
    time: Column | None
    start: Column | None
    weight: Column | None
    info: StreamInfo

    def chunks(self, size: int, start: int = 0) -> Iterator[Chunk]:
        """Yield the rows from `start` on.

        A missing cell is NaN; NaN and infinities pass, and numbers beyond float32 become
        infinite. Time is datetime64[us] (UTC) or float64. Whether a sequence begins with the
        first row is told by the row before it, which is read too.

        Raises:
            StreamError: at once, for a size or a start out of range; later, if the file has
                become unreadable.
        """
        check_range(size, start, self.info.length)
        others = filter(None, (self.time, self.start, self.weight))
        used = (*self.features, *self.targets.columns, *others)
        names = list(dict.fromkeys(column.name for column in used))
        if self.start is None:
            return rechunk(map(self._chunk, self.table.batches(names, start)), size)
        batches = self.table.batches(names, max(start - 1, 0))
        pieces = with_starts(batches, self.start.name, start > 0)
        return rechunk(starmap(self._chunk, pieces), size)

    def _chunk(self, batch: "pa.RecordBatch", begins: np.ndarray | None = None) -> Chunk:
        def numbers(column: Column) -> np.ndarray:
            return _numbers(cells.plain(batch.column(column.name)), column)

        if self.targets.task == "classification":
            target = self.targets.columns[0]
            y = _labels(cells.plain(batch.column(target.name)), target, self.targets.classes)
        else:
            y = _float32([numbers(column) for column in self.targets.columns])
        time = None
        if self.time is not None and self.time.kind == "time":
            time = cells.times(cells.plain(batch.column(self.time.name)), self.time.form)
        elif self.time is not None:
            time = numbers(self.time)
        x = _float32([numbers(column) for column in self.features])
        weight = None if self.weight is None else _float32([numbers(self.weight)])[:, 0]
        return Chunk(x, y, time, weight, begins)


def _numbers(column_cells: "pa.Array", column: Column) -> np.ndarray:
    if column.kind == "truth" and cells.is_text(column_cells.type):
        return cells.truths(column_cells)
    return cells.numbers(column_cells)


def _labels(column_cells: "pa.Array", column: Column, classes: tuple) -> np.ndarray:
    indices = {value: index for index, value in enumerate(classes)}
    is_text = column.kind == "text"
    values = column_cells.to_pylist() if is_text else _numbers(column_cells, column).tolist()
    labels = [indices.get(value, np.nan) for value in values]
    return np.array(labels, np.float32)[:, None]


def _float32(columns: list[np.ndarray]) -> np.ndarray:
    with np.errstate(over="ignore"):
        return np.column_stack(columns).astype(np.float32)
