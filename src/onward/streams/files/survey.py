"""The first pass over a file, in constant memory."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from onward.streams.files import cells
from onward.streams.files.column import Column
from onward.streams.files.column_survey import ColumnSurvey, NumberSurvey, TextSurvey, TimeSurvey
from onward.streams.files.masks import valid_rows
from onward.streams.files.table import Table

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Survey:
    """What one pass over a table has learned.

    Attributes:
        columns: what its columns hold, by name.
        rows: its number of rows that are valid.
        left_out: its number of rows that are not.
    """

    columns: dict[str, Column]
    rows: int
    left_out: int


def survey(table: Table, valid: str | None = None) -> Survey:
    """Read a whole table once.

    Arguments:
        table: the table.
        valid: the column that says which rows count; None for all.
    """
    surveys: dict[str, ColumnSurvey] = {}
    rows = left_out = 0
    for batch in table.batches(table.names, 0):
        counts = None if valid is None else valid_rows(batch, valid)
        for name in table.names:
            column = cells.plain(batch.column(name))
            if name not in surveys:
                surveys[name] = _survey_for(column.type, table.cells_are_text)
            surveys[name].add(_blanked(column, counts), rows + left_out)
        valid_count = batch.num_rows if counts is None else int(counts.sum())
        rows, left_out = rows + valid_count, left_out + batch.num_rows - valid_count
    columns = {name: found.result(name) for name, found in surveys.items()}
    for name, type_name in table.unsupported.items():
        columns[name] = Column(name, "unsupported", type_name=type_name)
    return Survey(columns, rows, left_out)


def _blanked(column: "pa.Array", counts: np.ndarray | None) -> "pa.Array":
    """The cells of the rows that count; the others are missing, so that rows keep their number."""
    import pyarrow as pa
    from pyarrow import compute

    if counts is None or counts.all():
        return column
    return compute.call_function(
        "if_else", [pa.array(counts), column, pa.scalar(None, column.type)]
    )


def _survey_for(cell_type: "pa.DataType", cells_are_text: bool) -> ColumnSurvey:
    from pyarrow import types

    if cells.is_text(cell_type):
        return TextSurvey(may_be_numbers=cells_are_text)
    if cells.is_time(cell_type):
        return TimeSurvey()
    return NumberSurvey("truth" if types.is_boolean(cell_type) else "number")
