"""Files that are read whole and held in memory: JSON lines, Arrow, ARFF and Excel."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onward.streams.errors import listed, stream_error
from onward.streams.files.arrow_table import ArrowTable, arrow_table
from onward.streams.files.dialect import rows_above
from onward.streams.files.encoding import encoding_of
from onward.streams.files.header import column_names, note_on_above
from onward.streams.files.options import ReadOptions
from onward.streams.files.sources import open_bytes
from onward.streams.files.table import reading, refuse_broken
from onward.streams.installed import refuse_without

if TYPE_CHECKING:
    import pyarrow as pa

# Bytes of which one is not blank, and rows that tell where a table begins.
ENOUGH, LOOKED_AT = 1024, 100


def open_json_lines(path: Path) -> ArrowTable:
    """Read a file of one JSON object a line, or of an array of objects.

    A key that an object lacks is missing there. One within another is a column "outer.inner".
    """
    import pyarrow as pa
    from pyarrow import json

    kind = "JSON lines file"
    with reading(kind, path):
        try:
            with open_bytes(path) as source:
                is_array = source.read(ENOUGH).lstrip().startswith(b"[")
            if is_array:
                table = _by_pandas(path, lines=False)
            else:
                with open_bytes(path) as source:
                    table = json.read_json(source)
        except pa.ArrowInvalid as error:
            if "changed from" not in str(error):
                raise
            table = _by_pandas(path, lines=True)
        except ValueError as error:
            remedy = "one object a line"
            raise stream_error(f"a readable {kind}", f"{path.name}: {error}", remedy) from error
        refuse_broken(table)
    while any(pa.types.is_struct(field.type) for field in table.schema):
        table = table.flatten()
    return arrow_table(table, kind, cells_are_text=True)


def _by_pandas(path: Path, *, lines: bool) -> "pa.Table":
    """An array of objects, or lines with cells of several types in one column."""
    import pandas as pd

    with open_bytes(path) as source:
        unchanged: Any = False
        text = io.BytesIO(source.read())
        frame = pd.read_json(text, lines=lines, dtype=unchanged)
    return _of_columns({str(name): frame[name].tolist() for name in frame.columns})


def open_arrow(path: Path) -> ArrowTable:
    """Read a Feather file, or an Arrow file or stream."""
    import pyarrow as pa
    from pyarrow import feather

    kind = "Arrow file"
    with reading(kind, path):
        try:
            table = feather.read_table(path)
        except pa.ArrowInvalid:
            with open_bytes(path) as source:
                table = pa.ipc.open_stream(source).read_all()
        refuse_broken(table)
    return arrow_table(table, kind)


def open_arff(path: Path) -> ArrowTable:
    """Read an ARFF file with numbers, nominal values and dates; "?" is missing.

    Raises:
        StreamError: when it cannot be read, or has attributes of free text, which SciPy refuses.
    """
    refuse_without(("scipy",), f"reading {path.name}")
    import numpy as np
    from scipy.io import arff

    kind = "ARFF file"
    with reading(kind, path):
        with open_bytes(path) as source:
            text = source.read().decode(encoding_of(path)).removeprefix("\ufeff")
        try:
            rows, meta = arff.loadarff(io.StringIO(text))
        except (NotImplementedError, ValueError, StopIteration) as error:
            remedy = "saving it as CSV"
            raise stream_error(f"a readable {kind}", f"{path.name}: {error}", remedy) from error
    columns: dict[str, Any] = {}
    for name in meta.names():
        cells = rows[name]
        if cells.dtype.kind == "S":
            texts = (cell.decode() for cell in cells)
            columns[name] = [None if text == "?" else text for text in texts]
        else:
            columns[name] = cells.astype(np.float64 if cells.dtype.kind == "f" else "M8[us]")
    table = _of_columns(columns)
    return arrow_table(table, kind, cells_are_text=True)


def open_excel(path: Path, options: ReadOptions) -> ArrowTable:
    """Read the first sheet of an Excel file.

    Raises:
        StreamError: without openpyxl, and when the file cannot be read or has no header.
    """
    refuse_without(("openpyxl",), f"reading {path.name}")
    import pandas as pd

    kind = "Excel file"
    with reading(kind, path), pd.ExcelFile(path, engine="openpyxl") as book:
        sheets = book.sheet_names
        cells: Any = pd.read_excel(
            book, header=None, dtype=object, keep_default_na=False, na_values=[""]
        )
    # Empty rows above the header, as Excel's users leave them.
    cells = cells.iloc[int(cells.notna().any(axis=1).to_numpy().argmax()) :]
    if not cells.size:
        raise stream_error("a sheet with rows", f"{path.name}, whose first is empty", "another")
    shown = cells.iloc[:LOOKED_AT]
    shown = shown.astype(object).where(shown.notna(), "")
    rows = [tuple(str(cell) for cell in row) for row in shown.itertuples(index=False)]
    count = rows_above(rows) if options.header else 0
    above, rows, cells = rows[:count], rows[count:], cells.iloc[count:]
    names, notes = column_names(rows[:2], options.header, path.name)
    notes += note_on_above([" ".join(filter(None, row)) for row in above if any(row)])
    body = cells.iloc[int(options.header) :]
    columns = {name: body.iloc[:, place].tolist() for place, name in enumerate(names)}
    if len(sheets) > 1:
        others = listed(str(sheet) for sheet in sheets[1:])
        notes.append(f"Read the first sheet, {str(sheets[0])!r}, and not {others}.")
    return arrow_table(_of_columns(columns), kind, cells_are_text=True, notes=tuple(notes))


def _of_columns(columns: Mapping[str, Any]) -> "pa.Table":
    """A table of columns, of which those of several types become text."""
    import pyarrow as pa

    arrays = {}
    for name, cells in columns.items():
        try:
            arrays[name] = pa.array(cells, from_pandas=True)
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            arrays[name] = pa.array([_text(cell) for cell in cells], pa.string())
    return pa.table(arrays)


def _text(cell: Any) -> str | None:
    return None if cell is None or cell != cell else str(cell)
