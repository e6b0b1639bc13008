"""B2: recovery against the decay of the trace."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from onward import diagnose
from papers.claim import AbstractClaim, held_in
from papers.claims.a1 import AHEAD, NEXT_STEP, TUNED
from papers.claims.b1 import READOUT
from papers.comparison import RECOVERY, compare, judged
from papers.inspection import inspect
from papers.lab import Lab
from papers.multiverse import methods
from papers.multiverse.draw import Draw
from papers.multiverse.universe import Universe
from papers.multiverse.worlds import width
from papers.regime import FIXED, Tuned
from papers.result import Figure, Row, Series, Table, Verdict, shown
from papers.setting import BACKPROPAGATED, EXACT, Method, Setting

DECAYS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 0.99)
# No trace at all is the immediate derivative.
TRACES = tuple(
    Method(f"eligibility-trace:decay={decay:g}" if decay else "immediate", "adam")
    for decay in DECAYS
)
HELD = tuple(trace.holding_readout() for trace in TRACES)
STALE, SAFE = 0.95, 0.5
MOST, NOTHING = 75.0, 25.0
WIDE_NEXT_STEP = replace(NEXT_STEP, size=256, training=BACKPROPAGATED)
REGIMES = (
    "n=64, next step, readout held, fixed rate",
    "n=256, next step, readout held, fixed rate",
    "n=64, ten ahead, fixed rate",
    "n=64, ten ahead, tuned",
)


@dataclass(frozen=True)
class B2(AbstractClaim):
    """Judged in each table by mean recoveries: below a quarter at λ=.95, and at least three
    quarters for every λ below .5."""

    id: ClassVar[str] = "B2"
    statement: ClassVar[str] = "A slow trace brings nothing, and any short one, or none, is safe"
    paper: ClassVar[str] = "λ=.95 recovers 0 %; a plateau below .5; the best decay falls with n"
    notes: ClassVar[tuple[str, ...]] = (
        "All traces with Adam. λ=0 is the immediate derivative.",
        "The networks of n=256 were pre-trained with TBPTT over 20 steps, because exact RTRL takes "
        "a hundred times as long there.",
        "Self-propagation is the mean diagonal of J, which the paper takes for the right decay.",
        "A recovery is a quotient: a network whose frozen error is hardly above exact "
        "RTRL's decides the mean, as one does at n=256.",
        "Where the readout learns too, it recovers much by itself: a trace that brings nothing "
        "then stands where readout-only stands, and not at zero.",
    )

    next_step: Setting = NEXT_STEP
    wide: Setting = WIDE_NEXT_STEP
    ahead: Setting = AHEAD
    tuned: Tuned = TUNED

    universes: ClassVar[tuple[Universe, ...]] = (
        Universe(
            "sine",
            "λ=.95 recovers less than a quarter, and no trace and λ=.2 three quarters each, all "
            "with Adam",
            lambda draw: (
                draw.fails(methods.TRACES[0.95])
                and draw.adapts(methods.NONE)
                and draw.adapts(methods.TRACES[0.2])
            ),
            lambda draw: draw.recovery(methods.TRACES[0.95]),
            (0.0, 0.0),
            "recovery by λ=.95, %",
        ),
        Universe(
            "width",
            "of λ = 0, .2, .5, .8 and .95 the best is smaller at 4n than at n; where it is 0 at "
            "both, the draw cannot tell",
            lambda draw: _falls(draw),
            lambda draw: width.best_decay(draw, width.LARGE) - width.best_decay(draw, width.SMALL),
            None,
            "best λ at 4n less that at n",
        ),
    )

    def measure(self, lab: Lab) -> tuple[Table, ...]:
        exact = EXACT.holding_readout()
        tables = (
            compare(lab, self.next_step, HELD, FIXED, exact=exact),
            compare(lab, self.wide, HELD, FIXED, exact=exact),
            compare(lab, self.ahead, TRACES, FIXED, exact=EXACT),
            compare(lab, self.ahead, TRACES, self.tuned, exact=EXACT),
        )
        return (*tables, self._best(lab, tables))

    def _best(self, lab: Lab, tables: tuple[Table, ...]) -> Table:
        """Each network's best decay beside its self-propagation, in the tables of each size."""
        rows = []
        for setting, table in ((self.next_step, tables[0]), (self.wide, tables[1])):
            curves = np.array([row.values[0] for row in _traces(table)])
            own = inspect(
                lab,
                setting,
                "self-propagation",
                lambda *where: (diagnose.self_propagation(*where).mean,),
            )
            best = np.array(DECAYS)[curves.argmax(axis=0)]
            rows.append(Row.of(table.title, best, *own))
        columns = ("best λ of those tried", "self-propagation")
        return Table("The best decay of each network, next step", columns, tuple(rows))

    def judge(self, tables: tuple[Table, ...]) -> Verdict:
        held, said = [], []
        for table in tables[:4]:
            curve = dict(zip(DECAYS, _traces(table), strict=True))
            safe = [row.mean() for decay, row in curve.items() if decay < SAFE]
            held.append(curve[STALE].mean() < NOTHING and min(safe) >= MOST)
            said.append(
                f"{shown(curve[STALE])} % against {min(safe):.0f} % and more (the readout "
                f"alone {shown(judged(table, READOUT.name))} %)"
            )
        best = ", ".join(
            f"{row.mean():.2f} (self-propagation {row.mean(1):.3f})" for row in tables[4]
        )
        return held_in(
            held,
            REGIMES,
            ours=f"{shown(dict(zip(DECAYS, _traces(tables[0]), strict=True))[STALE])} % at .95",
            reason=f"λ=.95 against λ<.5: {'; '.join(said)}. The mean best λ by size: {best}",
        )

    def figure(self, tables: tuple[Table, ...]) -> Figure:
        return Figure(
            "lines",
            "Recovery against the trace's decay",
            xlabel="decay λ a step",
            ylabel=RECOVERY,
            series=tuple(
                Series.of(regime, DECAYS, _traces(table))
                for regime, table in zip(REGIMES, tables, strict=False)
            ),
            column=1,
        )


def _traces(table: Table) -> tuple[Row, ...]:
    """The judged recoveries of the traces, in the order of their decays."""
    names = [row.name for row in table]
    return tuple(
        judged(table, free.name if free.name in names else held.name)
        for free, held in zip(TRACES, HELD, strict=True)
    )


def _falls(draw: Draw) -> bool | None:
    small, large = (width.best_decay(draw, label) for label in (width.SMALL, width.LARGE))
    return large < small if small or large else None
