"""The steps of a column of time from one row to the next."""

import numpy as np

from onward.streams.files.column import Steps
from onward.streams.files.time_numbers import epoch_moments, seconds_in

MOST_STEPS = 4096


class StepTally:
    """The steps between the values of a clock in one direction, in constant memory.

    Arguments:
        sign: 1 for steps forward, -1 for steps back.
    """

    def __init__(self, sign: int) -> None:
        self._sign = sign
        self._sample = np.empty(0)
        self._stride = 1
        self.count = 0
        self._shortest = np.inf
        self._longest: tuple[float, int, np.ndarray] = (0.0, 0, np.empty(0))
        self._last: np.ndarray | None = None

    def add(self, values: np.ndarray, rows: np.ndarray) -> None:
        """Add numbers, or datetime64[us], and the rows that they stand in."""
        if not len(values):
            return
        joined = values if self._last is None else np.concatenate([self._last, values])
        rows = rows[len(values) - len(joined) + 1 :]
        self._last = values[-1:]
        steps = np.diff(joined)
        if steps.dtype.kind == "m":
            steps = steps.astype(np.int64) / 1e6
        steps = steps * self._sign
        onward = np.flatnonzero(steps > 0)
        if not len(onward):
            return
        steps, rows, reached = steps[onward], rows[onward], joined[1:][onward]
        self._keep(steps)
        self._shortest = min(self._shortest, float(steps.min()))
        most = int(steps.argmax())
        if steps[most] > self._longest[0]:
            self._longest = (float(steps[most]), int(rows[most]), reached[most : most + 1])

    def _keep(self, steps: np.ndarray) -> None:
        first = -self.count % self._stride
        self.count += len(steps)
        self._sample = np.concatenate([self._sample, steps[first :: self._stride]])
        while len(self._sample) > MOST_STEPS:
            self._sample = self._sample[::2]
            self._stride *= 2

    def found(self, form: str | None = None) -> Steps | None:
        """Return the steps; None where there are none.

        Arguments:
            form: for numbers since 1970, their form: the steps are then in seconds.
        """
        if not self.count:
            return None
        length, row, reached = self._longest
        unit = seconds_in(form) if form else 1.0
        value = epoch_moments(reached, form)[0] if form else reached[0]
        median = float(np.median(self._sample)) * unit
        return Steps(median, self._shortest * unit, length * unit, row, moment_text(value))


class Clockwork:
    """The steps of a clock in the direction in which it mostly goes."""

    def __init__(self) -> None:
        self._forward, self._back = StepTally(1), StepTally(-1)

    def add(self, values: np.ndarray, rows: np.ndarray) -> None:
        self._forward.add(values, rows)
        self._back.add(values, rows)

    def found(self, form: str | None = None) -> Steps | None:
        """Return the steps as `StepTally` does."""
        return max(self._forward, self._back, key=lambda tally: tally.count).found(form)


def moment_text(value: np.generic) -> str:
    """Return a number, or a moment without the parts that are zero."""
    if not isinstance(value, np.datetime64):
        return f"{value:g}"
    text = str(value.astype("datetime64[us]")).replace("T", " ")
    return text.removesuffix(".000000").removesuffix(":00").removesuffix(" 00:00")
