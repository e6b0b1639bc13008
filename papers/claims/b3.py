"""B3: at no trace, which part of Adam makes the immediate derivative work."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from papers.claim import AbstractClaim, held_in
from papers.claims.a1 import AHEAD, NEXT_STEP, TUNED
from papers.claims.a11 import TUNED_NEXT_STEP
from papers.claims.b1 import READOUT, REGIMES
from papers.comparison import RECOVERY, compare, judged, recovery
from papers.lab import Lab
from papers.multiverse import methods
from papers.multiverse.draw import Draw
from papers.multiverse.universe import Universe
from papers.regime import FIXED, Tuned
from papers.result import Figure, Row, Table, Verdict, shown
from papers.setting import EXACT, FROZEN, Method, Setting
from papers.windows import over_rates, told

METHODS = tuple(
    Method("immediate", optimizer)
    for optimizer in ("sgd", "momentum", "rmsprop-corrected", "adam", "rmsprop")
)
HELD = tuple(method.holding_readout() for method in METHODS)
MOST, NOTHING = 75.0, 15.0


@dataclass(frozen=True)
class B3(AbstractClaim):
    """Judged in each table by mean recoveries: with second moments (RMSprop, Adam) at least three
    quarters, without (SGD, momentum) at most half of the lesser of these, and Adam at most 15
    points above RMSprop. In the first table also with RMSprop without a bias correction, and with
    momentum at SGD's effective step."""

    id: ClassVar[str] = "B3"
    statement: ClassVar[str] = "Only second moments make it adapt; momentum adds nothing"
    paper: ClassVar[str] = "RMSprop and Adam adapt, SGD and momentum do not"
    notes: ClassVar[tuple[str, ...]] = (
        "RMSprop is Adam without its momentum, with the bias correction. Plain `rmsprop`, what "
        "`onward run` has, is without: its first steps are about thirty times longer.",
        "What holds at 1e-3 holds at that rate: the last table has the others.",
        "Ten samples ahead at tuned rates the readout alone recovers all; so rates are tuned with "
        "the readout held only.",
        "Momentum .9 sums ten gradients, so at one learning rate its steps are ten times SGD's. "
        "A table gives both the same effective step, and the last regime judges by it.",
    )

    next_step: Setting = NEXT_STEP
    ahead: Setting = AHEAD
    tuned: Tuned = TUNED
    tuned_next_step: Tuned = TUNED_NEXT_STEP
    # Effective learning rates at which SGD and momentum stand side by side.
    effective: tuple[float, ...] = (1e-3, 1e-2)

    universes: ClassVar[tuple[Universe, ...]] = (
        Universe(
            "sine",
            "RMSprop and Adam recover three quarters, SGD and momentum at most half of the lesser "
            "of these, and Adam at most 15 points more than RMSprop; untold where exact RTRL gains "
            "nothing",
            lambda draw: _isolated(draw),
            lambda draw: draw.recovery(methods.NONE_RMSPROP) - draw.recovery(methods.NONE_SGD),
            None,
            "points of recovery, RMSprop less SGD",
        ),
    )

    def measure(self, lab: Lab) -> tuple[Table, ...]:
        exact = EXACT.holding_readout()
        return (
            compare(lab, self.next_step, HELD, FIXED, exact=exact),
            compare(lab, self.ahead, METHODS, FIXED, exact=EXACT),
            compare(lab, self.next_step, HELD, self.tuned_next_step, exact=exact),
            compare(lab, self.ahead, HELD, self.tuned, exact=exact),
            self._same_step(lab),
            over_rates(lab, self.next_step, HELD, exact),
        )

    def _same_step(self, lab: Lab) -> Table:
        """SGD beside momentum at a tenth of its rate."""
        frozen = lab.errors(self.next_step, FROZEN, 0.0)
        exact = FIXED.errors(lab, self.next_step, EXACT.holding_readout())[1]
        rows = []
        for effective in self.effective:
            for method, rate in ((HELD[0], effective), (HELD[1], effective / 10)):
                errors = lab.errors(self.next_step, method, rate)
                recovered = recovery(errors, frozen, exact)
                name = f"{method.name}, step {effective:g}"
                rows.append(Row.of(name, *errors.T, *recovered.T, note=f"rate {rate:g}"))
        title = "SGD and momentum at the same effective step, next step, readout held"
        columns = (*self.next_step.task.measures, RECOVERY)
        return Table(title, columns, tuple(rows))

    def judge(self, tables: tuple[Table, ...]) -> Verdict:
        found = [
            [judged(table, method.name) for method in methods]
            for table, methods in zip(tables, (HELD, METHODS, HELD, HELD), strict=False)
        ]
        sgd, momentum, _, adam, plain = found[0]
        same = judged(tables[4], f"{HELD[1].name}, step {FIXED.rate:g}")
        tried = [*(rows[:4] for rows in found), [sgd, momentum, plain, adam]]
        tried.append([sgd, same, *found[0][2:4]])
        return held_in(
            [_only_second_moments(*rows) for rows in tried],
            [*REGIMES, f"{REGIMES[0]}, plain RMSprop", f"{REGIMES[0]}, momentum at a tenth of it"],
            ours=", ".join(shown(row) for row in found[0][:4]) + " % at 1e-3",
            reason="SGD, momentum, RMSprop, Adam, plain RMSprop recover "
            + "; ".join(", ".join(shown(row) for row in rows) for rows in found)
            + f" %, a table after the other, momentum at a tenth of 1e-3 {shown(same)} %; the "
            + "readout alone "
            + ", ".join(shown(judged(table, READOUT.name)) for table in tables[:4])
            + f" %; {told(tables[5], HELD)}",
        )

    def figure(self, tables: tuple[Table, ...]) -> Figure:
        return Figure(
            "bars",
            "Recovery by the immediate derivative under four optimizers",
            ylabel=RECOVERY,
            tables=(0, 1, 2, 3),
            column=1,
        )


def _isolated(draw: Draw) -> bool | None:
    """None where exact RTRL gains nothing."""
    sgd, momentum, rmsprop, adam = (
        draw.recovery(method)
        for method in (
            methods.NONE_SGD,
            methods.NONE_MOMENTUM,
            methods.NONE_RMSPROP,
            methods.NONE,
        )
    )
    if np.isnan(adam):
        return None
    least = min(rmsprop, adam)
    return least >= MOST and max(sgd, momentum) <= least / 2 and adam - rmsprop <= NOTHING


def _only_second_moments(sgd: Row, momentum: Row, rmsprop: Row, adam: Row) -> bool:
    least = min(rmsprop.mean(), adam.mean())
    without = max(sgd.mean(), momentum.mean())
    return least >= MOST and without <= least / 2 and adam.mean() - rmsprop.mean() <= NOTHING
