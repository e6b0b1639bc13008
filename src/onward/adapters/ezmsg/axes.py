"""Messages as rows in time, and which bin a time belongs to."""

from collections import deque
from typing import Any, NamedTuple

import numpy as np

# Runs of bins without a gap that are remembered.
REMEMBERED = 100


def rows_of(message: Any, time: str) -> tuple[np.ndarray, Any]:
    """A message as an array (bins, channels), and its axis of time.

    Raises:
        ValueError: it has no linear axis of that name.
    """
    axis = message.axes.get(time) if time in message.dims else None
    if not (hasattr(axis, "gain") and hasattr(axis, "offset")):
        raise ValueError(
            f"Expected a message with a linear axis {time!r}; got dims {list(message.dims)} and "
            f"{type(axis).__name__} for it. Try AxisArray.LinearAxis(gain=0.02, offset=0.0)."
        )
    rows = np.moveaxis(np.asarray(message.data), message.dims.index(time), 0)
    return rows.reshape(len(rows), -1), axis


class Run(NamedTuple):
    """Bins without a gap: the number and the time of the first, and seconds of each."""

    number: int
    time: float
    gain: float


class Times:
    """Which bin was when."""

    def __init__(self) -> None:
        self._runs: deque[Run] = deque(maxlen=REMEMBERED)
        self._next = 0

    def follow(self, axis: Any, bins: int) -> bool:
        """Whether bins do not follow those before, which they are taken to be after."""
        run = self._runs[-1] if self._runs else None
        gap = run is None or (
            axis.gain != run.gain or abs(self._time(run) - axis.offset) > axis.gain / 2
        )
        if gap:
            self._runs.append(Run(self._next, axis.offset, axis.gain))
        self._next += bins
        return gap

    def number(self, time: float) -> int:
        """Of the bin at a time; -1 where there was none."""
        for run in reversed(self._runs):
            number = run.number + round((time - run.time) / run.gain)
            if run.number <= number < self._next:
                return number
        return -1

    def _time(self, run: Run) -> float:
        """When the next bin of a run comes."""
        return run.time + (self._next - run.number) * run.gain
