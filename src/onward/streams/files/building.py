"""A table as a stream: which column has which role."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from onward.streams.base import Chunk, StreamInfo, Task
from onward.streams.errors import as_names, listed, split_names, stream_error
from onward.streams.files.calendar_features import choose_calendar
from onward.streams.files.codes import Codes
from onward.streams.files.column import Column
from onward.streams.files.features import choose_features, choose_time
from onward.streams.files.file_stream import FileStream
from onward.streams.files.hints import series_hint
from onward.streams.files.known import known_features, known_targets, padded
from onward.streams.files.moments import Clock, gap_length
from onward.streams.files.notes import notes_on_strays, notes_on_values
from onward.streams.files.offsets import offset_of
from onward.streams.files.options import ReadOptions
from onward.streams.files.roles import Roles, choose_labels, choose_valid, choose_weight
from onward.streams.files.starts import Begin
from onward.streams.files.structure import Structure
from onward.streams.files.table import Table, too_few_rows
from onward.streams.files.targets import Targets, choose_targets
from onward.streams.files.timeline import Timeline
from onward.streams.files.understood import Understood, understand
from onward.streams.leaks import leak_notes

# Rows that are looked at for features that tell the target, and cells of features.
LEAK_ROWS = 20_000
LEAK_CELLS = 2_000_000


@dataclass(frozen=True)
class Ask:
    """What a stream is asked to be, as `open_file` explains it.

    Attributes:
        name: of the stream.
        title: what the messages call its table.
        targets: the columns to predict.
        features: the columns to predict from, or None.
        task: what to learn, or None.
        roles: what else it is told.
        options: how the table is to be read.
        known: the earlier stream whose targets and classes these are, or None.
    """

    name: str
    title: str
    targets: tuple[str, ...]
    features: str | Sequence[str] | None
    task: Task | None
    roles: Roles
    options: ReadOptions
    known: StreamInfo | None = None


@dataclass(frozen=True)
class _Chosen:
    """The columns by their roles; those of `labels` are None where nobody named them."""

    found: Understood
    targets: Targets
    labels: dict[str, Column | None]
    weight: Column | None
    valid: str | None
    time: Column | None
    notes: tuple[str, ...] = ()

    @property
    def taken(self) -> list[Column]:
        valid = self.found.columns[self.valid] if self.valid else None
        clocks = (self.time, *self.time.parents) if self.time else ()
        return [c for c in (*self.labels.values(), self.weight, valid, *clocks) if c]


def stream_of(table: Table, ask: Ask) -> FileStream:
    """Decide what a table's columns are.

    Raises:
        StreamError: as `open_file` does.
    """
    table = table if ask.known is None else padded(table, ask.targets)
    chosen = _choose(table, ask)
    structure = _structure(table, chosen, ask.roles.get("gap"))
    time = (chosen.time,) if chosen.time else ()
    prepared = chosen.found.prepared(time)
    timeline, session_lengths = structure.learn(prepared)
    calendar, calendar_notes = choose_calendar(
        ask.roles.get("calendar", False), structure.clock, timeline, table.names
    )
    features, feature_notes = _features(table, ask, chosen)
    hint = _hint(prepared, chosen, timeline)
    notes = [*chosen.found.notes, *chosen.notes, *feature_notes]
    notes += _notes(chosen, features, timeline, hint)
    info = replace(
        _info(table, ask, chosen, structure, timeline),
        feature_names=(*(column.name for column in features), *calendar.names),
        feature_offsets=(*map(offset_of, features), *(0.0 for _ in calendar.names)),
        session_lengths=session_lengths,
        series_hint=hint and hint[0],
    )
    if ask.known:
        info = _with_offsets_of(ask.known, info)
    rows = chosen.found.prepared((*features, *time))
    stream = FileStream(rows, features, chosen.targets, chosen.weight, structure, calendar, info)
    leaks = [] if ask.known else _leaks(stream, len(features))
    return replace(stream, info=replace(info, warnings=(*notes, *calendar_notes, *leaks)))


def _features(table: Table, ask: Ask, chosen: _Chosen) -> tuple[tuple[Column, ...], list[str]]:
    columns = chosen.found.columns
    if ask.known and ask.features is not None:
        names = split_names(as_names(ask.features, "feature") if ask.features else (), columns)
        return known_features(names, columns), []
    return choose_features(
        ask.features, columns, table.groups, chosen.targets.columns, chosen.taken
    )


def _with_offsets_of(known: StreamInfo, info: StreamInfo) -> StreamInfo:
    """What a network has learnt is of numbers less the offsets that they had then."""
    return replace(
        info,
        feature_offsets=known.feature_offsets or (0.0,) * len(info.feature_names),
        target_offsets=known.target_offsets or (0.0,) * len(info.target_names),
    )


def _info(
    table: Table, ask: Ask, chosen: _Chosen, structure: Structure, timeline: Timeline
) -> StreamInfo:
    """All but the features, the sessions and the notes."""
    targets, series, phases = chosen.targets, structure.series, structure.phases
    return StreamInfo(
        name=ask.name,
        task=targets.task,
        feature_names=(),
        target_names=tuple(column.name for column in targets.columns),
        target_offsets=targets.offsets,
        class_names=targets.class_names,
        length=chosen.found.rows,
        origin=f"{table.kind} {ask.title}",
        start_name=_start_name(structure.begin),
        weight_name=chosen.weight and chosen.weight.name,
        series_name=series and series.column.name,
        series_names=tuple(series.names) if series else (),
        phase_name=phases and phases.column.name,
        phase_names=tuple(phases.names) if phases else (),
        steps=timeline.steps() if chosen.time and chosen.time.kind == "time" else None,
    )


def _choose(table: Table, ask: Ask) -> _Chosen:
    if not ask.targets:
        existing = f"one of {listed([*table.groups, *table.names])}"
        raise stream_error(f"the name of a target column of {ask.title}", "none", existing)
    valid = choose_valid(ask.roles.get("valid"), table, ask.targets)
    classes = ask.targets if ask.task == "classification" else ()
    found = understand(table, ask.options, classes, valid)
    if found.rows < (1 if ask.known else 2):
        raise too_few_rows(ask.title, found.rows)
    targets, notes = _targets(table, ask, found)
    of = (found.columns, table.groups, targets.columns)
    labels = {
        "start": choose_labels("start", ask.roles.get("start"), *of),
        "series": choose_labels("series", ask.roles.get("series"), *of),
        "phases": choose_labels("phases", ask.roles.get("phases"), *of),
    }
    weight = choose_weight(ask.roles.get("weight"), *of)
    chosen = _Chosen(found, targets, labels, weight, valid, None, tuple(notes))
    return replace(chosen, time=choose_time(found.columns, [*targets.columns, *chosen.taken]))


def _targets(table: Table, ask: Ask, found: Understood) -> tuple[Targets, list[str]]:
    if ask.known:
        return known_targets(ask.known, found.columns)
    return choose_targets(ask.targets, ask.task, found.columns, table.groups), []


def _structure(table: Table, chosen: _Chosen, gap: str | None) -> Structure:
    clock = Clock(chosen.time) if chosen.time else None
    start, series, phases = (chosen.labels[role] for role in ("start", "series", "phases"))
    if phases is None and table.sessions:
        phases = Column(table.sessions, "text")
    codes = series and Codes(series)
    begin = Begin(
        names=tuple(dict.fromkeys((*([start.name] if start else []), *table.breaks))),
        clock=clock if gap else None,
        gap=gap_length(gap, clock) if gap else float("inf"),
        series=codes,
    )
    return Structure(codes, phases and Codes(phases), begin, clock, chosen.valid)


def _start_name(begin: Begin) -> str | None:
    gap = [f"a gap in {begin.clock.column.name}"] if begin.clock else []
    return " or ".join([*begin.names, *gap]) or None


def _hint(table: Table, chosen: _Chosen, timeline: Timeline) -> tuple[str, str] | None:
    if not chosen.time or chosen.labels["series"]:
        return None
    taken = [*chosen.taken, *chosen.targets.columns]
    candidates = [c for c in chosen.found.columns.values() if c not in taken]
    clock, rows = Clock(chosen.time), chosen.found.rows
    return series_hint(table, clock, timeline, candidates, rows, chosen.valid)


def _notes(
    chosen: _Chosen,
    features: Sequence[Column],
    timeline: Timeline,
    hint: tuple[str, str] | None,
) -> list[str]:
    by_role = {"feature": features, "target": chosen.targets.columns}
    named = {**chosen.labels, "weight": chosen.weight}
    by_role |= {role: (column,) for role, column in named.items() if column}
    rows = chosen.found.rows
    numbered = not (chosen.valid or chosen.found.table.sessions)
    notes = [
        *notes_on_strays(chosen.targets.columns),
        *notes_on_values(by_role, chosen.time, timeline, rows, numbered=numbered),
    ]
    if hint:
        name, what = hint
        notes.append(f"The time {what} and {name!r} tells the rows apart: try --series {name}.")
    return notes


def _leaks(stream: FileStream, features: int) -> list[str]:
    """Notes on the first of the features, which are columns of the file."""
    if not features:
        return []
    rows: Chunk = next(stream.chunks(min(LEAK_ROWS, max(2, LEAK_CELLS // features))))
    return leak_notes(replace(rows, x=rows.x[:, :features]), stream.info)
