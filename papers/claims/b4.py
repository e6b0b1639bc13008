"""B4: how large the gradient of each group of parameters is."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np

from onward import diagnose
from onward.learning.learner import Learner
from onward.learning.state import LearnerState
from onward.runs import parse_rule
from papers.claim import AbstractClaim, held_in
from papers.claims.a1 import AHEAD, NEXT_STEP
from papers.inspection import inspect
from papers.lab import Lab
from papers.multiverse.jacobian import NORMS, SQUARES
from papers.multiverse.universe import Universe
from papers.result import Figure, Row, Table, Verdict, shown
from papers.setting import Setting

RULES = ("immediate", "rtrl")
TASKS = ("next step", "ten ahead")
GROUPS = {
    "cell.recurrent": "recurrent",
    "cell.input": "input",
    "cell.bias": "bias",
    "readout.weight": "output",
    "readout.bias": "output bias",
}
FAR = 30.0
# What is judged, and its column.
WAYS = {"norms": 1, "squares of a parameter": 2}


def measured(rule: str, learner: Learner, state: LearnerState, xs: Any, ys: Any) -> Sequence[float]:
    """The root mean square of one parameter's gradient in each group, then of the group's norm."""
    found = diagnose.gradient_norms(learner, state, xs, ys, parse_rule(rule))
    assert found.groups == tuple(GROUPS)
    return (*found.typical, *(found.typical * np.sqrt(found.sizes)))


@dataclass(frozen=True)
class B4(AbstractClaim):
    """Judged in each table by means over networks, for either way that a gradient of a group can
    be summed up to one number: the output's at least 30 times the recurrent weights', under either
    rule. The ways are the norm of the group, and the mean square of one parameter's gradient."""

    id: ClassVar[str] = "B4"
    statement: ClassVar[str] = "Recurrent gradients are a hundredth of the output's"
    paper: ClassVar[str] = "about 100 times"
    notes: ClassVar[tuple[str, ...]] = (
        "Gradients along the samples after the shift, with frozen weights: what adaptation starts "
        "from.",
        "Under the immediate rule the norm of the output's gradient by that of the recurrent "
        "weights' is about 1/|v∘f'|, with v the output weights and f' the units' slopes. A single "
        "recurrent weight, one of n² and not of n, has √n times less still: eight times at n=64. "
        "So a factor of a hundred takes output weights of a norm below a tenth.",
        "The squares of single parameters, which are what second moments average, lie apart by the "
        "square of that factor: the paper's hundred is probably theirs.",
    )

    settings: tuple[Setting, ...] = (NEXT_STEP, AHEAD)

    universes: ClassVar[tuple[Universe, ...]] = (
        Universe(
            "sine",
            "as norms of the groups, the output's gradient is at least 30 times the recurrent "
            "weights'",
            lambda draw: draw.number(NORMS) >= FAR,
            lambda draw: draw.number(NORMS),
            (100.0, 100.0),
            "times, norm of the group",
        ),
        Universe(
            "sine",
            "as squares per parameter, the output's gradient is at least 30 times the recurrent "
            "weights'",
            lambda draw: draw.number(SQUARES) >= FAR,
            lambda draw: draw.number(SQUARES),
            (100.0, 100.0),
            "times, square per parameter",
        ),
    )

    def measure(self, lab: Lab) -> tuple[Table, ...]:
        return tuple(
            self._table(lab, setting, task)
            for setting, task in zip(self.settings, TASKS, strict=True)
        )

    def _table(self, lab: Lab, setting: Setting, task: str) -> Table:
        rows = []
        for rule in RULES:
            found = inspect(lab, setting, f"gradient norms, {rule}", partial(measured, rule))
            single, whole = np.split(found, 2)
            output = list(GROUPS).index("readout.weight")
            ratio = single[output] / single
            for group, name in enumerate(GROUPS.values()):
                columns = (ratio, whole[output] / whole, ratio**2, single, whole)
                rows.append(Row.of(f"{name}, {rule}", *(column[group] for column in columns)))
        return Table(
            f"Trained vanilla RNN of {lab.scaled(setting).size} after the shift, {task}",
            (
                "output's by this one's, a parameter",
                "output's by this one's, norm of the group",
                "output's by this one's, square of a parameter",
                "gradient of a parameter, root mean square",
                "norm of the group, root mean square",
            ),
            tuple(rows),
        )

    def judge(self, tables: tuple[Table, ...]) -> Verdict:
        found = [[table[f"recurrent, {rule}"] for rule in RULES] for table in tables]
        return held_in(
            [
                min(row.mean(column) for row in rows) >= FAR
                for column in WAYS.values()
                for rows in found
            ],
            [f"{way}, {task}" for way in WAYS for task in TASKS],
            ours=f"{shown(found[0][0], WAYS['squares of a parameter'])} times in squares of a "
            f"parameter, {shown(found[0][0], WAYS['norms'], 1)} in norms",
            reason="the output's gradient by the recurrent one is "
            + "; ".join(
                " and ".join(
                    f"{row.mean(2):.0f} times in squares of a parameter ({shown(row, 0, 1)} in "
                    f"size), {row.mean(1):.2g} as a whole ({rule})"
                    for row, rule in zip(rows, RULES, strict=True)
                )
                + f" ({task})"
                for rows, task in zip(found, TASKS, strict=True)
            ),
        )

    def figure(self, tables: tuple[Table, ...]) -> Figure:
        return Figure(
            "bars",
            "The output's gradient by each group's, squares of a parameter",
            ylabel="times",
            tables=(0, 1),
            column=2,
            reference=100.0,
            logarithmic="y",
        )
