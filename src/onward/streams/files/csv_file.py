"""CSV, TSV and TXT files, plain or compressed, read in constant memory."""

import codecs
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from onward.streams.errors import stream_error
from onward.streams.files.dialect import NUMBER, Dialect, dialect_of
from onward.streams.files.encoding import NAMES, encoding_of
from onward.streams.files.header import column_names, note_on_above
from onward.streams.files.options import SEPARATORS, ReadOptions
from onward.streams.files.sources import open_bytes
from onward.streams.files.table import reading, too_few_rows, without_first

if TYPE_CHECKING:
    import pyarrow as pa

KIND = "CSV file"
LOOKED_AT = 1 << 20
# Each block costs some calls for every column, so it is of many rows; Arrow reads up to 32 ahead.
ROWS_A_BLOCK, SMALLEST_BLOCK, LARGEST_BLOCK = 512, 1 << 20, 1 << 23


@dataclass(frozen=True)
class CsvTable:
    """A text table. Starting late costs reading all rows before.

    Attributes:
        path: where it lies.
        names: of its columns, each once.
        dialect: its layout.
        encoding: as Python names it.
        header: whether the first row that holds something is the header.
        block: bytes that are read at once.
        notes: what was found out and is worth saying.
    """

    path: Path
    names: tuple[str, ...]
    dialect: Dialect
    encoding: str
    header: bool
    block: int
    notes: tuple[str, ...] = ()
    kind: str = KIND
    cells_are_text: bool = True
    breaks: tuple[str, ...] = ()
    sessions: str | None = None

    @property
    def decimal(self) -> str:
        return self.dialect.decimal

    @property
    def unsupported(self) -> Mapping[str, str]:
        return {}

    @property
    def groups(self) -> Mapping[str, tuple[str, ...]]:
        return {}

    def batches(self, names: Sequence[str], start: int) -> Iterator["pa.RecordBatch"]:
        """Yield the cells as text without the spaces around them, null where they are empty."""
        with reading(KIND, self.path):
            yield from map(_trimmed, without_first(self._raw_batches(names), start))

    def _raw_batches(self, names: Sequence[str]) -> Iterator["pa.RecordBatch"]:
        import pyarrow as pa
        from pyarrow import csv as arrow_csv

        # An empty line of a file with one column is a missing cell.
        single = len(self.names) == 1
        with open_bytes(self.path) as source:
            reader = arrow_csv.open_csv(
                source,
                read_options=arrow_csv.ReadOptions(
                    use_threads=False,
                    column_names=list(self.names),
                    skip_rows=self.dialect.skipped,
                    skip_rows_after_names=int(self.header),
                    encoding=self.encoding,
                    block_size=self.block,
                ),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=self.dialect.separator,
                    newlines_in_values=True,
                    ignore_empty_lines=not single,
                ),
                convert_options=arrow_csv.ConvertOptions(
                    column_types={name: pa.string() for name in self.names},
                    include_columns=list(names),
                    null_values=[""],
                    strings_can_be_null=True,
                ),
            )
            with reader:
                yield from reader


def _trimmed(batch: "pa.RecordBatch") -> "pa.RecordBatch":
    import pyarrow as pa

    columns = [_without_spaces(cells) if _may_hold_spaces(cells) else cells for cells in batch]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _may_hold_spaces(cells: "pa.Array") -> bool:
    """Whether a byte of the cells is a space, or part of a letter beyond ASCII."""
    letters = cells.buffers()[2]
    if letters is None:
        return False
    # A space is 32 and below, which an offset moves to the top with what lies beyond ASCII.
    return bool(np.any(np.frombuffer(letters, np.uint8) - np.uint8(33) >= 95))


def _without_spaces(cells: "pa.Array") -> "pa.Array":
    import pyarrow as pa
    from pyarrow import compute

    cells = compute.call_function("utf8_trim_whitespace", [cells])
    is_empty = compute.call_function("equal", [cells, pa.scalar("")])
    return compute.call_function("if_else", [is_empty, pa.scalar(None, pa.string()), cells])


def open_csv(path: Path, usual: str, options: ReadOptions) -> CsvTable:
    """Find out how a text table is written, and read its header.

    Arguments:
        path: the file.
        usual: the separator that its name tells; others are tried too.
        options: what is said of it.

    Raises:
        StreamError: when the file has no header or nothing below it, cannot be read, names a
            column twice, or is separated by something else than was said.
    """
    with reading(KIND, path):
        encoding = encoding_of(path)
        text, is_whole = _beginning(path, encoding)
        dialect = dialect_of(text, is_whole, options, usual)
    if not dialect.rows:
        remedy = "adding a row of column names"
        raise stream_error(f"a {KIND} with a header", f"{path.name} without any", remedy)
    names, notes = column_names(dialect.rows, options.header, path.name)
    notes += note_on_above(dialect.above)
    if len(names) == 1:
        _check_separator(names[0], dialect)
    if len(dialect.rows) == 1 and options.header:
        raise too_few_rows(path.name, 0)
    if encoding in NAMES:
        read_as = f"Read as {NAMES[encoding]}, as it is not in UTF-8"
        notes.append(f"{read_as}: if letters look wrong, save it again in UTF-8.")
    block = len(text) // max(text.count("\n"), 1) * ROWS_A_BLOCK
    block = min(max(block, SMALLEST_BLOCK), LARGEST_BLOCK)
    return CsvTable(path, names, dialect, encoding, options.header, block, tuple(notes))


def _beginning(path: Path, encoding: str) -> tuple[str, bool]:
    """The first letters of a file, and whether they are all."""
    with open_bytes(path) as source:
        raw, rest = source.read(LOOKED_AT), source.read(1)
    text = codecs.getincrementaldecoder(encoding)().decode(raw)
    return text.removeprefix("\ufeff"), not rest


def _check_separator(name: str, dialect: Dialect) -> None:
    separator = dialect.separator
    for other, words in SEPARATORS.items():
        if other != separator and other in name:
            wanted = SEPARATORS.get(separator, repr(separator))
            got = f"one column {name!r}"
            raise stream_error(f"columns separated by {wanted}", got, f"{words} as the separator")
    words = [row[0].split() for row in dialect.rows[1:]]
    as_many = all(len(row) == len(name.split()) > 1 for row in words)
    if len(name.split()) > 2 or (as_many and any(all(map(NUMBER.match, row)) for row in words)):
        got = f"one column {name!r}, perhaps separated by spaces"
        remedy = "' ' as the separator if it is one space each, or separating them by commas"
        raise stream_error("columns separated by a comma, semicolon, tab or bar", got, remedy)
