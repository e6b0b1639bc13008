"""A table and what the first pass learned of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from onward.streams.files.codes import Codes
from onward.streams.files.column import Column
from onward.streams.files.column_survey import TimeSurvey
from onward.streams.files.options import ReadOptions
from onward.streams.files.prepared import Prepared
from onward.streams.files.survey import survey
from onward.streams.files.table import Table
from onward.streams.files.targets import as_classes


@dataclass(frozen=True)
class Understood:
    """A table, its columns, and how it is to be read.

    Attributes:
        table: the file.
        options: what was said of it.
        columns: what is known of its columns, by name.
        rows: their number, less empty ones at the end.
        notes: what is worth saying, one sentence each.
    """

    table: Table
    options: ReadOptions
    columns: Mapping[str, Column]
    rows: int
    notes: tuple[str, ...]

    def prepared(self, more: Sequence[Column] = ()) -> Prepared:
        """Return the table to read rows from, with columns that are made from others."""
        columns = {**self.columns, **{column.name: column for column in more}}
        codes = Codes(self.options.missing_codes)
        return Prepared(self.table, columns, self.rows, codes, self.options.reverse)

    def with_steps(self, time: Column | None) -> Column | None:
        """Return the time with its order and steps; costs a pass where it is made from others."""
        if time is None or not time.parents:
            return time
        found = TimeSurvey(time.name)
        rows = 0
        table = replace(self.prepared([time]), reverse=False)
        for batch in table.batches([time.name], 0):
            found.add(batch.column(0), rows)
            rows += batch.num_rows
        surveyed = found.result()
        if self.options.reverse:
            surveyed = _turned(surveyed)
        return replace(surveyed, parents=time.parents, twin=time.twin)


def understand(table: Table, options: ReadOptions, classes: Sequence[str]) -> Understood:
    """Read a table once.

    Arguments:
        table: the file.
        options: what is said of it.
        classes: targets that are asked for as classes: there a word among numbers is a class.
    """
    codes = Codes(options.missing_codes)
    columns, rows, empty = survey(table, codes, options.decimal is not None)
    if options.reverse:
        columns = {name: _turned(column) for name, column in columns.items()}
    notes = [*table.notes]
    if table.decimal != "." and options.decimal is None:
        notes.append(f"Read {table.decimal!r} as the decimal mark.")
    if empty:
        what = "1 row" if empty == 1 else f"{empty} rows"
        notes.append(f"Left out {what} at the end of the file without any value.")
    return Understood(table, options, as_classes(columns, classes), rows, tuple(notes))


def _turned(column: Column) -> Column:
    """The column as it is when its rows are read from the last to the first."""
    return replace(column, forward=column.backward, backward=column.forward)
