"""The first pass over a file, in constant memory."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from onward.streams.files import cells
from onward.streams.files.column import Column
from onward.streams.files.column_survey import ColumnSurvey, NumberSurvey, TimeSurvey
from onward.streams.files.masks import valid_rows
from onward.streams.files.missing_codes import NO_CODES, MissingCodes
from onward.streams.files.table import Table
from onward.streams.files.text_survey import TextHints, TextSurvey

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Survey:
    """What one pass over a table has learned.

    Attributes:
        columns: what its columns hold, by name.
        rows: its number of rows that are valid, less empty ones at the end.
        left_out: its number of rows that are not.
        length: its number of rows, less empty ones at the end.
        empty: the number of these.
    """

    columns: dict[str, Column]
    rows: int
    left_out: int
    length: int
    empty: int


def survey(
    table: Table,
    codes: MissingCodes = NO_CODES,
    decimal_is_given: bool = False,
    valid: str | None = None,
) -> Survey:
    """Read a whole table once.

    Arguments:
        table: the table.
        codes: what stands for a missing value.
        decimal_is_given: whether the decimal mark was said and not found out.
        valid: the column that says which rows count; None for all.
    """
    hints = TextHints(table.cells_are_text, table.decimal, decimal_is_given, codes)
    surveys: dict[str, ColumnSurvey] = {}
    rows = length = counted = 0
    firsts: dict[str, int] = {}
    file = table.sessions
    for batch in table.batches((*table.names, *filter(None, (file,))), 0):
        last = 0
        if file and batch.num_rows:
            firsts.setdefault(batch.column(file)[0].as_py(), rows)
        counts = (
            None if valid is None else valid_rows(codes.without(cells.plain(batch[valid])), valid)
        )
        for name in table.names:
            raw = cells.plain(batch.column(name))
            if last < batch.num_rows:
                last = max(last, _last_cell(raw))
            if name not in surveys:
                surveys[name] = _survey_for(name, raw.type, hints)
            surveys[name].add(_blanked(codes.without(raw), counts), rows)
        length = rows + last if last else length
        rows += batch.num_rows
        counted += 0 if counts is None else int(counts.sum())
    columns = {name: _placed(found.result(), firsts) for name, found in surveys.items()}
    for name, type_name in table.unsupported.items():
        columns[name] = Column(name, "unsupported", type_name=type_name)
    counted = length if valid is None else counted
    return Survey(columns, counted, length - counted, length, rows - length)


def _placed(column: Column, firsts: Mapping[str, int]) -> Column:
    """A column whose stray cell is told by its file and the row there, where there are several.

    Arguments:
        column: the column.
        firsts: how many rows come before each file, in their order.
    """
    if column.stray is None or not firsts:
        return column
    cell, row = column.stray
    file, before = max((pair for pair in firsts.items() if pair[1] < row), key=lambda pair: pair[1])
    return replace(column, stray=(cell, row - before), stray_file=file)


def _last_cell(column: "pa.Array") -> int:
    """The row, from 1, of the last cell that holds something; 0 where none does."""
    if not column.null_count or (len(column) and column[-1].is_valid):
        return len(column)
    there = column.is_valid().to_numpy(zero_copy_only=False)
    return len(there) - int(there[::-1].argmax()) if there.any() else 0


def _blanked(column: "pa.Array", counts: np.ndarray | None) -> "pa.Array":
    """The cells of the rows that count; the others are missing, so that rows keep their number."""
    import pyarrow as pa
    from pyarrow import compute

    if counts is None or counts.all():
        return column
    return compute.call_function(
        "if_else", [pa.array(counts), column, pa.scalar(None, column.type)]
    )


def _survey_for(name: str, cell_type: "pa.DataType", hints: TextHints) -> ColumnSurvey:
    from pyarrow import types

    if cells.is_text(cell_type):
        return TextSurvey(name, hints)
    if cells.is_time(cell_type):
        return TimeSurvey(name)
    kind = "truth" if types.is_boolean(cell_type) else "number"
    return NumberSurvey(name, kind, hints.codes)
