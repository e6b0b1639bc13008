"""B1: drop the slow trace and normalise: neither correction is enough alone."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from papers.claim import AbstractClaim, held_in
from papers.claims.a1 import AHEAD, NEXT_STEP, TUNED
from papers.comparison import RECOVERY, compare
from papers.lab import Lab
from papers.multiverse import methods
from papers.multiverse.draw import Draw
from papers.multiverse.universe import Universe
from papers.regime import FIXED, Tuned
from papers.result import Figure, Table, Verdict, shown
from papers.setting import EXACT, Method, Setting

SLOW = "eligibility-trace:decay=0.95"
# Neither correction, each alone, both.
METHODS = (
    Method(SLOW, "sgd"),
    Method("immediate", "sgd"),
    Method(SLOW, "adam"),
    Method("immediate", "adam"),
)
READOUT = Method("readout-only", "adam")
HELD = tuple(method.holding_readout() for method in METHODS)
MOST = 75.0


@dataclass(frozen=True)
class B1(AbstractClaim):
    """Judged in each table by mean recoveries: both corrections together reach at least three
    quarters, and each alone at most half of what both reach."""

    id: ClassVar[str] = "B1"
    statement: ClassVar[str] = (
        "No trace and a normalised gradient adapt together, and neither does alone"
    )
    paper: ClassVar[str] = (
        "λ=.95 with SGD 0 %, λ=0 with SGD 18 %, λ=.95 with Adam low, λ=0 with Adam 102 %"
    )
    notes: ClassVar[tuple[str, ...]] = (
        "A recovery below zero is worse than not learning at all.",
        "With the readout held, only the weights that a trace is kept for can adapt. Where it "
        "learns too, it recovers much by itself (see readout-only).",
    )

    next_step: Setting = NEXT_STEP
    ahead: Setting = AHEAD
    tuned: Tuned = TUNED

    universes: ClassVar[tuple[Universe, ...]] = (
        Universe(
            "sine",
            "no trace with Adam recovers three quarters, and λ=.95 with Adam and no trace with SGD "
            "at most half of that; untold where exact RTRL gains nothing",
            lambda draw: _both_needed(draw),
            lambda draw: draw.recovery(methods.NONE),
            (102.0, 102.0),
            "recovery without a trace, Adam, %",
        ),
    )

    def measure(self, lab: Lab) -> tuple[Table, ...]:
        return (
            compare(lab, self.next_step, HELD, FIXED, exact=EXACT.holding_readout()),
            compare(lab, self.ahead, METHODS, FIXED, exact=EXACT),
            compare(lab, self.ahead, METHODS, self.tuned, exact=EXACT),
        )

    def judge(self, tables: tuple[Table, ...]) -> Verdict:
        found = [
            [table[method.name] for method in methods]
            for table, methods in zip(tables, (HELD, METHODS, METHODS), strict=True)
        ]
        held = []
        for _, immediate, normalised, both in found:
            alone = max(immediate.mean(1), normalised.mean(1))
            held.append(both.mean(1) >= MOST and alone <= both.mean(1) / 2)
        return held_in(
            held,
            ["next step, readout held, fixed rate", "ten ahead, fixed rate", "ten ahead, tuned"],
            ours=", ".join(shown(row, 1) for row in found[0]) + " %",
            reason="λ=.95 with SGD, λ=0 with SGD, λ=.95 with Adam, λ=0 with Adam recover "
            + "; ".join(", ".join(shown(row, 1) for row in rows) for rows in found)
            + " %, a table after the other; the readout alone "
            + ", ".join(shown(table[READOUT.name], 1) for table in tables)
            + " %",
        )

    def figure(self, tables: tuple[Table, ...]) -> Figure:
        return Figure(
            "bars",
            "Recovery with and without a trace, with and without normalisation",
            ylabel=RECOVERY,
            tables=(0, 1, 2),
            column=1,
            reference=102.0,
        )


def _both_needed(draw: Draw) -> bool | None:
    """None where exact RTRL gains nothing."""
    both, plain, slow = (
        draw.recovery(method) for method in (methods.NONE, methods.NONE_SGD, methods.TRACES[0.95])
    )
    return None if np.isnan(both) else both >= MOST and max(plain, slow) <= both / 2
