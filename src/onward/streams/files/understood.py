"""A table and what the first pass learned of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from onward.streams.files.column import Column
from onward.streams.files.missing_codes import MissingCodes
from onward.streams.files.options import ReadOptions
from onward.streams.files.prepared import Prepared
from onward.streams.files.survey import survey
from onward.streams.files.table import Table
from onward.streams.files.targets import as_classes


@dataclass(frozen=True)
class Understood:
    """A table, its columns, and how it is to be read.

    Attributes:
        table: the table.
        options: what was said of it.
        columns: what is known of its columns, by name.
        rows: their number, less those that are not valid and empty ones at the end.
        length: rows of the table, less empty ones at the end.
        notes: what is worth saying, one sentence each.
    """

    table: Table
    options: ReadOptions
    columns: Mapping[str, Column]
    rows: int
    length: int
    notes: tuple[str, ...]

    def prepared(self, more: Sequence[Column] = ()) -> Prepared:
        """Return the table to read rows from, with columns that are made from others."""
        columns = {**self.columns, **{column.name: column for column in more}}
        codes = MissingCodes(self.options.missing_codes)
        return Prepared(self.table, columns, self.length, codes, self.options.reverse)


def understand(
    table: Table, options: ReadOptions, classes: Sequence[str], valid: str | None = None
) -> Understood:
    """Read a table once.

    Arguments:
        table: the table.
        options: what is said of it.
        classes: targets that are asked for as classes: there a word among numbers is a class.
        valid: the column that says which rows count; None for all.
    """
    codes = MissingCodes(options.missing_codes)
    found = survey(table, codes, options.decimal is not None, valid)
    notes = [*table.notes]
    if table.decimal != "." and options.decimal is None:
        notes.append(f"Read {table.decimal!r} as the decimal mark.")
    if found.empty:
        what = "1 row" if found.empty == 1 else f"{found.empty} rows"
        notes.append(f"Left out {what} at the end of the file without any value.")
    if found.left_out:
        rows = f"{found.left_out} of {found.length} rows"
        notes.append(f"Left out {rows}, which {valid!r} does not call valid.")
    columns = as_classes(found.columns, classes)
    return Understood(table, options, columns, found.rows, found.length, tuple(notes))
