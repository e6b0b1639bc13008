"""CSV and TSV files, plain or gzipped, read in constant memory."""

import csv
import gzip
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from onward.streams.errors import listed, stream_error
from onward.streams.files.table import reading, too_few_rows, without_first

if TYPE_CHECKING:
    import pyarrow as pa

KIND = "CSV file"
# As pandas and Arrow have it, less the error codes of spreadsheets.
MISSING = ("", "NA", "N/A", "n/a", "NaN", "nan", "NAN", "-nan", "NULL", "null", "None", "<NA>")
DELIMITERS = {",": "a comma", "\t": "a tab", ";": "a semicolon"}


@dataclass(frozen=True)
class CsvTable:
    """A CSV file, in UTF-8, with a header. Starting late costs reading all rows before."""

    path: Path
    delimiter: str
    names: tuple[str, ...]
    kind: str = KIND
    cells_are_text: bool = True
    breaks: tuple[str, ...] = ()
    sessions: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def unsupported(self) -> Mapping[str, str]:
        return {}

    @property
    def groups(self) -> Mapping[str, tuple[str, ...]]:
        return {}

    def batches(self, names: Sequence[str], start: int) -> Iterator["pa.RecordBatch"]:
        """Yield the cells as text without the spaces around them, null where they are missing."""
        with reading(KIND, self.path):
            yield from map(_trimmed, without_first(self._raw_batches(names), start))

    def _raw_batches(self, names: Sequence[str]) -> Iterator["pa.RecordBatch"]:
        import pyarrow as pa
        from pyarrow import csv as arrow_csv

        reader = arrow_csv.open_csv(
            self.path,
            read_options=arrow_csv.ReadOptions(use_threads=False),
            parse_options=arrow_csv.ParseOptions(delimiter=self.delimiter, newlines_in_values=True),
            convert_options=arrow_csv.ConvertOptions(
                column_types={name: pa.string() for name in self.names},
                include_columns=list(names),
                strings_can_be_null=False,
            ),
        )
        with reader:
            yield from reader


def _trimmed(batch: "pa.RecordBatch") -> "pa.RecordBatch":
    import pyarrow as pa
    from pyarrow import compute

    missing = compute.SetLookupOptions(pa.array(MISSING))
    columns = []
    for raw in batch.columns:
        cells = compute.call_function("utf8_trim_whitespace", [raw])
        is_missing = compute.call_function("is_in", [cells], missing)
        nothing = pa.scalar(None, pa.string())
        columns.append(compute.call_function("if_else", [is_missing, nothing, cells]))
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def open_csv(path: Path, delimiter: str) -> CsvTable:
    """Read the header of a CSV file.

    Raises:
        StreamError: when the file has no header or nothing below it, cannot be read, is not
            UTF-8, names a column twice, or is separated by something else than `delimiter`.
    """
    with reading(KIND, path):
        rows = _first_rows(path, delimiter)
    names = rows[0] if rows else ()
    if not any(names):
        raise stream_error(
            f"a {KIND} with a header", f"{path.name} without any", "adding a row of column names"
        )
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise stream_error(
            "every column name once", f"{listed(twice)} more than once", "renaming the columns"
        )
    if len(names) == 1:
        _check_delimiter(names[0], delimiter)
    if len(rows) == 1:
        raise too_few_rows(path.name, 0)
    return CsvTable(path, delimiter, names)


def _first_rows(path: Path, delimiter: str) -> list[tuple[str, ...]]:
    """Return the header and the row below it, as far as they exist."""
    opened = gzip.open if path.suffix.lower() == ".gz" else open
    with opened(path, "rt", encoding="utf-8-sig", newline="") as lines:
        rows = (tuple(cells) for cells in csv.reader(lines, delimiter=delimiter) if cells)
        return list(islice(rows, 2))


def _check_delimiter(name: str, delimiter: str) -> None:
    for other in DELIMITERS:
        if other != delimiter and other in name:
            raise stream_error(
                f"columns separated by {DELIMITERS[delimiter]}",
                f"one column {name!r}",
                f"separating them by {DELIMITERS[delimiter]} instead of {DELIMITERS[other]}",
            )
