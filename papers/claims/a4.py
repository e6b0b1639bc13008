"""A4: a step from no propagation to any, and what decides where there is one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from papers.claim import AbstractClaim, held_in
from papers.claims.a1 import MOST, NEXT_STEP
from papers.comparison import RECOVERY, compare, of_mean_gain, pooled, recovered
from papers.lab import Lab
from papers.multiverse import methods
from papers.multiverse.universe import Universe
from papers.regime import FIXED, Tuned
from papers.result import Figure, Row, Series, Table, Verdict, shown
from papers.second_order import NAME as UNTRAINED
from papers.second_order import untrained_least_squares
from papers.setting import EXACT, FROZEN, Method, Setting
from papers.tasks import DelayedRecall

NONE = Method("immediate", "adam")
PATHS = tuple(Method(f"sparse-rtrl:k={k}", "adam") for k in (1, 2, 4, 8))
STEPS = (NONE, *PATHS)
# Of the map, from no credit for the recurrent weights to all of it.
RULES = (
    Method("readout-only", "adam"),
    NONE,
    Method("eligibility-trace", "adam"),
    *PATHS,
    Method("tbptt:window=20", "adam"),
    EXACT,
)
SGD = Method("rtrl", "sgd", "recurrent")
RECALL = Setting(DelayedRecall())
LONG = DelayedRecall(8, adaptation=12_000)
TUNED = Tuned(DelayedRecall())
# Below this share of what exact credit reaches, a method has failed.
FAILED = 25.0


@dataclass(frozen=True)
class A4(AbstractClaim):
    """Judged in each table and in each column of the map: no propagation recovers less than a
    quarter, and every k from 1 on at least three quarters (on delayed recall of the mean gain over
    the seeds). In the map's last column every rule has the best of its rates."""

    id: ClassVar[str] = "A4"
    statement: ClassVar[str] = (
        "Without propagation learning fails, and any number of paths mends it"
    )
    paper: ClassVar[str] = "0 % at k = 0, about 84 % from k = 1 on"
    notes: ClassVar[tuple[str, ...]] = (
        "k = n is exact RTRL. The map sets A against B, which says that no propagation is needed.",
        "In the map nothing is pre-trained: an untrained network puts out 0 and has an error of 1.",
        "A larger random network remembers longer, so that the delay from which learning needs "
        "credit through time grows with its size.",
        "At n = 64 the one rate, 1e-3, is near the edge: where it is too large, more paths do "
        "worse than fewer (k = 8 on signs, 4 ago), and no longer do at 3e-4. So signs of 8 samples "
        "ago have four times the samples and several rates, all in the last table; each rule is "
        "given its best, chosen by the seeds that are scored.",
        "The random state carries more than Adam reads out: recursive least squares on the states "
        "of an untrained network tell the sign of 8 samples ago without any credit. What fails "
        "there is a first-order step, for want of credit that makes the memory loud.",
    )

    sine: Setting = NEXT_STEP
    recall: Setting = RECALL
    tuned: Tuned = TUNED
    delays: tuple[int, ...] = (1, 2, 4, 8)
    noises: tuple[float, ...] = (0.0, 1.0)
    # In place of the map's column of the same delay.
    long: DelayedRecall = LONG
    rates: tuple[float, ...] = (1e-4, 3e-4, 1e-3)

    universes: ClassVar[tuple[Universe, ...]] = (
        Universe(
            "sine",
            "no propagation recovers less than a quarter, and k = 1, 2, 4 and 8 three quarters "
            "each",
            lambda draw: draw.fails(methods.NONE) and all(map(draw.adapts, methods.PATHS.values())),
            lambda draw: draw.recovery(methods.NONE),
            (0.0, 0.0),
            "recovery without propagation, %",
        ),
    )

    def measure(self, lab: Lab) -> tuple[Table, ...]:
        exact = EXACT.holding_readout()
        adam = [method.holding_readout() for method in STEPS]
        sgd = [replace(adam[step], optimizer="sgd") for step in (0, 1, 3)]
        return (
            compare(lab, self.sine, adam, FIXED, exact=exact),
            compare(lab, self.sine, sgd, FIXED, exact=SGD),
            compare(lab, self.recall, STEPS, self.tuned, exact=EXACT),
            *self._map(lab),
        )

    def _map(self, lab: Lab) -> tuple[Table, Table, Table]:
        """Errors and recovery of each rule, a column a delay, from a sine to pure recall; then
        the errors of the last column at each rate."""
        tasks = [DelayedRecall(delay, noise) for noise in self.noises for delay in self.delays]
        settings = [replace(self.recall, task=task) for task in (*tasks[:-1], self.long)]
        long = {rule: lab.sweep(settings[-1], rule, self.rates)[..., 0] for rule in RULES}
        errors = [
            {rule.name: lab.errors(setting, rule, FIXED.rate)[:, 0] for rule in RULES}
            for setting in settings[:-1]
        ]
        errors.append({rule.name: _best(tried) for rule, tried in long.items()})
        for setting, column in zip(settings, errors, strict=True):
            column[UNTRAINED] = untrained_least_squares(lab, setting)[:, 0]
        frozen = [lab.errors(setting, FROZEN, 0.0)[:, 0] for setting in settings]
        names = tuple(f"{'signs' if task.noise else 'sine'}, {task.delay} ago" for task in tasks)
        size, title = lab.scaled(settings[0]).size, "input of some samples ago"
        rules = [UNTRAINED, *(rule.name for rule in RULES)]
        rows = tuple(Row.of(rule, *(one[rule] for one in errors)) for rule in rules)
        found = tuple(
            Row.of(rule, *(of_mean_gain(one[rule], start, one[EXACT.name])
                           for start, one in zip(frozen, errors, strict=True)))
            for rule in rules
        )  # fmt: skip
        each = tuple(Row.of(rule.name, *tried) for rule, tried in long.items())
        rates = tuple(f"rate {rate:g}" for rate in self.rates)
        asked = f"{names[-1]}, {self.long.adaptation} samples, error"
        return (
            Table(f"rnn of {size}, {title}, error", names, rows),
            Table(f"rnn of {size}, {title}, {RECOVERY} of the mean over the seeds", names, found),
            Table(f"rnn of {size}, {asked}", rates, each),
        )

    def judge(self, tables: tuple[Table, ...]) -> Verdict:
        held, told = [], []
        sine, sgd, tuned, errors, ground, _ = tables
        for table, exact, measured in (
            (sine, EXACT.holding_readout(), recovered),
            (sgd, SGD, recovered),
            (tuned, EXACT, pooled),
        ):
            rows = [measured(table, row.name, exact.name) for row in _steps(table)]
            held.append(_is_step([row.mean() for row in rows]))
            told.append(" / ".join(map(shown, rows)))
        regimes = ["sine, Adam", "sine, SGD", "delayed recall, tuned"]
        for column, name in enumerate(ground.columns):
            rows = [ground[method.name] for method in STEPS]
            held.append(_is_step([row.mean(column) for row in rows]))
            told.append(" / ".join(f"{row.mean(column):.0f}" for row in rows))
            regimes.append(name)
        each = "; ".join(f"{name} {one}" for name, one in zip(regimes, told, strict=True))
        return held_in(
            held,
            regimes,
            ours=f"{told[0].replace(' / ', ', ')} % at k = 0, 1, 2, 4, 8 (sine, Adam)",
            reason=f"{_boundary(ground)}; least squares on untrained states err by "
            f"{errors[UNTRAINED].mean(len(errors.columns) - 1):.2g} in the last column. At "
            f"k = 0 / 1 / 2 / 4 / 8 (SGD: 0 / 1 / 4) recovers, in %: {each}",
        )

    def figure(self, tables: tuple[Table, ...]) -> Figure:
        table = tables[4]
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


def _best(tried: np.ndarray) -> np.ndarray:
    """Of errors of shape (rates, seeds), those of the rate with the least mean."""
    return tried[int(np.argmin(tried.mean(axis=1)))]


def _is_step(recovered: Sequence[float]) -> bool:
    """Whether no propagation, which stands first, fails and every number of paths works."""
    return recovered[0] < FAILED and min(recovered[1:]) >= MOST


def _boundary(ground: Table) -> str:
    """Where the map says that no propagation fails, and where all sparse propagation does."""
    none, best = [], []
    for column, name in enumerate(ground.columns):
        if ground[NONE.name].mean(column) < FAILED:
            none.append(name)
        if max(ground[method.name].mean(column) for method in PATHS) < FAILED:
            best.append(name)
    return (
        f"No propagation fails on: {', '.join(none) or 'nothing'}; every k up to 8 fails on: "
        f"{', '.join(best) or 'nothing'}"
    )


def _steps(table: Table) -> list[Row]:
    """No propagation, and every k that the table has."""
    rules = {method.rule for method in STEPS}
    return [row for row in table if row.name.partition(" ")[0] in rules]
