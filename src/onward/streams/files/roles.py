"""What a table is told: which columns begin sequences, weigh labels, tell series apart, ..."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypedDict

from onward.streams.errors import listed, stream_error
from onward.streams.files.column import Column
from onward.streams.files.table import Table
from onward.streams.files.targets import HELD, Groups, find_columns, stray_text


class Roles(TypedDict, total=False):
    """What a stream of rows may be told beside its target, features and task.

    Each is a keyword of `open_file`, which explains it.
    """

    start: str | None
    weight: str | None
    series: str | None
    phases: str | None
    valid: str | None
    gap: str | None
    calendar: bool | str | Sequence[str]
    missing_codes: str | float | Iterable[str | float]
    reverse: bool


class FileRoles(Roles, total=False):
    """What files may be told beside that: how they are written."""

    separator: str | None
    decimal: str | None
    header: bool


def choose_labels(
    role: str,
    name: str | None,
    columns: Mapping[str, Column],
    groups: Groups,
    targets: Sequence[Column],
) -> Column | None:
    """Return the column whose values are told apart, for a role; None where no name is given.

    Raises:
        StreamError: for an unknown column, several, a target, or cells that cannot be compared.
    """
    column = _choose(role, name, columns, groups, targets)
    if column is not None and column.kind == "unsupported":
        raise stream_error(
            f"text, numbers, truth values or timestamps in the {role} {column.name!r}",
            column.type_name,
            f"another {role} column",
        )
    return column


def choose_valid(name: str | None, table: Table, targets: Sequence[str]) -> str | None:
    """Return the column of the rows that count, of which only the name is known yet.

    Raises:
        StreamError: for an unknown column, several, or a target.
    """
    columns = {name: Column(name, "truth") for name in table.names}
    taken = [columns[target] for target in targets if target in columns]
    column = _choose("valid", name, columns, table.groups, taken)
    return column and column.name


def choose_weight(
    name: str | None, columns: Mapping[str, Column], groups: Groups, targets: Sequence[Column]
) -> Column | None:
    """Return the column of weights; None where no name is given.

    Raises:
        StreamError: for an unknown column, several, a target, text, timestamps, no value at all,
            or a weight below zero.
    """
    column = _choose("weight", name, columns, groups, targets)
    if column is None:
        return None
    if column.stray:
        raise stray_text(column)
    if not column.is_numeric:
        got = f"{HELD[column.kind]} in the column {column.name!r}"
        raise stream_error("weights as numbers", got, "another weight column")
    expected = f"weights >= 0 in the column {column.name!r}"
    if not column.present:
        raise stream_error(expected, "a missing one in every row", "another weight column")
    if column.lowest < 0:
        remedy = "0 for a label that is not to be learnt from, or another weight column"
        raise stream_error(expected, f"{column.lowest:g}", remedy)
    return column


def _choose(
    role: str,
    name: str | None,
    columns: Mapping[str, Column],
    groups: Groups,
    targets: Sequence[Column],
) -> Column | None:
    if name is None:
        return None
    chosen = find_columns((name,), role, columns, groups)
    column, *others = chosen
    if others:
        got = f"{name!r}, which is {len(chosen)} columns"
        raise stream_error(f"one {role} column", got, f"one of {listed(c.name for c in chosen)}")
    if column in targets:
        got = f"{column.name!r} as both"
        raise stream_error(f"a {role} column that is no target", got, f"another {role} column")
    return column
