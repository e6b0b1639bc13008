"""Features made from the time of the rows: where it stands in the day, the week and the year."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from onward.streams.errors import as_names, one_of, stream_error
from onward.streams.files.moments import Clock, seconds
from onward.streams.files.timeline import Timeline

DAY = 86_400.0
# The length of each cycle, s, and a moment at which it begins, s since 1970: 5 January 1970 was
# a Monday. Years are of 365.25 days, so that the phase drifts by less than a day.
CYCLES = {"hour": (DAY, 0.0), "weekday": (7 * DAY, 4 * DAY), "yearday": (365.25 * DAY, 0.0)}


@dataclass(frozen=True)
class Calendar:
    """Sine and cosine of the time of day, of the week and of the year.

    Attributes:
        cycles: which of `CYCLES`.
    """

    cycles: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """One name a feature: `hour_sin`, `hour_cos`, ..."""
        return tuple(f"{cycle}_{part}" for cycle in self.cycles for part in ("sin", "cos"))

    def columns(self, time: np.ndarray) -> list[np.ndarray]:
        """Return the features, float64, shape (rows,) each; NaN where the time is missing."""
        now, columns = seconds(time), []
        for cycle in self.cycles:
            length, begin = CYCLES[cycle]
            angle = 2 * np.pi * (np.mod(now - begin, length) / length)
            columns += [np.sin(angle), np.cos(angle)]
        return columns


def choose_calendar(
    asked: bool | str | Sequence[str],
    clock: Clock | None,
    timeline: Timeline,
    existing: Sequence[str],
) -> tuple[Calendar, list[str]]:
    """Return the features of the calendar, and a note that says which were made.

    Arguments:
        asked: True for those that vary: the cycle is no longer than the stream, and at least
            two steps long; or the cycles by name.
        clock: the time of the rows.
        timeline: what is known of it.
        existing: the names of the columns.

    Raises:
        StreamError: without timestamps, for an unknown cycle, or where a column has the name.
    """
    if asked is False or asked == ():
        return Calendar(), []
    if clock is None or clock.column.kind != "time":
        got = "none" if clock is None else f"the numbers {clock.column.name!r}"
        remedy = "a column of dates, or leaving the calendar out"
        raise stream_error("timestamps to make features of the calendar", got, remedy)
    calendar = Calendar(_varying(timeline) if asked is True else _named(asked))
    taken = [name for name in calendar.names if name in existing]
    if taken:
        got = f"a column {taken[0]!r}"
        raise stream_error("new names for the calendar", got, "renaming that column")
    made = ", ".join(calendar.names) or "none, as the stream is too short for any cycle"
    return calendar, [f"Features of the calendar, made from {clock.column.name!r}: {made}."]


def _varying(timeline: Timeline) -> tuple[str, ...]:
    steps, span = timeline.steps(), timeline.last - timeline.first
    step = steps.median if steps else np.inf
    return tuple(name for name, (length, _) in CYCLES.items() if 2 * step <= length <= span)


def _named(asked: str | Sequence[str] | bool) -> tuple[str, ...]:
    assert not isinstance(asked, bool)
    names = as_names(asked, "calendar")
    for name in names:
        if name not in CYCLES:
            raise stream_error("a cycle of the calendar", repr(name), one_of(name, [*CYCLES]))
    return names
