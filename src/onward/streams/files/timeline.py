"""The order and the steps of time, told across batches and within each series."""

from dataclasses import dataclass

import numpy as np

from onward.streams.base import Steps
from onward.streams.files.starts import row_before

MOST_STEPS = 65_536


@dataclass(frozen=True)
class Jump:
    """The longest step forward of a clock, and what its steps forward are otherwise.

    Attributes:
        length: of the longest, in units of the clock.
        row: the row that it leads to, from 1.
        time: the time there.
        median: the median step forward.
        shortest: the shortest one.
    """

    length: float
    row: int
    time: float
    median: float
    shortest: float


class Timeline:
    """Learns how time goes on: `add` each batch of it in turn.

    Attributes:
        forward: rows whose time is after that of the row before in their series.
        backward: rows whose time is before that of the row before in their series.
        repeated: rows that have the time of the row before in their series.
        first: the earliest time, in units of the clock; infinity where there is none.
        last: the latest.
    """

    def __init__(self) -> None:
        self.forward = self.backward = self.repeated = 0
        self.first, self.last = np.inf, -np.inf
        self._steps = _Thinned()
        self._rows = 0
        self._shortest, self._longest = np.inf, (0.0, 0, 0.0)
        self._series, self._time = np.zeros(0, np.int32), np.zeros(0)

    def add(self, time: np.ndarray, series: np.ndarray, begins: np.ndarray | None) -> None:
        """Learn from a batch; a row that begins a sequence counts for no step.

        Arguments:
            time: shape (rows,), NaN where it is missing.
            series: codes, shape (rows,).
            begins: bool, shape (rows,); None where there are no sequences.
        """
        known = ~np.isnan(time)
        numbers = self._rows + 1 + np.flatnonzero(known)
        self._rows += len(time)
        if not known.any():
            return
        held = len(self._time)
        series = np.concatenate([self._series, series[known]])
        time = np.concatenate([self._time, time[known]])
        before = row_before(series)
        rows = np.flatnonzero(before >= 0)
        steps = time[rows] - time[before[rows]]
        self.forward += int(np.sum(steps > 0))
        self.backward += int(np.sum(steps < 0))
        self.repeated += int(np.sum(steps == 0))
        self.first, self.last = min(self.first, time.min()), max(self.last, time.max())
        if begins is not None:
            within = ~begins[known][rows - held]
            steps, rows = steps[within], rows[within]
        self._steps.add(steps)
        self._compare(steps, numbers[rows - held], time[rows])
        is_last = np.ones(len(before), bool)
        is_last[before[before >= 0]] = False
        self._series, self._time = series[is_last], time[is_last]

    def _compare(self, steps: np.ndarray, rows: np.ndarray, reached: np.ndarray) -> None:
        """Keep the shortest and the longest of the steps forward."""
        self._shortest = float(np.min(steps, where=steps > 0, initial=self._shortest))
        most = int(steps.argmax()) if len(steps) else 0
        if len(steps) and steps[most] > self._longest[0]:
            self._longest = (float(steps[most]), int(rows[most]), float(reached[most]))

    def jump(self) -> Jump | None:
        """Return the longest step forward; None where there is none."""
        if not self._longest[1]:
            return None
        steps = self._steps.values()
        return Jump(*self._longest, float(np.median(steps[steps > 0])), self._shortest)

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
