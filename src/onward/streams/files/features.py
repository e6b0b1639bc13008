"""Which columns of a file are features, which one is time, and what is worth a warning."""

from collections.abc import Mapping, Sequence

from onward.streams.errors import as_names, listed, stream_error
from onward.streams.files.column import Column
from onward.streams.files.targets import Groups, find_columns, stray_text

# No name, or the names that pandas gives to an index without one: mostly the row number.
INDEX_NAMES = ("", "Unnamed: 0", "__index_level_0__")
CLOCK_NAMES = ("time", "timestamp")
LEFT_OUT = {
    "text": "text is no feature",
    "time": "another column gives the time of the rows",
    "unsupported": "cells of this type are no features",
    "number": "an index without a name is mostly the row number",
}
HELD = {"text": "text", "time": "timestamps", "unsupported": "cells of another type"}


def choose_time(columns: Mapping[str, Column], taken: Sequence[Column]) -> Column | None:
    """Return the first column of timestamps, else of numbers named like a clock, else None.

    Columns that are `taken` have another role.
    """
    others = [column for column in columns.values() if column not in taken]
    stamps = [column for column in others if column.kind == "time"]
    clocks = [
        column
        for column in others
        if column.kind == "number" and column.name.lower() in CLOCK_NAMES
    ]
    return next(iter(stamps + clocks), None)


def choose_features(
    names: str | Sequence[str] | None,
    columns: Mapping[str, Column],
    groups: Groups,
    targets: Sequence[Column],
    taken: Sequence[Column],
) -> tuple[tuple[Column, ...], list[str]]:
    """Return the features, named or by default, and a warning for all that was left out unasked.

    Columns that are `taken` have another role; they are features only if they are named.

    Raises:
        StreamError: as `named_features` and `default_features` do.
    """
    if names is not None:
        return named_features(as_names(names, "feature"), columns, groups, targets), []
    chosen = default_features(columns, targets, taken)
    used = {*chosen, *targets, *taken}
    unused = [column for column in columns.values() if column not in used]
    return chosen, [
        f"Left out {listed(left_out)}: {reason}."
        for kind, reason in LEFT_OUT.items()
        if (left_out := [column.name for column in unused if column.kind == kind])
    ]


def named_features(
    names: Sequence[str],
    columns: Mapping[str, Column],
    groups: Groups,
    targets: Sequence[Column],
) -> tuple[Column, ...]:
    """Return the features asked for by name.

    Raises:
        StreamError: for an unknown column, one that is not of numbers, or one that is a target.
    """
    chosen = find_columns(names, "feature", columns, groups)
    leaks = [column.name for column in chosen if column in targets]
    if leaks:
        raise stream_error(
            "features that are no targets",
            f"{listed(leaks)} as both, which would show the label to the learner",
            "leaving it out of the features",
        )
    for column in chosen:
        if column.stray:
            raise stray_text(column)
        if not column.is_numeric:
            remedy = "leaving it out of the features"
            got = f"{HELD[column.kind]} in the column {column.name!r}"
            raise stream_error("features of numbers", got, remedy)
    return chosen


def default_features(
    columns: Mapping[str, Column], targets: Sequence[Column], taken: Sequence[Column]
) -> tuple[Column, ...]:
    """Return all columns of numbers that have a name, are no targets and are not `taken`.

    Raises:
        StreamError: when a column of numbers holds some text.
    """
    others = [column for column in columns.values() if column not in (*targets, *taken)]
    for column in others:
        if column.stray:
            raise stray_text(column)
    return tuple(
        column for column in others if column.is_numeric and column.name not in INDEX_NAMES
    )


def warnings_on_values(roles: Mapping[str, Sequence[Column]], time: Column | None) -> list[str]:
    """Return a sentence for each doubt about the values of the columns in use.

    Arguments:
        roles: the columns of each role: "feature", "target", ...
        time: the column of timestamps.
    """
    warnings = []
    if time is not None and time.kind == "number" and time not in roles["feature"]:
        warnings.append(f"Kept {time.name!r} as the time of the rows, not as a feature.")
    if time is not None and time.backward:
        warnings.append(f"Unsorted: {time.name!r} goes back in {_rows(time.backward)}.")
    if time is not None and time.repeated:
        again = f"{time.name!r} repeats the row before in {_rows(time.repeated)}"
        warnings.append(f"Duplicates: {again}.")
    for role, columns in roles.items():
        empty = [column.name for column in columns if not column.present]
        if empty:
            warnings.append(f"No value at all in the {role} {listed(empty)}.")
        constant = [column.name for column in columns if column.present and column.is_constant]
        if constant:
            warnings.append(f"Always the same value in the {role} {listed(constant)}.")
    return warnings


def _rows(count: int) -> str:
    return f"{count} row" if count == 1 else f"{count} rows"
