"""What a benchmark finds: rows of one figure each, most of them ratios."""

import json
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import timing

# A timed figure is worse than last time where it is so by more than these: standard errors of
# both runs, and a share for what differs between processes and not within one.
ERRORS, SHARE = 3.0, 0.1


@dataclass(frozen=True)
class Row:
    """A figure beside the most that it may be.

    Attributes:
        name: what it says, in words; the same from one run to the next.
        value: the figure: a ratio where the name holds a "/".
        limit: the goal, None for a row that only informs.
        ours, other: what the ratio is made of, where it is a ratio of measurements.
        unit: of `ours` and `other`, or of a value that is no ratio.
        noise: the standard error of a figure that is timed; None for one that is counted.
    """

    name: str
    value: float
    limit: float | None = None
    ours: float | None = None
    other: float | None = None
    unit: str = ""
    noise: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None without one."""
        return None if self.limit is None else self.value <= self.limit

    def worse(self, last: "Row | None") -> bool:
        """Whether the figure has grown since last time, by more than noise."""
        if last is None:
            return False
        if self.noise is None or last.noise is None:
            return self.value > last.value
        room = ERRORS * math.hypot(self.noise, last.noise) + SHARE * last.value
        return self.value > last.value + room

    def cells(self, last: "Row | None") -> list[str]:
        """The row in a table: name, ours, other, unit, value, last value, limit, verdict."""
        numbers = [_short(self.ours), _short(self.other), self.unit]
        verdict = {True: "met", False: "missed", None: ""}[self.met]
        verdict = ", ".join(filter(None, (verdict, "worse" if self.worse(last) else "")))
        before = None if last is None else last.value
        return [self.name, *numbers, *map(_short, (self.value, before, self.limit)), verdict]


def _short(number: float | None) -> str:
    if number is None:
        return ""
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.4g}"


def time_row(
    name: str,
    seconds: Mapping[str, list[float]],
    ours: str,
    other: str,
    limit: float | None = None,
) -> Row:
    """The paired ratio of two contenders' times a sample."""
    middle = {one: 1e6 * statistics.median(seconds[one]) for one in (ours, other)}
    value, noise = timing.ratio(seconds[ours], seconds[other])
    return Row(name, value, limit, middle[ours], middle[other], "µs", noise)


def print_rows(processors: str, rows: list[Row]) -> None:
    """To standard output, for the driver."""
    print(json.dumps({"processors": processors, "rows": [asdict(row) for row in rows]}))


def markdown(
    machine: Mapping[str, str], parts: Mapping[str, Sequence[Row]], last: Mapping[str, Row]
) -> str:
    """The page of the documentation, from the rows of each part."""
    lines = [
        "# Benchmarks",
        "",
        "Made by `make bench`; every row comes from one run on one machine, and "
        "`benchmarks/last.json` holds the same figures. A ratio is the median over paired rounds "
        'of contenders that take turns, each part in a process of its own. "last" is the figure '
        "of the run before, and a row is worse where it has grown since by more than noise: "
        f"{ERRORS:g} standard errors of both and {SHARE:.0%}, or at all where it is counted.",
        "",
        "How well the default learns is on [a page of its own](benchmarks-streams.md).",
        "",
        *(f"- {name}: {value}" for name, value in machine.items()),
    ]
    return "\n".join([*lines, *tables(parts, last)]) + "\n"


def tables(
    parts: Mapping[str, Sequence[Row]], last: Mapping[str, Row], heading: str = "##"
) -> list[str]:
    """The lines of a table for each part, under a heading."""
    columns, lines = ("", "ours", "other", "unit", "measured", "last", "at most", ""), []
    for part, rows in parts.items():
        table = [columns, ("---", *["---:"] * 7), *(row.cells(last.get(row.name)) for row in rows)]
        lines += ["", f"{heading} {part}", "", *(f"| {' | '.join(line)} |" for line in table)]
    return lines
