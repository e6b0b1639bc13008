"""Streams from what is in memory: tables, arrays, rows."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, Unpack

import numpy as np
from numpy.typing import ArrayLike

from onward.streams.base import Task
from onward.streams.errors import as_names, stream_error
from onward.streams.files.arrow_table import as_arrow
from onward.streams.files.building import Ask, stream_of
from onward.streams.files.file_stream import FileStream
from onward.streams.files.options import read_options
from onward.streams.files.roles import FileRoles, Roles
from onward.streams.files.table import unused
from onward.streams.installed import refuse_without

NEEDED = ("pandas", "pyarrow")
TIME = "time"


def from_table(
    table: Any,
    target: str | Sequence[str] | None,
    features: str | Sequence[str] | None = None,
    task: Task | None = None,
    *,
    name: str = "table",
    **roles: Unpack[Roles],
) -> FileStream:
    """Make a stream of a table of pandas, polars, pyarrow, or any that Arrow can read.

    Columns are judged as those of a Parquet file are. A table of pandas is copied; an index that
    has a name or holds timestamps is a column.

    Arguments:
        table: the rows, in order.
        target: one column or several, by name.
        features: columns by name; None takes all columns of numbers that have no other role.
        task: None infers it.
        name: of the stream.
        **roles: what the other columns are; see `open_file`.

    Raises:
        StreamError: without pandas and pyarrow, for what is no table, and as `open_file` does.
    """
    refuse_without(NEEDED, "tables")
    names = () if target is None else as_names(target, "target")
    ask = Ask(name, name, names, features, task, roles, read_options(FileRoles(**roles)))
    return stream_of(as_arrow(table), ask)


def from_arrays(
    x: ArrayLike | None,
    y: ArrayLike,
    time: ArrayLike | None = None,
    *,
    weight: ArrayLike | None = None,
    start: ArrayLike | None = None,
    series: ArrayLike | None = None,
    names: Sequence[str] | None = None,
    target_names: Sequence[str] | None = None,
    task: Task | None = None,
    gap: str | None = None,
    calendar: bool | str | Sequence[str] = False,
    name: str = "arrays",
) -> FileStream:
    """Make a stream of arrays, which are copied.

    Arguments:
        x: features, shape (rows, features) or (rows,); None for a stream without features.
        y: targets, shape (rows, targets) or (rows,): numbers, or classes as numbers or text.
        time: timestamps or numbers, shape (rows,).
        weight: what the loss of each label is multiplied by, >= 0, shape (rows,).
        start: truth values, true where a sequence begins; or values whose change begins one,
            shape (rows,).
        series: which series each row belongs to, text or numbers, shape (rows,).
        names: one a feature; None numbers them.
        target_names: one a target; None says y, or numbers them.
        task: None infers it from the targets.
        gap: see `open_file`.
        calendar: see `open_file`.
        name: of the stream.

    Raises:
        StreamError: without pandas and pyarrow, for arrays of different lengths or too many axes,
            for names that do not fit, and as `open_file` does.
    """
    refuse_without(NEEDED, "arrays")
    labels = _columns("y", y, target_names)
    inputs = {} if x is None else _columns("x", x, names)
    both = sorted(set(inputs) & set(labels))
    if both or (time is not None and TIME in {**inputs, **labels}):
        got = repr(both[0] if both else TIME)
        raise stream_error("different names for features, targets and time", got, "other names")
    given = {TIME: time, "weight": weight, "start": _sequences(start), "series": series}
    named = {role: unused(role, {**inputs, **labels}) for role in given if given[role] is not None}
    # The time comes first, so that no feature is taken for it.
    columns = {column: _column(role, given[role]) for role, column in named.items()}
    columns |= {**inputs, **labels}
    lengths = {key: len(column) for key, column in columns.items()}
    if len(set(lengths.values())) > 1:
        raise stream_error("arrays of one length", str(lengths), "one entry a row in each")
    roles = Roles(
        weight=named.get("weight"),
        start=named.get("start"),
        series=named.get("series"),
        gap=gap,
        calendar=calendar,
    )
    features = tuple(inputs) or None
    return from_table(_frame(columns), tuple(labels), features, task, name=name, **roles)


def from_rows(
    rows: Iterable[Mapping[str, Any] | tuple[Any, Any]],
    target: str | Sequence[str] | None = None,
    features: str | Sequence[str] | None = None,
    task: Task | None = None,
    *,
    limit: int | None = None,
    name: str = "rows",
    **roles: Unpack[Roles],
) -> FileStream:
    """Make a stream of rows that come one by one, from a generator for instance.

    A stream can be read again from any row, which a generator cannot. So all rows are taken at
    once and held in memory; the iterable is read to its end, or to `limit`, and never again. For
    rows without an end call `Learner.step` on each.

    Arguments:
        rows: a mapping from column to cell each, where a column may be missing; or pairs (x, y),
            each a mapping, a number, a text, a sequence of numbers or None.
        target: one column or several, by name; None takes those of `y`.
        features: columns by name; None takes all columns of numbers that have no other role.
        task: None infers it.
        limit: take so many rows at most.
        name: of the stream.
        **roles: what the other columns are; see `open_file`.

    Raises:
        StreamError: without pandas and pyarrow, for rows of another kind, and as `open_file` does.
    """
    refuse_without(NEEDED, "rows")
    import pandas as pd

    targets: dict[str, None] = {}
    cells = [_cells_of(row, targets) for row in islice(rows, limit)]
    chosen = tuple(targets) if target is None and targets else target
    return from_table(pd.DataFrame(cells), chosen, features, task, name=name, **roles)


def _cells_of(row: Any, targets: dict[str, None]) -> dict[str, Any]:
    if isinstance(row, Mapping):
        return {str(key): cell for key, cell in row.items()}
    if not isinstance(row, tuple) or len(row) != 2:
        got = f"a {type(row).__name__}"
        raise stream_error("rows as mappings, or as pairs (x, y)", got, "from_arrays for arrays")
    inputs, labels = _named("x", row[0]), _named("y", row[1])
    both = sorted(set(inputs) & set(labels))
    if both:
        raise stream_error("features that are no targets", f"{both[0]!r} in both", "other names")
    targets.update(dict.fromkeys(labels))
    return {**inputs, **labels}


def _named(name: str, cells: Any) -> dict[str, Any]:
    if isinstance(cells, Mapping):
        return {str(key): cell for key, cell in cells.items()}
    if cells is None:
        return {}
    if isinstance(cells, str) or np.ndim(cells) == 0:
        return {name: cells}
    return {f"{name}[{index}]": cell for index, cell in enumerate(cells)}


def _columns(name: str, values: ArrayLike, names: Sequence[str] | None) -> dict[str, np.ndarray]:
    array = np.asarray(values)
    if array.ndim not in (1, 2):
        got = f"{name} of shape {array.shape}"
        raise stream_error("arrays of shape (rows,) or (rows, columns)", got, "reshaping it")
    width = 1 if array.ndim == 1 else array.shape[1]
    if names is None:
        names = [name] if array.ndim == 1 else [f"{name}[{index}]" for index in range(width)]
    if len(names) != width or len(set(names)) != width:
        got = f"{len(set(names))} for {width} columns of {name}"
        raise stream_error("as many different names as columns", got, "one a column")
    return dict(zip(names, array.reshape(len(array), width).T, strict=True))


def _column(role: str, values: ArrayLike | None) -> np.ndarray:
    array = np.asarray(values)
    if array.ndim != 1:
        raise stream_error(f"{role} of shape (rows,)", str(array.shape), "one entry a row")
    return array


def _sequences(start: ArrayLike | None) -> np.ndarray | None:
    """Numbers that change where a sequence begins."""
    if start is None:
        return None
    array = np.asarray(start)
    return np.cumsum(array) if array.dtype == bool else array


def _frame(columns: Mapping[str, np.ndarray]) -> Any:
    import pandas as pd

    return pd.DataFrame({name: pd.Series(column) for name, column in columns.items()})
