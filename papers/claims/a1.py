"""A1: four random paths of the Jacobian are enough."""

from dataclasses import dataclass
from typing import ClassVar

from papers.claim import AbstractClaim, held_in
from papers.comparison import RECOVERY, compare, judged
from papers.lab import Lab
from papers.multiverse import methods
from papers.multiverse.universe import Universe
from papers.regime import FIXED, Tuned
from papers.result import Figure, Table, Verdict, shown
from papers.setting import EXACT, Method, Setting
from papers.tasks import SineShift

SPARSE = Method("sparse-rtrl:k=4", "adam")
SHARED = Method("sparse-rtrl:k=4,support=shared", "adam")
MOST = 75.0

NEXT_STEP = Setting(SineShift())
AHEAD = Setting(SineShift(horizon=10))
TUNED = Tuned(SineShift(horizon=10, shifted=0.065))


@dataclass(frozen=True)
class A1(AbstractClaim):
    """Judged by the mean recovery of k = 4 in each table: at least three quarters."""

    id: ClassVar[str] = "A1"
    statement: ClassVar[str] = "Four random paths of 64 recover most of exact RTRL's adaptation"
    paper: ClassVar[str] = "84 ± 6 %"
    notes: ClassVar[tuple[str, ...]] = (
        "Ten ahead at tuned rates the readout alone recovers all, which says nothing of paths.",
    )

    next_step: Setting = NEXT_STEP
    ahead: Setting = AHEAD
    tuned: Tuned = TUNED

    universes: ClassVar[tuple[Universe, ...]] = (
        Universe(
            "sine",
            "k = 4 recovers three quarters of what exact RTRL does, both with Adam",
            lambda draw: draw.adapts(methods.SPARSE),
            lambda draw: draw.recovery(methods.SPARSE),
            (78.0, 90.0),
            "recovery by k = 4, %",
        ),
    )

    def measure(self, lab: Lab) -> tuple[Table, ...]:
        held = SPARSE.holding_readout()
        return (
            compare(
                lab,
                self.next_step,
                [held, SHARED.holding_readout()],
                FIXED,
                exact=EXACT.holding_readout(),
            ),
            compare(lab, self.ahead, [SPARSE, SHARED], FIXED, exact=EXACT),
            compare(lab, self.ahead, [SPARSE, SHARED], self.tuned, exact=EXACT),
        )

    def judge(self, tables: tuple[Table, ...]) -> Verdict:
        names = (SPARSE.holding_readout().name, SPARSE.name, SPARSE.name)
        rows = [judged(table, name) for table, name in zip(tables, names, strict=True)]
        return held_in(
            [row.mean() >= MOST for row in rows],
            ["next step, readout held, fixed rate", "ten ahead, fixed rate", "ten ahead, tuned"],
            ours=f"{shown(rows[0])} %",
            reason="k = 4 recovers " + ", ".join(shown(row) for row in rows) + " %",
        )

    def figure(self, tables: tuple[Table, ...]) -> Figure:
        return Figure(
            "bars",
            "Recovery after a sine's frequency shift",
            ylabel=RECOVERY,
            column=1,
            reference=84.0,
        )
