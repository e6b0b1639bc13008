"""What the table says of each stream and contestant, from the results of all seeds."""

import math
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.streams.jobs import Result
from benchmarks.streams.scoring import Score, error_of
from benchmarks.streams.split import Half

OURS, LAST, MEAN = "onward", "last label", "running mean"


@dataclass(frozen=True)
class Cell:
    """A contestant on a stream.

    Attributes:
        score: the mean over seeds; None where any of them has none.
        spread: the standard deviation over seeds; 0 with one.
        micros: the median µs a row; None where they were not measured.
        megabytes: the most memory of any seed.
        reason: why there is no score.
        members: of a mixture the mean score of each member.
    """

    score: float | None = None
    spread: float = 0.0
    micros: float | None = None
    megabytes: float | None = None
    reason: str | None = None
    members: Mapping[str, float] = field(default_factory=dict)


def cell_of(results: Sequence[Result]) -> Cell:
    """A cell from the results of the seeds."""
    for result in results:
        if result.reason is not None:
            return Cell(reason=result.reason)
    scores = [result.score for result in results if result.score is not None]
    micros = [result.micros for result in results if result.micros is not None]
    held = [result.megabytes for result in results if result.megabytes is not None]
    return Cell(
        statistics.fmean(scores),
        statistics.stdev(scores) if len(scores) > 1 else 0.0,
        statistics.median(micros) if micros else None,
        max(held, default=None),
        members={
            name: statistics.fmean(result.members[name] for result in results)
            for name in results[0].members
        },
    )


@dataclass(frozen=True)
class Row:
    """A stream.

    Attributes:
        stream: its name.
        half: whether it is for choosing defaults, or for reporting.
        score: what is measured.
        rows: how many there are.
        cells: of each contestant.
        reason: why the stream is absent; None where it is there.
    """

    stream: str
    half: Half
    score: Score
    rows: int = 0
    cells: Mapping[str, Cell] = field(default_factory=dict)
    reason: str | None = None

    def error(self, name: str) -> float | None:
        """A contestant's score as an error; None where it has none."""
        cell = self.cells.get(name)
        return None if cell is None or cell.score is None else error_of(self.score, cell.score)

    def errors(self, names: Iterable[str]) -> dict[str, float]:
        """The errors of those among some contestants that have one."""
        found = {name: self.error(name) for name in names}
        return {name: error for name, error in found.items() if error is not None}

    def best_member(self, name: str) -> str | None:
        """The best member of a mixture in hindsight; None where it is none."""
        cell = self.cells.get(name)
        if cell is None or not cell.members:
            return None
        return min(cell.members, key=lambda one: error_of(self.score, cell.members[one]))

    def beside_best(self, name: str) -> float | None:
        """Error of the best member in hindsight - error of the mixture, so that what is lost is
        negative; None where it is no mixture."""
        best, error = self.best_member(name), self.error(name)
        if best is None or error is None:
            return None
        return error_of(self.score, self.cells[name].members[best]) - error

    def first(self) -> str | None:
        """Who is first; None where nobody has a score."""
        errors = self.errors(self.cells)
        return min(errors, key=lambda name: errors[name]) if errors else None

    def within(self, name: str) -> bool:
        """Whether a contestant is first, or no further from first than the spreads of both:
        error - error of first <= √(spread² + spread of first²)."""
        error, first = self.error(name), self.first()
        if error is None or first is None:
            return False
        room = math.hypot(self.cells[name].spread, self.cells[first].spread)
        return error - self.errors([first])[first] <= room

    def below(self, name: str, other: str) -> bool:
        """Whether a contestant has a larger error than another; never where one has none."""
        error, limit = self.error(name), self.error(other)
        return error is not None and limit is not None and error > limit

    def flags(self, name: str) -> tuple[str, ...]:
        """What is to be said of a contestant, in words."""
        error, first = self.error(name), self.first()
        if error is None or first is None:
            return ()
        is_first = error == self.error(first)
        said = {
            "first": is_first,
            "within the spread of first": not is_first and self.within(name),
            "below the last label": self.below(name, LAST),
            "below the mean": self.below(name, MEAN),
        }
        return tuple(words for words, so in said.items() if so)


@dataclass(frozen=True)
class Worst:
    """The stream where a contestant does worst beside another.

    Attributes:
        ratio: its error / the other's.
        stream: the name.
        other: who that is.
    """

    ratio: float
    stream: str
    other: str


@dataclass(frozen=True)
class Summary:
    """A contestant over some streams.

    Attributes:
        streams: on how many it has a score, and one of the peers has.
        within: on how many of them it is first or within the spread of first.
        peer: where it does worst beside the best peer of that stream; None without any.
        last: likewise beside the last label.
        member: of a mixture, the stream where it does worst beside its best member in hindsight,
            and by how much; None where nothing is scored by accuracy or R2.
    """

    streams: int
    within: int
    peer: Worst | None
    last: Worst | None
    member: tuple[float, str] | None


def summary_of(rows: Sequence[Row], name: str, peers: Iterable[str]) -> Summary:
    """How a contestant does.

    Args:
        rows: the streams.
        name: of the contestant.
        peers: the names of other libraries' contestants.
    """
    peers, there = tuple(peers), [row for row in rows if row.error(name) is not None]
    contested = [row for row in there if row.errors(peers)]
    return Summary(
        len(contested),
        sum(row.within(name) for row in contested),
        _worst(there, name, peers),
        _worst(there, name, (LAST,)),
        min(_shortfalls(there, name), default=None),
    )


def _shortfalls(rows: Sequence[Row], name: str) -> Iterator[tuple[float, str]]:
    for row in rows:
        apart = row.beside_best(name)
        if apart is not None and row.score in ("accuracy", "R2"):
            yield apart, row.stream


def _worst(rows: Sequence[Row], name: str, others: Sequence[str]) -> Worst | None:
    found = []
    for row in rows:
        error, errors = row.error(name), row.errors(others)
        if error is not None and errors:
            best = min(errors, key=lambda other: errors[other])
            found.append(Worst(_ratio(error, errors[best]), row.stream, best))
    return max(found, key=lambda one: one.ratio, default=None)


def _ratio(error: float, other: float) -> float:
    if other == 0:
        return 1.0 if error == 0 else math.inf
    return error / other
