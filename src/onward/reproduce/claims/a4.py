"""A4: a step from no propagation to any, and what decides where there is one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from onward.reproduce.claim import AbstractClaim, held_in
from onward.reproduce.claims.a1 import MOST, NEXT_STEP
from onward.reproduce.comparison import RECOVERY, compare, recovery
from onward.reproduce.lab import Lab
from onward.reproduce.regime import FIXED, Fixed, Tuned
from onward.reproduce.result import Figure, Row, Series, Table, Verdict, shown
from onward.reproduce.setting import EXACT, FROZEN, Method, Setting
from onward.reproduce.tasks import DelayedRecall

NONE = Method("immediate", "adam")
PATHS = tuple(Method(f"sparse-rtrl:k={k}", "adam") for k in (1, 2, 4, 8))
STEPS = (NONE, *PATHS)
# Of the map, from no credit for the recurrent weights to all of it.
RULES = (
    Method("readout-only", "adam"),
    NONE,
    Method("eligibility-trace", "adam"),
    PATHS[2],
    Method("tbptt:window=20", "adam"),
    EXACT,
)
RECALL = Setting(DelayedRecall())
TUNED = Tuned(DelayedRecall())
# Below this share of what exact credit reaches, a method has failed.
FAILED = 25.0


@dataclass(frozen=True)
class A4(AbstractClaim):
    """Judged in each table: no propagation recovers less than a quarter, and every k from 1 on at
    least three quarters."""

    id: ClassVar[str] = "A4"
    statement: ClassVar[str] = (
        "Without propagation learning fails, and any number of paths mends it"
    )
    paper: ClassVar[str] = "0 % at k = 0, about 84 % from k = 1 on"
    notes: ClassVar[tuple[str, ...]] = (
        "k = n is exact RTRL. The map sets A against B, which says that no propagation is needed.",
        "In the map nothing is pre-trained: an untrained network puts out 0 and has an error of 1.",
    )

    sine: Setting = NEXT_STEP
    recall: Setting = RECALL
    tuned: Tuned = TUNED
    delays: tuple[int, ...] = (1, 2, 4, 8)
    noises: tuple[float, ...] = (0.0, 1.0)

    def measure(self, lab: Lab) -> tuple[Table, ...]:
        exact = EXACT.holding_readout()
        adam = [method.holding_readout() for method in STEPS]
        sgd = [replace(adam[step], optimizer="sgd") for step in (0, 1, 3)]
        return (
            compare(lab, self.sine, adam, FIXED, exact=exact),
            compare(lab, self.sine, sgd, FIXED, exact=replace(exact, optimizer="sgd")),
            compare(lab, self.recall, STEPS, FIXED, exact=EXACT),
            compare(lab, self.recall, STEPS, self.tuned, exact=EXACT),
            *self._map(lab, FIXED),
        )

    def _map(self, lab: Lab, regime: Fixed) -> tuple[Table, Table]:
        """Errors and recovery of each rule, a column a delay, from a sine to pure recall."""
        tasks = [DelayedRecall(delay, noise) for noise in self.noises for delay in self.delays]
        columns = [self._column(lab, replace(self.recall, task=task), regime) for task in tasks]
        names = tuple(f"{'signs' if task.noise else 'sine'}, {task.delay} ago" for task in tasks)
        first, second = (
            tuple(Row.of(rule.name, *(column[rule][kind] for column in columns)) for rule in RULES)
            for kind in (0, 1)
        )
        title = "input of some samples ago"
        return Table(f"{title}, error", names, first), Table(f"{title}, {RECOVERY}", names, second)

    def _column(
        self, lab: Lab, setting: Setting, regime: Fixed
    ) -> dict[Method, tuple[np.ndarray, np.ndarray]]:
        """Error and recovery of each rule."""
        frozen = lab.errors(setting, FROZEN, 0.0)
        found = {rule: regime.errors(lab, setting, rule)[1] for rule in RULES}
        exact = found[EXACT]
        return {
            rule: (errors[:, 0], recovery(errors, frozen, exact)[:, 0])
            for rule, errors in found.items()
        }

    def judge(self, tables: tuple[Table, ...]) -> Verdict:
        held, told = [], []
        for table in tables[:4]:
            none, *some = _steps(table)
            held.append(none.mean(1) < FAILED and all(row.mean(1) >= MOST for row in some))
            told.append(f"{shown(none, 1)} → {shown(some[0], 1)} … {shown(some[-1], 1)}")
        regimes = ("sine, Adam", "sine, SGD", "delayed recall", "delayed recall, tuned")
        each = "; ".join(f"{name}: {one}" for name, one in zip(regimes, told, strict=True))
        return held_in(
            held,
            regimes,
            ours=f"{told[2]} % on delayed recall",
            reason=f"k = 0 → 1 … 8 recover, in %, {each}. {self._boundary(tables[-1])}",
        )

    def _boundary(self, table: Table) -> str:
        """Where the map says that no propagation fails."""
        said = []
        for first, signal in zip((0, len(self.delays)), ("sine", "random signs"), strict=True):
            row = table[NONE.name]
            fails = [d for i, d in enumerate(self.delays) if row.mean(first + i) < FAILED]
            where = f"from a delay of {min(fails)} on" if fails else "at no delay"
            said.append(f"{where} for a {signal}" if signal == "sine" else f"{where} for {signal}")
        return f"Without propagation learning fails {' and '.join(said)}"

    def figure(self, tables: tuple[Table, ...]) -> Figure:
        table = tables[-1]
        columns = range(len(table.columns))
        return Figure(
            "map",
            "Recovery, in %: what is asked lies so many samples back",
            series=tuple(
                Series(
                    row.name,
                    tuple(map(float, columns)),
                    tuple(row.mean(column) for column in columns),
                    tuple(row.std(column) for column in columns),
                )
                for row in table
            ),
            labels=table.columns,
        )


def _steps(table: Table) -> Sequence[Row]:
    """No propagation, and every k that the table has."""
    rules = {method.rule for method in STEPS}
    return [row for row in table if row.name.partition(" ")[0] in rules]
