"""A stream of rows that come one by one."""

import sys
from collections import deque
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from onward.streams.base import Chunk, StreamInfo, Task
from onward.streams.errors import listed, one_of, split_names, stream_error
from onward.streams.files.arrow_table import ArrowTable
from onward.streams.files.building import Ask, stream_of
from onward.streams.files.column import Column
from onward.streams.files.features import INDEX_NAMES, choose_time
from onward.streams.files.file_stream import FileStream
from onward.streams.files.options import ReadOptions
from onward.streams.files.prepared import Prepared
from onward.streams.files.roles import Roles
from onward.streams.files.understood import understand
from onward.streams.live.pipe import Pipe
from onward.streams.live.row_reader import Row, RowReader

if TYPE_CHECKING:
    import pyarrow as pa

# Seconds after which whoever waits for rows may do something else.
PATIENCE = 0.2
Columns = Mapping[str, Column]


@dataclass(frozen=True)
class LiveTable:
    """Rows that are handed over, each batch once.

    Attributes:
        names: of its columns.
        rows: batches of rows that have come and are to be read next.
    """

    names: tuple[str, ...]
    rows: "deque[Sequence[Row]]" = field(default_factory=deque)
    decimal: str = "."
    kind: str = "standard input"
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
        """Yield what is there; more may be there when the next one is asked for."""
        import pyarrow as pa

        places = [self.names.index(name) for name in names]
        while self.rows:
            rows = self.rows.popleft()
            cells = [pa.array([row[place] for row in rows], pa.string()) for place in places]
            yield pa.RecordBatch.from_arrays(cells, names=list(names))


class LiveStream:
    """Rows as they come.

    Args:
        pipe: where they come from.
        reader: makes rows of lines.
        held: rows that have come already.
        made: from the first row.
    """

    def __init__(self, pipe: Pipe, reader: RowReader, held: Sequence[Row], made: FileStream):
        self._pipe, self._reader, self._held = pipe, reader, deque(held)
        assert isinstance(made.table, Prepared)
        self._table = LiveTable(reader.names, decimal=made.table.decimal)
        prepared = replace(made.table, table=self._table, length=sys.maxsize)
        self._pieces = replace(made, table=prepared).pieces(0)
        self.info: StreamInfo = made.info

    @property
    def ended(self) -> bool:
        """Whether no more rows will come."""
        return self._pipe.ended and not self._held

    @property
    def notes(self) -> list[str]:
        """What was passed over so far."""
        return self._reader.notes

    def take(self, sizes: Sequence[int]) -> Chunk | None:
        """Rows that are there; None where none came within a fifth of a second.

        Args:
            sizes: how many they may be, falling; the first that are there are taken.
        """
        if not self._held:
            self._held.extend(rows_of(self._pipe, self._reader))
        size = next((size for size in sizes if len(self._held) >= size), 0)
        if not size:
            return None
        self._table.rows.append([self._held.popleft() for _ in range(size)])
        return next(self._pieces)


def open_live(
    pipe: Pipe,
    target: Sequence[str] | None,
    features: Sequence[str] | None = None,
    task: Task | None = None,
    *,
    classes: Sequence[str] = (),
    start: str | None = None,
    weight: str | None = None,
    gap: str | None = None,
    options: ReadOptions | None = None,
    known: StreamInfo | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> LiveStream:
    """Wait for the first row, and decide by it what the columns are.

    Args:
        pipe: of CSV with a header, or of JSON lines.
        target: columns to predict.
        features: columns to predict from; None takes all whose cell in the first row is a number
            or empty, and that have no other role.
        task: None is regression.
        classes: of a classification, in the order of their indices. Other labels are missing.
        start: see `open_file`, as for the next two.
        weight: the column of weights.
        gap: the jump in time that begins a sequence.
        options: how lines are read.
        known: the stream that these rows go on with; None for a new one.
        stop: asked while nothing comes.

    Raises:
        StreamError: for no row at all, columns that do not exist or do not fit their role, and a
            classification without classes.
        KeyboardInterrupt: `stop` has become true.
    """
    options = options or ReadOptions()
    reader = RowReader(options.separator, options.header)
    held: list[Row] = []
    while not held:
        if pipe.ended:
            raise stream_error("rows on standard input", "none", "a header and a row below it")
        if stop():
            raise KeyboardInterrupt
        held = rows_of(pipe, reader)
    table = _table_of(held[0], reader, options)
    columns = understand(table, options, ()).columns
    if known is None:
        known = _told(target or (), task, tuple(classes), columns)
    taken = {*known.target_names, start, weight}
    names = known.feature_names or _features(features, columns, taken)
    roles = Roles(start=start, weight=weight)
    roles |= {"gap": gap} if gap else {}
    ask = Ask("stdin", "input", known.target_names, names, known.task, roles, options, known)
    made = stream_of(table, ask)
    left_out = [name for name in columns if name not in {*taken, *_used(made)}]
    notes = (f"Left out {listed(left_out)}: no number in the first row.",) if left_out else ()
    origin = f"{reader.kind} on standard input"
    info = replace(made.info, length=0, origin=origin, warnings=notes if features is None else ())
    return LiveStream(pipe, reader, held, replace(made, info=info))


def _used(made: FileStream) -> set[str]:
    """The columns that a stream reads."""
    clock = made.structure.clock
    columns = [*made.features, *([clock.column] if clock else [])]
    return {one.name for column in columns for one in (column, *column.parents)}


def _table_of(row: Row, reader: RowReader, options: ReadOptions) -> ArrowTable:
    import pyarrow as pa

    cells = {
        name: pa.array([cell], pa.string()) for name, cell in zip(reader.names, row, strict=True)
    }
    decimal = options.decimal or "."
    return ArrowTable(pa.table(cells), "standard input", cells_are_text=True, decimal=decimal)


def _told(
    target: Sequence[str], task: Task | None, classes: tuple[str, ...], columns: Columns
) -> StreamInfo:
    """What the caller says of the stream, which one row cannot tell.

    Raises:
        StreamError: there is no target, or it is to be classified and nobody says into what.
    """
    targets = split_names(target, columns)
    if not targets:
        raise stream_error("the name of a target column", "none", listed(columns))
    if task == "classification" and len(set(classes)) < 2:
        got = f"{len(set(classes))} of them"
        raise stream_error("the classes of a live stream", got, "--classes with two or more")
    if classes and task != "classification":
        raise stream_error("classes of a classification", "another task", "task='classification'")
    for name in targets:
        if name not in columns:
            raise stream_error("a target column", repr(name), one_of(name, [*columns]))
    return StreamInfo("stdin", task or "regression", (), targets, classes, 0, "")


def _features(
    asked: Sequence[str] | None, columns: Columns, taken: Container[str | None]
) -> tuple[str, ...]:
    """The columns asked for, or all of numbers with no other role; an empty cell may be one."""
    if asked is not None:
        return split_names(asked, columns)
    others = [column for column in columns.values() if column.name not in taken]
    time = choose_time({column.name: column for column in others}, ())
    clocks = {time, *time.parents} if time else set()
    return tuple(
        column.name
        for column in others
        if column.is_numeric and column.name not in INDEX_NAMES and column not in clocks
    )


def rows_of(pipe: Pipe, reader: RowReader) -> list[Row]:
    """The rows among the lines that are there."""
    rows = (reader.row(line) for line in pipe.lines(PATIENCE))
    return [row for row in rows if row is not None]
