"""A7: four paths of an LSTM match exact RTRL."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from papers.claim import AbstractClaim, held_in
from papers.claims.a1 import SHARED, SPARSE, TUNED
from papers.comparison import RECOVERY, compare, judged
from papers.lab import Lab
from papers.multiverse import methods
from papers.multiverse.draw import Draw
from papers.multiverse.universe import Universe
from papers.regime import FIXED, Tuned
from papers.result import Figure, Table, Verdict, shown
from papers.setting import BACKPROPAGATED, EXACT, Method, Setting
from papers.tasks import SineShift

METHODS = (SPARSE, SHARED, Method("immediate", "adam"))
NEXT_STEP = Setting(SineShift(), cell="lstm", training=BACKPROPAGATED)
AHEAD = Setting(SineShift(horizon=10), cell="lstm", training=BACKPROPAGATED)
MATCHES = 90.0


def _matches(draw: Draw) -> bool:
    """Whether four paths do what exact RTRL does."""
    recovery = draw.recovery(methods.SPARSE)
    return draw.adapts(methods.SPARSE) if np.isnan(recovery) else recovery >= MATCHES


@dataclass(frozen=True)
class A7(AbstractClaim):
    """Judged by the mean recovery of k = 4 in each table: at least nine tenths."""

    id: ClassVar[str] = "A7"
    statement: ClassVar[str] = "In an LSTM four paths match exact RTRL"
    paper: ClassVar[str] = "about 100 %"
    notes: ClassVar[tuple[str, ...]] = (
        "Four paths of each row of the Jacobian over both slots of the state, 2n numbers.",
        "Pre-trained by backpropagation through 20 steps: exact RTRL of an LSTM takes long.",
    )

    next_step: Setting = NEXT_STEP
    ahead: Setting = AHEAD
    tuned: Tuned = TUNED

    universes: ClassVar[tuple[Universe, ...]] = (
        Universe(
            "lstm",
            "k = 4 recovers nine tenths of what exact RTRL does, both with Adam; where exact RTRL "
            "gains nothing, their errors are level or that of k = 4 is below",
            _matches,
            lambda draw: draw.recovery(methods.SPARSE),
            (95.0, 105.0),
            "recovery by k = 4, %",
        ),
    )

    def measure(self, lab: Lab) -> tuple[Table, ...]:
        held = [method.holding_readout() for method in METHODS]
        return (
            compare(lab, self.next_step, held, FIXED, exact=EXACT.holding_readout()),
            compare(lab, self.ahead, METHODS, FIXED, exact=EXACT),
            compare(lab, self.ahead, METHODS, self.tuned, exact=EXACT),
        )

    def judge(self, tables: tuple[Table, ...]) -> Verdict:
        names = (
            [method.holding_readout().name for method in METHODS],
            *([method.name for method in METHODS] for _ in range(2)),
        )
        rows = [judged(table, chosen[0]) for table, chosen in zip(tables, names, strict=True)]
        without = [judged(table, chosen[-1]) for table, chosen in zip(tables, names, strict=True)]
        return held_in(
            [row.mean() >= MATCHES for row in rows],
            ["next step, readout held, fixed rate", "ten ahead, fixed rate", "ten ahead, tuned"],
            ours=f"{shown(rows[0])} %",
            reason=f"k = 4 recovers {', '.join(shown(row) for row in rows)} %; no propagation "
            f"{', '.join(shown(row) for row in without)} %",
        )

    def figure(self, tables: tuple[Table, ...]) -> Figure:
        return Figure(
            "bars",
            "Recovery of an LSTM after a sine's frequency shift",
            ylabel=RECOVERY,
            tables=(0, 1),
            column=1,
            reference=100.0,
        )
