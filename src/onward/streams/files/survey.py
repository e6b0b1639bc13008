"""The first pass over a file, in constant memory."""

from typing import TYPE_CHECKING

from onward.streams.files import cells
from onward.streams.files.column import Column
from onward.streams.files.column_survey import ColumnSurvey, NumberSurvey, TextSurvey, TimeSurvey
from onward.streams.files.table import Table

if TYPE_CHECKING:
    import pyarrow as pa


def survey(table: Table) -> tuple[dict[str, Column], int]:
    """Read a whole table once; return what its columns hold, by name, and its number of rows."""
    surveys: dict[str, ColumnSurvey] = {}
    rows = 0
    for batch in table.batches(table.names, 0):
        for name in table.names:
            column = cells.plain(batch.column(name))
            if name not in surveys:
                surveys[name] = _survey_for(column.type, table.cells_are_text)
            surveys[name].add(column, rows)
        rows += batch.num_rows
    columns = {name: found.result(name) for name, found in surveys.items()}
    for name, type_name in table.unsupported.items():
        columns[name] = Column(name, "unsupported", type_name=type_name)
    return columns, rows


def _survey_for(cell_type: "pa.DataType", cells_are_text: bool) -> ColumnSurvey:
    from pyarrow import types

    if cells.is_text(cell_type):
        return TextSurvey(may_be_numbers=cells_are_text)
    if cells.is_time(cell_type):
        return TimeSurvey()
    return NumberSurvey("truth" if types.is_boolean(cell_type) else "number")
