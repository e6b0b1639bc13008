"""A table whose missing cells are empty, and with the columns that are made from others."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from onward.streams.files import cells
from onward.streams.files.column import Column
from onward.streams.files.missing_codes import MissingCodes
from onward.streams.files.number_forms import PLAIN
from onward.streams.files.table import without_first
from onward.streams.files.wrapped import WrappedTable

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Prepared(WrappedTable):
    """A table as the first pass understood it.

    Words and codes for "missing" are null; numbers in text have a decimal point and nothing else;
    an indicator is 1 where its parent has its value and 0 elsewhere; a date and a time of day are
    one moment.

    Attributes:
        table: a file, several, or a table in memory.
        columns: what is known of its columns, and of those made from them, by name.
        length: rows, less empty ones at the end.
        codes: what stands for a missing value.
        reverse: whether the last row of each file comes first. The columns in use are then held in
            memory.
    """

    columns: Mapping[str, Column]
    length: int
    codes: MissingCodes
    reverse: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        return self.table.names

    def batches(self, names: Sequence[str], start: int) -> Iterator["pa.RecordBatch"]:
        """Yield batches as the table does, prepared."""
        import pyarrow as pa

        columns = [self.columns[name] for name in names if name not in self.breaks]
        sources = dict.fromkeys(
            one.name for column in columns for one in (column.parents or (column,))
        )
        wanted = [*sources, *(name for name in names if name in self.breaks)]
        for batch in self._rows(wanted, start):
            made = [self._made(name, batch) for name in names]
            yield pa.RecordBatch.from_arrays(made, names=list(names))

    def _rows(self, names: Sequence[str], start: int) -> Iterator["pa.RecordBatch"]:
        if not self.reverse:
            return _first(self.table.batches(names, start), self.length - start)
        file = self.sessions
        names = [*names, *([file] if file and file not in names else [])]
        held = _first(self.table.batches(names, 0), self.length)
        held = [batch for batch in held if batch.num_rows]
        # Files keep their order; no batch is of two.
        files = groupby(held, lambda batch: file and batch.column(file)[0].as_py())
        turned = (_turned(batch) for _, rows in files for batch in reversed(list(rows)))
        return without_first(turned, start)

    def _made(self, name: str, batch: "pa.RecordBatch") -> "pa.Array":
        import pyarrow as pa

        if name in self.breaks:
            return batch.column(name)
        column = self.columns[name]
        parents = [self._clean(one, batch) for one in column.parents]
        if column.kind == "time" and parents:
            (date, clock), (date_form, clock_form) = parents, [c.form for c in column.parents]
            assert clock_form is not None
            return pa.array(cells.times(date, date_form) + cells.clocks(clock, clock_form))
        return _indicator(parents[0], column.value) if parents else self._clean(column, batch)

    def _clean(self, column: Column, batch: "pa.RecordBatch") -> "pa.Array":
        found = self.codes.without(cells.plain(batch.column(column.name)))
        if not cells.is_text(found.type):
            return found
        if column.missing:
            found = MissingCodes(column.missing).without(found)
        if column.number_form != PLAIN:
            found = column.number_form.plain(found)
        return self.codes.without_numbers(found) if column.kind == "number" else found


def _first(batches: Iterator["pa.RecordBatch"], rows: int) -> Iterator["pa.RecordBatch"]:
    for batch in batches:
        yield batch.slice(0, max(rows, 0))
        rows -= batch.num_rows
        if rows <= 0:
            return


def _turned(batch: "pa.RecordBatch") -> "pa.RecordBatch":
    import numpy as np

    return batch.take(np.arange(batch.num_rows - 1, -1, -1))


def _indicator(column: "pa.Array", value: str) -> "pa.Array":
    import pyarrow as pa
    from pyarrow import compute

    here = compute.call_function("equal", [column, pa.scalar(value, column.type)])
    return compute.call_function("coalesce", [here, pa.scalar(False)]).cast(pa.float64())
