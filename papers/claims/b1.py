"""B1: drop the slow trace and normalise: neither correction is enough alone."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from papers.claim import AbstractClaim, held_in
from papers.claims.a1 import AHEAD, NEXT_STEP, TUNED
from papers.claims.a11 import TUNED_NEXT_STEP
from papers.comparison import RECOVERY, compare, judged
from papers.lab import Lab
from papers.multiverse import methods
from papers.multiverse.draw import Draw
from papers.multiverse.universe import Universe
from papers.regime import FIXED, Tuned
from papers.result import Figure, Table, Verdict, shown
from papers.setting import EXACT, Method, Setting
from papers.windows import over_rates, told

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
REGIMES = (
    "next step, readout held, at 1e-3",
    "ten ahead, at 1e-3",
    "next step, readout held, tuned",
    "ten ahead, readout held, tuned",
)


@dataclass(frozen=True)
class B1(AbstractClaim):
    """Judged in each table by mean recoveries: both corrections together reach at least three
    quarters, and each alone at most half of what both reach."""

    id: ClassVar[str] = "B1"
    statement: ClassVar[str] = (
        "No trace and a normalised gradient adapt together, and neither does alone"
    )
    paper: ClassVar[str] = (
        "λ=.95 with SGD 0 %, λ=0 with SGD low, λ=.95 with Adam 18 %, λ=0 with Adam 102 %"
    )
    notes: ClassVar[tuple[str, ...]] = (
        "What holds at 1e-3 holds at that rate: the last table has the others, next step, readout "
        "held.",
        "Ten samples ahead at tuned rates the readout alone recovers all; so rates are tuned with "
        "the readout held only.",
        "A recovery below zero is worse than not learning at all.",
        "With the readout held, only the weights that a trace is kept for can adapt. Where it "
        "learns too, it recovers much by itself (see readout-only).",
    )

    next_step: Setting = NEXT_STEP
    ahead: Setting = AHEAD
    tuned: Tuned = TUNED
    tuned_next_step: Tuned = TUNED_NEXT_STEP

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
        exact = EXACT.holding_readout()
        return (
            compare(lab, self.next_step, HELD, FIXED, exact=exact),
            compare(lab, self.ahead, METHODS, FIXED, exact=EXACT),
            compare(lab, self.next_step, HELD, self.tuned_next_step, exact=exact),
            compare(lab, self.ahead, HELD, self.tuned, exact=exact),
            over_rates(lab, self.next_step, HELD, exact),
        )

    def judge(self, tables: tuple[Table, ...]) -> Verdict:
        found = [
            [judged(table, method.name) for method in methods]
            for table, methods in zip(tables, (HELD, METHODS, HELD, HELD), strict=False)
        ]
        held = []
        for _, immediate, normalised, both in found:
            alone = max(immediate.mean(), normalised.mean())
            held.append(both.mean() >= MOST and alone <= both.mean() / 2)
        return held_in(
            held,
            REGIMES,
            ours=", ".join(shown(row) for row in found[0]) + " % at 1e-3",
            reason="λ=.95 with SGD, λ=0 with SGD, λ=.95 with Adam, λ=0 with Adam recover "
            + "; ".join(", ".join(shown(row) for row in rows) for rows in found)
            + " %, a table after the other; the readout alone "
            + ", ".join(shown(judged(table, READOUT.name)) for table in tables[:4])
            + f" %; {told(tables[4], HELD)}",
        )

    def figure(self, tables: tuple[Table, ...]) -> Figure:
        return Figure(
            "bars",
            "Recovery with and without a trace, with and without normalisation",
            ylabel=RECOVERY,
            tables=(0, 1, 2, 3),
            column=1,
            reference=102.0,
        )


def _both_needed(draw: Draw) -> bool | None:
    """None where exact RTRL gains nothing."""
    both, plain, slow = (
        draw.recovery(method) for method in (methods.NONE, methods.NONE_SGD, methods.TRACES[0.95])
    )
    return None if np.isnan(both) else both >= MOST and max(plain, slow) <= both / 2
