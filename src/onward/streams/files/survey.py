"""The first pass over a file, in constant memory."""

from typing import TYPE_CHECKING

from onward.streams.files import cells
from onward.streams.files.codes import NO_CODES, Codes
from onward.streams.files.column import Column
from onward.streams.files.column_survey import ColumnSurvey, NumberSurvey, TimeSurvey
from onward.streams.files.table import Table
from onward.streams.files.text_survey import TextHints, TextSurvey

if TYPE_CHECKING:
    import pyarrow as pa


def survey(
    table: Table, codes: Codes = NO_CODES, decimal_is_given: bool = False
) -> tuple[dict[str, Column], int, int]:
    """Read a whole table once.

    Returns:
        What its columns hold, by name; its number of rows, less those at its end that hold
        nothing; and the number of these.
    """
    hints = TextHints(table.cells_are_text, table.decimal, decimal_is_given, codes)
    surveys: dict[str, ColumnSurvey] = {}
    rows = used = 0
    for batch in table.batches(table.names, 0):
        last = 0
        for name in table.names:
            column = codes.without(raw := cells.plain(batch.column(name)))
            if last < batch.num_rows:
                last = max(last, _last_cell(raw))
            if name not in surveys:
                surveys[name] = _survey_for(name, column.type, hints)
            surveys[name].add(column, rows)
        used = rows + last if last else used
        rows += batch.num_rows
    columns = {name: found.result() for name, found in surveys.items()}
    for name, type_name in table.unsupported.items():
        columns[name] = Column(name, "unsupported", type_name=type_name)
    return columns, used, rows - used


def _last_cell(column: "pa.Array") -> int:
    """The row, from 1, of the last cell that holds something; 0 where none does."""
    if not column.null_count or (len(column) and column[-1].is_valid):
        return len(column)
    there = column.is_valid().to_numpy(zero_copy_only=False)
    return len(there) - int(there[::-1].argmax()) if there.any() else 0


def _survey_for(name: str, cell_type: "pa.DataType", hints: TextHints) -> ColumnSurvey:
    from pyarrow import types

    if cells.is_text(cell_type):
        return TextSurvey(name, hints)
    if cells.is_time(cell_type):
        return TimeSurvey(name)
    kind = "truth" if types.is_boolean(cell_type) else "number"
    return NumberSurvey(name, kind, hints.codes)
