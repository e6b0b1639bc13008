"""Which columns of a file are features, and which one is time."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from onward.streams.errors import as_names, listed, stream_error
from onward.streams.files.column import Column
from onward.streams.files.indicators import MOST_VALUES, indicators
from onward.streams.files.targets import HELD, Groups, find_columns, stray_text

# No name, or the names that pandas gives to an index without one: mostly the row number.
INDEX_NAMES = ("", "Unnamed: 0", "__index_level_0__")
CLOCK_NAMES = ("time", "timestamp")


def choose_time(columns: Mapping[str, Column], taken: Sequence[Column]) -> Column | None:
    """Return the first column of timestamps, else of numbers named like a clock, else None.

    Where the timestamps are dates, and a column holds the time of day, both together are the time.
    Columns that are `taken` have another role.
    """
    others = [column for column in columns.values() if column not in taken and column.present]
    stamps = [column for column in others if column.kind == "time"]
    clocks = [column for column in others if column.kind == "clock"]
    if stamps and stamps[0].at_midnight and clocks:
        return moment_of(stamps[0], clocks[0])
    named = [
        column
        for column in others
        if column.kind == "number" and column.name.lower() in CLOCK_NAMES
    ]
    return next(iter(stamps + named), None)


def moment_of(date: Column, clock: Column) -> Column:
    """Return the column of a date and a time of day together."""
    name, present = f"{date.name} {clock.name}", min(date.present, clock.present)
    return replace(Column(name, "time", present), parents=(date, clock), twin=date.twin)


def choose_features(
    names: str | Sequence[str] | None,
    columns: Mapping[str, Column],
    groups: Groups,
    targets: Sequence[Column],
    taken: Sequence[Column],
) -> tuple[tuple[Column, ...], list[str]]:
    """Return the features, named or by default, and a note for all that was left out unasked.

    Columns that are `taken` have another role; they are features only if they are named.

    Raises:
        StreamError: as `named_features` and `default_features` do.
    """
    if names is not None:
        return named_features(as_names(names, "feature"), columns, groups, targets)
    chosen = default_features(columns, targets, taken)
    used = {*chosen, *targets, *taken, *(one for column in chosen for one in column.parents)}
    reasons: dict[str, list[str]] = {}
    for column in columns.values():
        if column not in used:
            reasons.setdefault(_why_left_out(column), []).append(_described(column))
    return chosen, [f"Left out {', '.join(out)}: {why}." for why, out in reasons.items()]


def named_features(
    names: Sequence[str],
    columns: Mapping[str, Column],
    groups: Groups,
    targets: Sequence[Column],
) -> tuple[tuple[Column, ...], list[str]]:
    """Return the features asked for by name, less those without a value, and a note on these.

    Raises:
        StreamError: for an unknown column, one that is neither of numbers nor of few words, one
            that is a target, or none that holds a value.
    """
    made = {one.name: one for column in columns.values() for one in indicators(column)}
    found = find_columns(names, "feature", {**made, **columns}, groups)
    leaks = [c.name for c in found if c in targets or any(one in targets for one in c.parents)]
    if leaks:
        raise stream_error(
            "features that are no targets",
            f"{listed(leaks)} as both, which would show the label to the learner",
            "leaving it out of the features",
        )
    chosen: list[Column] = []
    for column in found:
        if column.stray and column.stray_from in ("number", "truth"):
            raise stray_text(column)
        parts = indicators(column)
        if not (column.is_numeric or parts):
            held = f"{HELD[column.kind]} in the column {column.name!r}"
            more = f" of more than {MOST_VALUES} values, or of one, or of a new one in each row"
            got = held + (more if column.kind == "text" else "")
            raise stream_error("features of numbers", got, "leaving it out of the features")
        chosen += parts or (column,)
    empty = [column.name for column in chosen if not column.present]
    if len(empty) == len(chosen):
        remedy = "other features"
        raise stream_error("features with values", f"none in {listed(empty)}", remedy)
    notes = [f"Left out {listed(empty)}: no value in any row."] if empty else []
    return tuple(column for column in chosen if column.present), notes


def default_features(
    columns: Mapping[str, Column], targets: Sequence[Column], taken: Sequence[Column]
) -> tuple[Column, ...]:
    """Return all columns of numbers, and those of few words as indicators.

    They have a name and a value, are no targets and are not `taken`. There may be none.

    Raises:
        StreamError: when a column of numbers holds some text.
    """
    others = [column for column in columns.values() if column not in (*targets, *taken)]
    for column in others:
        if column.stray and column.stray_from in ("number", "truth"):
            raise stray_text(column)
    chosen: list[Column] = []
    for column in others:
        if column.name not in INDEX_NAMES and column.present:
            chosen += [column] if column.is_numeric else indicators(column)
    return tuple(chosen)


def _described(column: Column) -> str:
    kind = f" ({column.type_name})" if column.type_name else ""
    return f"{column.name!r}{kind}"


def _why_left_out(column: Column) -> str:
    if column.kind == "unsupported":
        return "what it holds is no column of numbers"
    if not column.present:
        return "no value in any row"
    if column.kind == "time":
        return "another column gives the time of the rows"
    if column.kind == "clock":
        return "a time of day is no feature"
    if column.stray and column.stray_from == "time":
        cell, place = column.stray[0], column.stray_place
        return f"most of it is timestamps, but {cell!r} in {place} is none"
    if column.kind != "text":
        return "an index without a name is mostly the row number"
    if column.is_constant:
        return "it is always the same text"
    if column.odd:
        return f"text, as {column.odd!r} among numbers"
    few = column.distinct is not None and len(column.distinct) <= MOST_VALUES
    return (
        "text with a new value in every row" if few else f"text of more than {MOST_VALUES} values"
    )
