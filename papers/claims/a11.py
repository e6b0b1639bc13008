"""A11: four paths are enough under plain gradient descent, too."""

from dataclasses import dataclass, replace
from typing import ClassVar

from papers.claim import AbstractClaim, held_in
from papers.claims.a1 import AHEAD, MOST, NEXT_STEP, SHARED, SPARSE, TUNED
from papers.comparison import RECOVERY, compare, judged
from papers.lab import Lab
from papers.multiverse import methods
from papers.multiverse.universe import Universe
from papers.regime import FIXED, Tuned
from papers.result import Figure, Table, Verdict, shown
from papers.setting import EXACT, Method, Setting
from papers.tasks import SineShift

REFERENCE = Method("rtrl", "sgd")
FOUR, COMMON = replace(SPARSE, optimizer="sgd"), replace(SHARED, optimizer="sgd")
# What no propagation reaches, and how far Adam gets.
NONE = Method("immediate", "sgd")
METHODS = (FOUR, COMMON, NONE, SPARSE, EXACT)
TUNED_NEXT_STEP = Tuned(SineShift(shifted=0.065))


@dataclass(frozen=True)
class A11(AbstractClaim):
    """Judged by the mean recovery of k = 4 under SGD in each table, exact RTRL under SGD being
    100 %: at least three quarters."""

    id: ClassVar[str] = "A11"
    statement: ClassVar[str] = "Under SGD four paths recover most of exact RTRL's adaptation, too"
    paper: ClassVar[str] = "92 ± 1 %"
    notes: ClassVar[tuple[str, ...]] = (
        "The paper's second version says this of one task.",
        "100 % is exact RTRL under SGD. Rows under Adam show how much of the shift SGD leaves.",
        "Recovery says something of paths only where no propagation recovers less.",
        "At one rate SGD moves as far as its gradient is long, and with fewer paths it is shorter: "
        "tuned, they make up for it by a larger rate.",
    )

    next_step: Setting = NEXT_STEP
    ahead: Setting = AHEAD
    tuned: Tuned = TUNED
    tuned_next_step: Tuned = TUNED_NEXT_STEP

    universes: ClassVar[tuple[Universe, ...]] = (
        Universe(
            "sine",
            "k = 4 recovers three quarters of what exact RTRL does, both with SGD",
            lambda draw: draw.adapts(methods.SPARSE_SGD, methods.EXACT_SGD),
            lambda draw: draw.recovery(methods.SPARSE_SGD, methods.EXACT_SGD),
            (91.0, 93.0),
            "recovery by k = 4 under SGD, %",
        ),
    )

    def measure(self, lab: Lab) -> tuple[Table, ...]:
        held = [method.holding_readout() for method in METHODS]
        fixed, exact = REFERENCE.holding_readout(), REFERENCE
        return (
            compare(lab, self.next_step, held, FIXED, exact=fixed),
            compare(lab, self.ahead, METHODS, FIXED, exact=exact),
            compare(lab, self.ahead, METHODS, self.tuned, exact=exact),
            compare(lab, self.next_step, held, self.tuned_next_step, exact=fixed),
        )

    def judge(self, tables: tuple[Table, ...]) -> Verdict:
        rows, without, share = [], [], []
        for table, held in zip(tables, (True, False, False, True), strict=True):
            four, none, ours, adam = (
                (method.holding_readout() if held else method).name
                for method in (FOUR, NONE, REFERENCE, EXACT)
            )
            rows.append(judged(table, four))
            without.append(judged(table, none))
            frozen = table["frozen"].mean()
            share.append((frozen - table[ours].mean()) / (frozen - table[adam].mean()))
        return held_in(
            [row.mean() >= MOST for row in rows],
            [
                "next step, readout held, fixed rate",
                "ten ahead, fixed rate",
                "ten ahead, tuned",
                "next step, readout held, tuned",
            ],
            ours=f"{shown(rows[0])} %",
            reason=f"k = 4 recovers {', '.join(shown(row) for row in rows)} %, no propagation "
            f"{', '.join(shown(row) for row in without)} %; exact RTRL under SGD gains "
            f"{', '.join(f'{100 * part:.0f}' for part in share)} % of what it gains under Adam",
        )

    def figure(self, tables: tuple[Table, ...]) -> Figure:
        return Figure(
            "bars",
            "Recovery under SGD, exact RTRL under SGD being 100 %",
            ylabel=RECOVERY,
            tables=(0, 1),
            column=1,
            reference=92.0,
        )
