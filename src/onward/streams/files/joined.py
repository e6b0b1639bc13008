"""Several files with the same columns as one table."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from onward.streams.errors import listed, stream_error
from onward.streams.files.cells import plain
from onward.streams.files.table import Table, unused, without_first

if TYPE_CHECKING:
    import pyarrow as pa

FILE = "file"


@dataclass(frozen=True)
class JoinedTable:
    """The rows of several tables, one after another, and a column with the name of each row's.

    Starting late skips whole files unread once their lengths are known.

    Attributes:
        tables: at least one, with the same columns.
        files: their names, all different.
        sessions: the name of the column of file names, which no other column has.
        types: the type of each column that all files fit into.
    """

    tables: tuple[Table, ...]
    files: tuple[str, ...]
    sessions: str
    types: Mapping[str, "pa.DataType"]
    _lengths: dict[str, int] = field(default_factory=dict, compare=False, repr=False)

    @property
    def kind(self) -> str:
        return self.tables[0].kind

    @property
    def names(self) -> tuple[str, ...]:
        return self.tables[0].names

    @property
    def unsupported(self) -> Mapping[str, str]:
        return self.tables[0].unsupported

    @property
    def groups(self) -> Mapping[str, tuple[str, ...]]:
        return self.tables[0].groups

    @property
    def cells_are_text(self) -> bool:
        return self.tables[0].cells_are_text

    @property
    def decimal(self) -> str:
        marks = (table.decimal for table in self.tables)
        return next((mark for mark in marks if mark != "."), ".")

    @property
    def breaks(self) -> tuple[str, ...]:
        return (self.sessions, *self.tables[0].breaks)

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(note for table in self.tables for note in table.notes))

    def batches(self, names: Sequence[str], start: int) -> Iterator["pa.RecordBatch"]:
        """Yield the cells in the types that all files fit into."""
        for file, table in zip(self.files, self.tables, strict=True):
            length = self._lengths.get(file)
            if length is not None and start >= length:
                start -= length
                continue
            rows = 0
            for batch in self._batches(file, table, names):
                rows += batch.num_rows
                yield from without_first(iter([batch]), start)
                start = max(start - batch.num_rows, 0)
            self._lengths[file] = rows

    def _batches(self, file: str, table: Table, names: Sequence[str]) -> Iterator["pa.RecordBatch"]:
        import pyarrow as pa

        # A file is asked for a column even where only its name is wanted, to learn its length.
        wanted = [name for name in names if name != self.sessions] or list(self.names[:1])
        for batch in table.batches(wanted, 0):
            found = {name: self._cast(name, batch.column(name)) for name in wanted}
            found[self.sessions] = pa.repeat(pa.scalar(file), batch.num_rows)
            yield pa.RecordBatch.from_arrays([found[name] for name in names], names=list(names))

    def _cast(self, name: str, cells: "pa.Array") -> "pa.Array":
        return plain(cells).cast(self.types[name], safe=False) if name in self.types else cells


def join(tables: Sequence[Table], files: Sequence[str]) -> JoinedTable:
    """Return several files as one table.

    Raises:
        StreamError: for files of different kinds, with other columns than the first, or with
            cells that no type holds.
    """
    first = tables[0]
    for file, table in zip(files[1:], tables[1:], strict=True):
        if table.kind != first.kind:
            got = f"the {first.kind} {files[0]} and the {table.kind} {file}"
            raise stream_error("files of one kind", got, "naming only those of one kind")
        _check_columns(files[0], first, file, table)
    sessions = unused(FILE, (*first.names, *first.unsupported, *first.breaks))
    return JoinedTable(tuple(tables), tuple(files), sessions, _types(tables, files))


def _check_columns(first_file: str, first: Table, file: str, table: Table) -> None:
    known, found = (dict.fromkeys((*one.names, *one.unsupported)) for one in (first, table))
    missing = [name for name in known if name not in found]
    more = [name for name in found if name not in known]
    if missing or more:
        faults = [f"{file} without {listed(missing)}"] if missing else []
        faults += [f"{file} with {listed(more)} besides"] if more else []
        expected = f"the columns of {first_file} in every file"
        raise stream_error(expected, " and ".join(faults), "files of the same columns")


def _types(tables: Sequence[Table], files: Sequence[str]) -> dict[str, "pa.DataType"]:
    """The type of each column that all files fit into."""
    types: dict[str, pa.DataType] = {}
    for file, table in zip(files, tables, strict=True):
        for batch in islice(table.batches(table.names, 0), 1):
            for name in table.names:
                kind = plain(batch.column(name)).type
                types[name] = _common(name, types.get(name, kind), kind, file)
    return types


def _common(name: str, known: "pa.DataType", found: "pa.DataType", file: str) -> "pa.DataType":
    import pyarrow as pa

    fields = [pa.schema([(name, kind)]) for kind in (known, found)]
    try:
        return pa.unify_schemas(fields, promote_options="permissive").field(name).type
    except pa.ArrowException as error:
        expected = f"cells of one type in the column {name!r} of every file"
        got = f"{found} in {file} and {known} before"
        raise stream_error(expected, got, "saving them with one type") from error
