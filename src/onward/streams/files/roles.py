"""Which columns of a file begin sequences and weigh labels."""

from collections.abc import Mapping, Sequence

from onward.streams.errors import listed, stream_error
from onward.streams.files.column import Column
from onward.streams.files.targets import HELD, Groups, find_columns, stray_text


def choose_start(
    name: str | None, columns: Mapping[str, Column], groups: Groups, targets: Sequence[Column]
) -> Column | None:
    """Return the column whose change begins a sequence; None where no name is given.

    Raises:
        StreamError: for an unknown column, several, a target, or cells that cannot be compared.
    """
    column = _choose("start", name, columns, groups, targets)
    if column is not None and column.kind == "unsupported":
        raise stream_error(
            f"text, numbers, truth values or timestamps in the start {column.name!r}",
            column.type_name,
            "another start column",
        )
    return column


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
