"""B10: how much of a state survives a step by itself, against the usual decay."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from onward import diagnose
from onward.learning.learner import Learner
from onward.learning.state import LearnerState
from papers.claim import AbstractClaim, held_in
from papers.claims.a1 import AHEAD, NEXT_STEP
from papers.claims.b2 import WIDE_NEXT_STEP
from papers.inspection import inspect
from papers.lab import Lab
from papers.multiverse.draw import Draw
from papers.multiverse.jacobian import DIAGONAL
from papers.multiverse.universe import Universe
from papers.result import Figure, Row, Table, Verdict
from papers.setting import Setting

DECAY, FAR = 0.95, 10.0
REACH = 16


def measured(learner: Learner, state: LearnerState, xs: Any, ys: Any) -> Sequence[float]:
    """Self-propagation, its ratio to the decay, and how fast the best-kept direction fades."""
    own = diagnose.self_propagation(learner, state, xs, ys).mean
    spectrum = diagnose.spectrum(learner, state, xs, ys, lengths=(1, REACH))
    once, often = np.median(spectrum.effective_decay, axis=0)
    return own, DECAY / abs(own), once, often


@dataclass(frozen=True)
class B10(AbstractClaim):
    """Judged in each table by |self-propagation|, averaged over the networks: at most a tenth of
    λ=.95."""

    id: ClassVar[str] = "B10"
    statement: ClassVar[str] = "The usual decay weighs old gradients far above what the state keeps"
    paper: ClassVar[str] = "λ=.95 is 85 times the mean diagonal of J, .011"
    notes: ClassVar[tuple[str, ...]] = (
        "Self-propagation is the mean diagonal of J: the one number that stands for J best. For n² "
        "independent weights in ±1/√n it has a standard deviation of 1/(√3 n), .009 at n=64: what "
        "is measured is of the size that chance gives, and would be as small for a rotation, "
        "which forgets nothing.",
        f"So the last columns give what J itself keeps: its largest singular value, and that of "
        f"{REACH} steps' product, as a factor a step.",
        "Judged by its size, for it has either sign; λ=.95 by it is large wherever one network's "
        "happens to be near zero.",
    )

    settings: tuple[Setting, ...] = (NEXT_STEP, WIDE_NEXT_STEP, AHEAD)

    universes: ClassVar[tuple[Universe, ...]] = (
        Universe(
            "sine",
            "λ=.95 is at least ten times the mean size of J's mean diagonal over the networks",
            lambda draw: _times(draw) >= FAR,
            lambda draw: _times(draw),
            (85.0, 85.0),
            "λ=.95 by the mean diagonal of J",
        ),
    )

    def measure(self, lab: Lab) -> tuple[Table, ...]:
        name = f"self-propagation and decay over {REACH} steps"
        rows = []
        for setting, task in zip(
            self.settings, ("next step", "next step", "ten ahead"), strict=True
        ):
            found = inspect(lab, setting, name, measured)
            size = lab.scaled(setting).size
            rows.append(Row.of(f"n={size}, {task}", np.abs(found[0]), *found))
        columns = (
            "size of self-propagation",
            "self-propagation",
            f"{DECAY:g} by its size",
            "largest singular value of J",
            f"largest of {REACH} steps, a step",
        )
        return (Table("Pre-trained vanilla RNNs at the shift", columns, tuple(rows)),)

    def judge(self, tables: tuple[Table, ...]) -> Verdict:
        rows = tables[0].rows
        times = [DECAY / row.mean() for row in rows]
        return held_in(
            [one >= FAR for one in times],
            [row.name for row in rows],
            ours=f"{times[0]:.0f} times {rows[0].mean():.3f}",
            reason="λ=.95 is "
            + ", ".join(
                f"{one:.0f} times the {row.mean():.4f} measured at {row.name}"
                for one, row in zip(times, rows, strict=True)
            )
            + "; of the best-kept direction there is left "
            + ", ".join(f"{row.mean(4):.2f}" for row in rows)
            + f" a step over {REACH} steps",
        )

    def figure(self, tables: tuple[Table, ...]) -> Figure:
        return Figure(
            "bars",
            "Mean diagonal of the recurrent Jacobian",
            ylabel="size of self-propagation",
            reference=0.011,
        )


def _times(draw: Draw) -> float:
    """λ=.95 by the mean size of the diagonal's mean."""
    return DECAY / float(np.mean(np.abs(draw.numbers[DIAGONAL])))
