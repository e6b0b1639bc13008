"""The order and the steps of time, told across batches and within each series."""

import numpy as np

from onward.streams.base import Steps
from onward.streams.files.starts import row_before

MOST_STEPS = 65_536


class Timeline:
    """Learns how time goes on: `add` each batch of it in turn.

    Attributes:
        backward: rows whose time is before that of the row before in their series.
        repeated: rows that have the time of the row before in their series.
        first: the earliest time, in units of the clock; infinity where there is none.
        last: the latest.
    """

    def __init__(self) -> None:
        self.backward = self.repeated = 0
        self.first, self.last = np.inf, -np.inf
        self._steps = _Thinned()
        self._series, self._time = np.zeros(0, np.int32), np.zeros(0)

    def add(self, time: np.ndarray, series: np.ndarray, begins: np.ndarray | None) -> None:
        """Learn from a batch; a row that begins a sequence counts for no step.

        Arguments:
            time: shape (rows,), NaN where it is missing.
            series: codes, shape (rows,).
            begins: bool, shape (rows,); None where there are no sequences.
        """
        known = ~np.isnan(time)
        if not known.any():
            return
        held = len(self._time)
        series = np.concatenate([self._series, series[known]])
        time = np.concatenate([self._time, time[known]])
        before = row_before(series)
        rows = np.flatnonzero(before >= 0)
        steps = time[rows] - time[before[rows]]
        self.backward += int(np.sum(steps < 0))
        self.repeated += int(np.sum(steps == 0))
        self.first, self.last = min(self.first, time.min()), max(self.last, time.max())
        if begins is not None:
            steps = steps[~begins[known][rows - held]]
        self._steps.add(steps)
        is_last = np.ones(len(before), bool)
        is_last[before[before >= 0]] = False
        self._series, self._time = series[is_last], time[is_last]

    def steps(self) -> Steps | None:
        """Return the steps; None where there is none."""
        steps = self._steps.values()
        if not len(steps):
            return None
        median = float(np.median(steps))
        even = float(np.mean(np.abs(steps - median) <= abs(median) / 10))
        return Steps(median, self._steps.lowest, self._steps.highest, even)


class _Thinned:
    """Values, or every second, fourth, ... where they are many; their lowest and highest."""

    def __init__(self) -> None:
        self.lowest, self.highest = np.inf, -np.inf
        self._kept: list[np.ndarray] = []
        self._stride = 1
        self._seen = 0

    def add(self, values: np.ndarray) -> None:
        if not len(values):
            return
        self.lowest = min(self.lowest, float(values.min()))
        self.highest = max(self.highest, float(values.max()))
        self._kept.append(values[-self._seen % self._stride :: self._stride])
        self._seen += len(values)
        if sum(map(len, self._kept)) > MOST_STEPS:
            self._kept = [self.values()[::2]]
            self._stride *= 2

    def values(self) -> np.ndarray:
        return np.concatenate([np.zeros(0), *self._kept])
