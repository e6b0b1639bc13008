"""Arrays of an NPZ file that are passed over because they have other rows."""

from collections.abc import Collection, Mapping

import numpy as np

from onward.streams.errors import stream_error
from onward.streams.files.table import Wanted

MOST_LISTED = 4


def refuse_other_rows(
    arrays: Mapping[str, np.ndarray], rows: int, columns: Collection[str], wanted: Wanted
) -> None:
    """Refuse a file whose features or roles are arrays with other rows than the target.

    Arguments:
        arrays: all arrays of the file.
        rows: the rows of the stream.
        columns: the names of all columns and arrays that have these rows.
        wanted: what the stream is asked for.

    Raises:
        StreamError: for an array that is asked for by name and has other rows, and where nothing
            but the target and the roles have these rows, while other arrays of numbers exist.
    """
    targets = [name for name in wanted.targets if name in columns]
    if not targets:
        return
    asked = [
        name for name in (*wanted.names, *wanted.features) if name in arrays and name not in columns
    ]
    others = asked or [name for name, array in arrays.items() if _may_be_rows(array, rows)]
    is_alone = all(_is_of(name, wanted.names) for name in columns)
    if not others or not (asked or is_alone):
        return
    shown = ", ".join(f"{name!r} of shape {arrays[name].shape}" for name in others[:MOST_LISTED])
    expected = f"arrays of {rows} rows, as many as the target {targets[0]!r} has"
    raise stream_error(expected, shown, "saving all at the rate of the target")


def _may_be_rows(array: np.ndarray, rows: int) -> bool:
    return array.dtype.kind in "biuf" and array.ndim > 0 and len(array) not in (0, 1, rows)


def _is_of(column: str, names: tuple[str, ...]) -> bool:
    return any(column == name or column.startswith(f"{name}[") for name in names)
