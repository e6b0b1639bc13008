"""Where a sequence begins, told across batches and within each series."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from onward.streams.files.cells import plain
from onward.streams.files.codes import Codes
from onward.streams.files.moments import Clock

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Begin:
    """What begins a sequence: each is judged against the row before of the same series.

    Attributes:
        names: columns whose change begins one.
        clock: the time whose jump begins one, or None.
        gap: how far time must jump for it, forward or back, in units of the clock.
        series: what tells the series apart, or None.
    """

    names: tuple[str, ...]
    clock: Clock | None = None
    gap: float = np.inf
    series: Codes | None = None

    def __bool__(self) -> bool:
        return bool(self.names) or self.gap < np.inf

    def looks_back(self, length: int) -> int:
        """Return how many rows before a row say whether it begins a sequence, of `length` rows.

        All of them where the row before of its series, or the last one with a time, may be far.
        """
        untimed = self.clock is not None and self.clock.column.present < length
        far = self.series is not None or (self.gap < np.inf and untimed)
        return 0 if not self else length if far else 1


@dataclass(frozen=True)
class _Rows:
    """What begins are judged by: series (rows,), a column of cells each, time (rows,)."""

    series: np.ndarray
    cells: list["pa.Array"]
    time: np.ndarray

    def after(self, others: "_Rows") -> "_Rows":
        import pyarrow as pa

        return _Rows(
            np.concatenate([others.series, self.series]),
            [pa.concat_arrays(pair) for pair in zip(others.cells, self.cells, strict=True)],
            np.concatenate([others.time, self.time]),
        )

    def taken(self, rows: np.ndarray) -> "_Rows":
        return _Rows(self.series[rows], [cells.take(rows) for cells in self.cells], self.time[rows])


def with_starts(
    batches: Iterable["pa.RecordBatch"], begin: Begin
) -> Iterator[tuple["pa.RecordBatch", np.ndarray]]:
    """Yield each batch and which of its rows begin a sequence, bool, shape (rows,).

    The first row does, and that of each series. Between batches the last row of each series is
    held.
    """
    held = None
    for batch in batches:
        if not batch.num_rows:
            continue
        rows = _rows(batch, begin)
        joined = rows if held is None else rows.after(held)
        before = row_before(joined.series)
        time = last_known(joined.time, joined.series)
        begins = _begins(joined, time, before, begin.gap)
        is_last = np.ones(len(before), bool)
        is_last[before[before >= 0]] = False
        held = _Rows(joined.series, joined.cells, time).taken(np.flatnonzero(is_last))
        yield batch, begins[len(begins) - batch.num_rows :]


def row_before(series: np.ndarray) -> np.ndarray:
    """Return for each row the one before it in its series, and -1 for its first: (rows,)."""
    order = np.argsort(series, kind="stable")
    before = np.full(len(series), -1)
    same = series[order[1:]] == series[order[:-1]]
    before[order[1:][same]] = order[:-1][same]
    return before


def last_known(time: np.ndarray, series: np.ndarray) -> np.ndarray:
    """Return the last time at each row that is not NaN, in its series: shape (rows,)."""
    import pandas as pd

    if not np.isnan(time).any():
        return time
    return pd.Series(time).groupby(series).ffill().to_numpy()


def _rows(batch: "pa.RecordBatch", begin: Begin) -> _Rows:
    count = batch.num_rows
    series = np.zeros(count, np.int32) if begin.series is None else begin.series.of(batch)
    timed = begin.clock if begin.gap < np.inf else None
    time = np.zeros(count) if timed is None else timed.of(batch)
    return _Rows(series, [_comparable(batch.column(name)) for name in begin.names], time)


def _begins(rows: _Rows, time: np.ndarray, before: np.ndarray, gap: float) -> np.ndarray:
    begins = before < 0
    later = np.flatnonzero(~begins)
    with np.errstate(invalid="ignore"):
        begins[later] |= np.abs(time[later] - time[before[later]]) > gap
    for cells in rows.cells:
        begins[later] |= _differ(cells.take(later), cells.take(before[later]))
    return begins


def _comparable(cells: "pa.Array") -> "pa.Array":
    """The cells in a type that Arrow compares; the two that it does not are exact in float32."""
    import pyarrow as pa
    from pyarrow import types

    cells = plain(cells)
    odd = types.is_null(cells.type) or types.is_float16(cells.type)
    return cells.cast(pa.float32()) if odd else cells


def _differ(cells: "pa.Array", others: "pa.Array") -> np.ndarray:
    """Whether each cell differs from the other; missing ones are a value of their own.

    They are compared in their own type, so that integers beyond 2**53 are told apart.
    """
    import pyarrow as pa
    from pyarrow import compute

    nan_too = compute.NullOptions(nan_is_null=True)
    missing, theirs = (
        compute.call_function("is_null", [one], nan_too).to_numpy(zero_copy_only=False)
        for one in (cells, others)
    )
    differs = compute.call_function("not_equal", [cells, others])
    differs = compute.call_function("coalesce", [differs, pa.scalar(False)])
    return np.where(
        missing | theirs, missing != theirs, differs.to_numpy(zero_copy_only=False).astype(bool)
    )
