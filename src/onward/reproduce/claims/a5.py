"""A5: the recurrent Jacobian's singular values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from onward import diagnose
from onward.learner import Learner
from onward.reproduce.claim import AbstractClaim, held_in
from onward.reproduce.claims.a1 import AHEAD, NEXT_STEP
from onward.reproduce.claims.b2 import WIDE_NEXT_STEP
from onward.reproduce.inspection import inspect
from onward.reproduce.lab import Lab
from onward.reproduce.result import Figure, Row, Table, Verdict, shown
from onward.reproduce.setting import Setting
from onward.state import LearnerState

# Of the largest singular value: what is below counts as lost, in float32.
LOST = 1e-6
ISOTROPIC = 10.0
COLUMNS = (
    "condition number of J",
    "rank of J, % of n",
    "effective rank of J, % of n",
    "condition number of the weights",
    "condition number of the slopes",
)


def measured(learner: Learner, state: LearnerState, xs: Any, ys: Any) -> Sequence[float]:
    """Medians over 16 samples. J = D R: its rows are the weights' times a unit's slope."""
    spectrum = diagnose.spectrum(learner, state, xs, ys, lengths=(1,))
    values = spectrum.singular_values[:, 0]
    energy = values**2
    weights = np.asarray(state.parameters["cell"].recurrent, np.float64)
    rows = diagnose.record(learner, state, xs, ys).states
    slopes = 1 - np.asarray(rows, np.float64)[spectrum.steps] ** 2
    return (
        float(np.median(spectrum.condition_number)),
        100 * float(np.median(np.mean(values > LOST * values[:, :1], axis=1))),
        100 * float(np.median(energy.sum(1) ** 2 / (energy**2).sum(1))) / values.shape[1],
        float(np.linalg.cond(weights)),
        float(np.median(slopes.max(1) / slopes.min(1))),
    )


@dataclass(frozen=True)
class A5(AbstractClaim):
    """Judged for each kind of pre-trained network by means over seeds: every direction kept
    (singular values above a millionth of the largest), and a condition number of at most 10."""

    id: ClassVar[str] = "A5"
    statement: ClassVar[str] = "The recurrent Jacobian is of full rank and nearly isotropic"
    paper: ClassVar[str] = "condition number 2.6 to 6.5"
    notes: ClassVar[tuple[str, ...]] = (
        "J = D R: the slopes of the units times the recurrent weights. A square matrix of "
        "independent random weights has a condition number of about its size, so a J like the "
        "paper's needs weights that were orthogonal to begin with; then D's is all that is left.",
        "The effective rank is (Σσ²)²/Σσ⁴: n where all directions are kept alike, n/2 for "
        "independent random weights.",
    )

    settings: tuple[Setting, ...] = (NEXT_STEP, WIDE_NEXT_STEP, AHEAD)

    def measure(self, lab: Lab) -> tuple[Table, ...]:
        tables = []
        for trained in (True, False):
            rows = []
            for setting, task in zip(
                self.settings, ("next step", "next step", "ten ahead"), strict=True
            ):
                found = inspect(lab, setting, "singular values of J", measured, trained)
                rows.append(Row.of(f"n={lab.scaled(setting).size}, {task}", *found))
            title = "Pre-trained vanilla RNNs at the shift" if trained else "Before any training"
            tables.append(Table(title, COLUMNS, tuple(rows)))
        return tuple(tables)

    def judge(self, tables: tuple[Table, ...]) -> Verdict:
        rows = tables[0].rows
        return held_in(
            [row.mean(1) >= 100 and row.mean(0) <= ISOTROPIC for row in rows],
            [row.name for row in rows],
            ours=f"condition number {shown(rows[0])}",
            reason="condition numbers "
            + ", ".join(f"{shown(row)} ({row.name})" for row in rows)
            + f"; ranks {', '.join(shown(row, 1) for row in rows)} % of n; the slopes alone have "
            + ", ".join(shown(row, 4, 1) for row in rows),
        )

    def figure(self, tables: tuple[Table, ...]) -> Figure:
        return Figure(
            "bars",
            "Condition number of the recurrent Jacobian",
            ylabel="largest by smallest singular value",
            tables=(0, 1),
            reference=6.5,
            logarithmic="y",
        )
