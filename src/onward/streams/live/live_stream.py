"""A stream of rows that come one by one."""

import sys
from collections import deque
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import replace

from onward.streams.base import Chunk, StreamInfo, Task
from onward.streams.errors import listed, one_of, split_names, stream_error
from onward.streams.files.arrow_table import ArrowTable
from onward.streams.files.building import Ask, stream_of
from onward.streams.files.calendar_features import CYCLES, Calendar
from onward.streams.files.column import Column
from onward.streams.files.features import INDEX_NAMES, choose_time
from onward.streams.files.file_stream import FileStream
from onward.streams.files.known import known_cycles, padded
from onward.streams.files.missing_codes import MissingCodes
from onward.streams.files.options import ReadOptions
from onward.streams.files.prepared import Prepared
from onward.streams.files.roles import Roles
from onward.streams.files.understood import understand
from onward.streams.live.last_rows import LastRows
from onward.streams.live.live_table import Learning, LiveTable
from onward.streams.live.pipe import Pipe
from onward.streams.live.place import Place
from onward.streams.live.row_reader import Row, RowReader
from onward.streams.live.source import Source

Columns = Mapping[str, Column]


class LiveStream:
    """Rows as they come.

    Args:
        source: where they come from.
        reader: makes rows of lines.
        made: from the first row.
        first: the first row.
        last: rows before the first one that is to come, which tell whether a sequence begins with
            it.
    """

    def __init__(
        self,
        source: Source,
        reader: RowReader,
        made: FileStream,
        first: Row,
        last: Sequence[Row] = (),
    ):
        self._source, self._info, self._structure = source, made.info, made.structure
        self._reader, self._first = reader, first
        assert isinstance(made.table, Prepared)
        self._table = LiveTable(source.names, decimal=made.table.decimal)
        whole = padded(self._table, made.info.target_names)
        prepared = replace(made.table, table=whole, length=sys.maxsize)
        table = Learning(prepared, self._structure.codes)
        self._pieces = replace(made, table=table).pieces(0)
        # Rows that were taken and not confirmed, each with the bytes up to its end.
        self._taken: deque[tuple[Sequence[Row], Chunk, int]] = deque()
        self._offset, self._last = source.taken, LastRows(made.structure.begin)
        if last:
            self._table.rows.append(last)
            self._last.add(last, next(self._pieces))

    @property
    def info(self) -> StreamInfo:
        """What is known so far: with the series and phases that have come."""
        series, phases = self._structure.series, self._structure.phases
        return replace(
            self._info,
            series_names=tuple(series.names) if series else (),
            phase_names=tuple(phases.names) if phases else (),
        )

    @property
    def ended(self) -> bool:
        """Whether no more rows will come."""
        return self._source.ended

    @property
    def notes(self) -> list[str]:
        """What was passed over so far."""
        return self._source.notes

    def take(self, sizes: Sequence[int]) -> Chunk | None:
        """Rows that are there; None where none came within a fifth of a second.

        Args:
            sizes: how many they may be, falling; the first that are there are taken.
        """
        rows = self._source.take(sizes)
        if not rows:
            return None
        self._table.rows.append(rows)
        chunk = next(self._pieces)
        self._taken.append((rows, chunk, self._source.taken))
        return chunk

    def confirm(self) -> None:
        """The rows that were taken first, of those not confirmed, need not come again."""
        rows, chunk, self._offset = self._taken.popleft()
        self._last.add(rows, chunk)

    @property
    def place(self) -> Place:
        """After the rows that are confirmed."""
        separator = None if self._reader.is_json else self._reader.separator
        names = self._reader.names
        return Place(self._offset, names, separator, self._first, self._last.rows)


def open_live(
    pipe: Pipe,
    target: Sequence[str] | None,
    features: Sequence[str] | None = None,
    task: Task | None = None,
    *,
    classes: Sequence[str] = (),
    roles: Roles | None = None,
    options: ReadOptions | None = None,
    known: StreamInfo | None = None,
    place: Place | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> LiveStream:
    """Wait for the first row, and decide by it what the columns are.

    Series and phases are told apart as they come. Features of the calendar, where they are asked
    for and no cycle is named, are all, as nobody knows how long the stream will be.

    Args:
        pipe: of CSV with a header, or of JSON lines.
        target: columns to predict.
        features: columns to predict from; None takes all whose cell in the first row is a number
            or empty, and that have no other role.
        task: None is regression.
        classes: of a classification, in the order of their indices. Other labels are missing.
        roles: what else the columns are; see `open_file`.
        options: how lines are read.
        known: the stream that these rows go on with; None for a new one.
        place: where another process has left these very lines; None for the first of them.
        stop: asked while nothing comes.

    Raises:
        NoRowsError: for no row at all.
        StreamError: for columns that do not exist or do not fit their role, and a
            classification without classes.
        KeyboardInterrupt: `stop` has become true.
    """
    options, roles = options or ReadOptions(), roles or Roles()
    reader = place.reader if place else RowReader(options.separator, options.header)
    codes, offset = MissingCodes(options.missing_codes), place.offset if place else 0
    source = Source(pipe, reader, roles.get("valid"), codes, offset)
    first = place.first if place else source.first(stop)
    table = _table_of(first, reader, options)
    columns = understand(table, options, ()).columns
    before = known or _told(target or (), task, tuple(classes), columns)
    others = {roles.get(role) for role in ("start", "weight", "series", "phases", "valid")}
    taken = {*before.target_names, *others}
    roles = Roles(**roles)
    roles |= {"calendar": _cycles(roles.get("calendar", False), known), "valid": None}
    names = _asked(known, features, columns, taken)
    ask = Ask("stdin", "input", before.target_names, names, before.task, roles, options, before)
    made = stream_of(table, ask)
    if made.structure.series:
        made.structure.series.begin_with(before.series_names)
    if made.structure.phases:
        made.structure.phases.begin_with(before.phase_names)
    left_out = [name for name in columns if name not in {*taken, *_used(made)}]
    notes = [f"Left out {listed(left_out)}: no number in the first row."] if left_out else []
    notes = notes if features is None else []
    clock = made.structure.clock
    if clock and made.calendar.names:
        notes.append(
            f"Features of the calendar, made from {clock.column.name!r}: "
            f"{', '.join(made.calendar.names)}."
        )
    origin = f"{reader.kind} on standard input"
    info = replace(made.info, length=0, origin=origin, warnings=tuple(notes))
    return LiveStream(source, reader, replace(made, info=info), first, place.last if place else ())


def _cycles(
    asked: bool | str | Sequence[str], known: StreamInfo | None
) -> bool | str | Sequence[str]:
    """The cycles of the calendar by name: those of before, or all where none is named."""
    if asked is not True:
        return asked
    return known_cycles(known) if known else tuple(CYCLES)


def _asked(
    known: StreamInfo | None,
    features: Sequence[str] | None,
    columns: Columns,
    taken: Container[str | None],
) -> tuple[str, ...]:
    if known is None:
        return _features(features, columns, taken)
    made = Calendar(known_cycles(known)).names
    return tuple(name for name in known.feature_names if name not in made or name in columns)


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
