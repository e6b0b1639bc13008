"""B8: on the benchmarks of learning from streams."""

from dataclasses import dataclass
from typing import ClassVar

from papers import data
from papers.claim import AbstractClaim, held_in
from papers.comparison import compare
from papers.lab import Lab
from papers.multiverse.draw import Draw
from papers.multiverse.methods import NONE_RMSPROP
from papers.multiverse.universe import Universe
from papers.multiverse.worlds import streams
from papers.regime import FIXED, Fixed, Tuned
from papers.result import Figure, Table, Verdict
from papers.setting import EXACT, Method, Setting
from papers.tasks import Benchmark

IMMEDIATE = Method("immediate", "rmsprop-corrected")
PLAIN = Method("immediate", "sgd")
SPARSE = Method("sparse-rtrl:k=4", "adam")
TRUNCATED = Method("tbptt:window=10", "adam")
OTHERS = (EXACT, SPARSE, TRUNCATED, PLAIN)
# Errors this much apart, relatively, are level.
LEVEL = 1.05


@dataclass(frozen=True)
class B8(AbstractClaim):
    """Judged for each series and regime: the mean error of immediate derivatives with RMSprop is
    at most a twentieth above the least of exact RTRL, sparse RTRL, truncated backpropagation and
    immediate derivatives with SGD."""

    id: ClassVar[str] = "B8"
    statement: ClassVar[str] = (
        "On benchmarks of learning from streams immediate derivatives with RMSprop match or "
        "exceed what costs more"
    )
    paper: ClassVar[str] = "matches or exceeds"
    notes: ClassVar[tuple[str, ...]] = (
        "Which benchmarks the paper has is not known; these are four public series that drift.",
        "Elec2's label compares the price with its mean over the last day, and rentals follow the "
        "hours before: there it can pay to propagate credit.",
        "The label before is an input of every method, so that repeating it can be beaten.",
    )

    series: tuple[Benchmark, ...] = (
        Benchmark("elec2"),
        Benchmark("air quality"),
        Benchmark("bike sharing"),
        Benchmark("etth1"),
    )
    fixed: Fixed = FIXED

    def missing(self) -> str | None:
        return data.missing(name for one in self.series for name in one.files)

    universes: ClassVar[tuple[Universe, ...]] = (
        Universe(
            "streams",
            "immediate derivatives with RMSprop end below each of exact RTRL, k = 4, TBPTT(10) and "
            "e-prop, or level with it",
            lambda draw: all(
                draw.matches(NONE_RMSPROP, other) for other in streams.costly(draw.protocol)
            ),
            lambda draw: _ratio(draw),
            None,
            "error by the least of what costs more",
        ),
    )

    def measure(self, lab: Lab) -> tuple[Table, ...]:
        methods = (IMMEDIATE, *OTHERS[1:])
        return tuple(
            compare(lab, Setting(one), methods, regime, exact=EXACT)
            for one in self.series
            for regime in (self.fixed, Tuned(one.validation))
        )

    def judge(self, tables: tuple[Table, ...]) -> Verdict:
        places = [
            f"{one.name}, {regime}" for one in self.series for regime in ("one rate", "tuned")
        ]
        ratios = [
            table[IMMEDIATE.name].mean() / min(table[one.name].mean() for one in OTHERS)
            for table in tables
        ]
        said = ", ".join(f"{ratio:.2f} ({at})" for ratio, at in zip(ratios, places, strict=True))
        level = sum(ratio <= LEVEL for ratio in ratios)
        return held_in(
            [ratio <= LEVEL for ratio in ratios],
            places,
            ours=f"level or better in {level} of {len(ratios)}",
            reason=f"Its error is so many times the least of the others: {said}",
        )

    def figure(self, tables: tuple[Table, ...]) -> Figure:
        return Figure(
            "bars",
            "Errors on streams, one learning rate and tuned",
            ylabel=tables[0].columns[0],
            tables=tuple(range(len(tables))),
        )


def _ratio(draw: Draw) -> float:
    least = min(draw[other].mean() for other in streams.costly(draw.protocol))
    return float(draw[NONE_RMSPROP].mean() / least)
