"""Noticing that a table holds several series which nobody named."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from onward.streams.files.codes import Codes
from onward.streams.files.column import Column
from onward.streams.files.masks import only_valid
from onward.streams.files.moments import Clock
from onward.streams.files.table import Table
from onward.streams.files.timeline import Timeline

if TYPE_CHECKING:
    import pyarrow as pa

MOST_SERIES = 10_000
ROWS_A_SERIES = 3
# Columns that are parts of the time and tell the rows of a day apart for that reason.
PARTS_OF_TIME = ("hour", "hr", "minute", "second", "time", "period", "slot", "clock")


def series_hint(
    table: Table,
    clock: Clock,
    timeline: Timeline,
    candidates: Sequence[Column],
    rows: int,
    valid: str | None,
) -> tuple[str, str] | None:
    """Return a column that tells series apart, and what the time does without it.

    The time repeats or goes back, but not among the rows of one value of the column.

    Time must repeat in three of ten rows, or go back just where the value changes, once for each.
    Of several such columns the one with the fewest values is named. Reads the table once more
    in either case.

    Arguments:
        table: the table.
        clock: its time.
        timeline: how often that repeats and goes back.
        candidates: columns without a role.
        rows: number of rows.
        valid: the column that says which rows count, or None.
    """
    backward, repeated = timeline.backward, timeline.repeated
    trials = [_Trial(column) for column in candidates if _may_tell(column)]
    often = repeated >= 0.3 * rows
    if not trials or not (often or backward):
        return None
    names = list(dict.fromkeys([clock.column.name, *(t.codes.column.name for t in trials)]))
    names += [valid] if valid and valid not in names else []
    for batch in only_valid(table.batches(names, 0), valid):
        time = clock.of(batch)
        trials = [trial for trial in trials if trial.still_tells(batch, time)]
    fitting = [
        trial
        for trial in trials
        if 2 <= trial.values <= rows / ROWS_A_SERIES
        and (often or trial.changes == backward == trial.values - 1)
    ]
    if not fitting:
        return None
    name = min(fitting, key=lambda trial: trial.values).codes.column.name
    what = "repeats" if often else "goes back"
    return name, what


class _Trial:
    """Whether time goes forward, and never stands still, among the rows of each value.

    Attributes:
        codes: the values so far.
        changes: rows whose value is another than that of the row before.
    """

    def __init__(self, column: Column) -> None:
        self.codes, self._timeline = Codes(column), Timeline()
        self.changes, self._last = 0, np.zeros(0, np.int32)

    @property
    def values(self) -> int:
        """The number of different values so far."""
        return len(self.codes.names)

    def still_tells(self, batch: "pa.RecordBatch", time: np.ndarray) -> bool:
        codes = self.codes.learn(batch)
        self._timeline.add(time, codes, None)
        joined = np.concatenate([self._last, codes])
        self.changes += int(np.sum(joined[1:] != joined[:-1]))
        self._last = joined[-1:]
        faults = self._timeline.backward + self._timeline.repeated
        return not faults and self.values <= MOST_SERIES


def _may_tell(column: Column) -> bool:
    if any(part in column.name.lower() for part in PARTS_OF_TIME) or not column.present:
        return False
    if column.kind == "text":
        return True
    whole = column.distinct and all(float(value).is_integer() for value in column.distinct)
    return bool(column.kind == "number" and whole)
