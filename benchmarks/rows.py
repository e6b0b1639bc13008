"""What a benchmark finds: rows of one figure each, most of them ratios."""

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import timing


@dataclass(frozen=True)
class Row:
    """A figure beside the most that it may be.

    Attributes:
        name: what it says, in words; the same from one run to the next.
        value: the figure: a ratio where the name holds a "/".
        limit: the goal, None for a row that only informs.
        ours, other: what the ratio is made of, where it is a ratio of measurements.
        unit: of `ours` and `other`, or of a value that is no ratio.
    """

    name: str
    value: float
    limit: float | None = None
    ours: float | None = None
    other: float | None = None
    unit: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None without one."""
        return None if self.limit is None else self.value <= self.limit

    def cells(self, last: float | None) -> list[str]:
        """The row in a table: name, ours, other, unit, value, last value, limit, verdict."""
        numbers = [_short(self.ours), _short(self.other), self.unit]
        verdict = {True: "met", False: "missed", None: ""}[self.met]
        return [self.name, *numbers, *map(_short, (self.value, last, self.limit)), verdict]


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
    value = timing.ratio(seconds[ours], seconds[other])
    return Row(name, value, limit, middle[ours], middle[other], "µs")


def print_rows(processors: str, rows: list[Row]) -> None:
    """To standard output, for the driver."""
    print(json.dumps({"processors": processors, "rows": [asdict(row) for row in rows]}))


def markdown(machine: str, parts: Mapping[str, Sequence[Row]], last: Mapping[str, float]) -> str:
    """The page of the documentation, from the rows of each part."""
    lines = [
        "# Benchmarks",
        "",
        "Made by `make bench`; every row comes from one run on one machine. A ratio is the median "
        "over paired rounds of contenders that take turns, each part in a process of its own.",
        "",
        machine,
    ]
    columns = ("", "ours", "other", "unit", "measured", "last", "at most", "")
    for part, rows in parts.items():
        table = [columns, ("---", *["---:"] * 7), *(row.cells(last.get(row.name)) for row in rows)]
        lines += ["", f"## {part}", "", *(f"| {' | '.join(line)} |" for line in table)]
    return "\n".join(lines) + "\n"
