"""A10: with an error only at the end of a sequence, forward credit degrades."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from papers.claim import AbstractClaim, held_in
from papers.claims.a1 import SHARED, SPARSE
from papers.comparison import beside, compare
from papers.lab import Lab
from papers.multiverse.draw import Draw
from papers.multiverse.universe import Universe
from papers.multiverse.worlds import adding
from papers.regime import FIXED
from papers.result import Figure, Row, Series, Table, Verdict
from papers.setting import EXACT, Method, Setting
from papers.tasks import Adding

TERMINAL, CONTINUOUS = Adding(), Adding(terminal=False)
# So short, and so many, that some learn to add.
SHORT = Adding(length=6, sequences=5000, scored=1000)
BACKPROPAGATION = Method("tbptt:window=20", "adam")
NONE = Method("immediate", "adam")
VARIANTS = (EXACT, SPARSE, SHARED)
METHODS = (*VARIANTS, NONE, BACKPROPAGATION)
READOUT = Method("readout-only", "adam")
# The error of always predicting 1: the variance of a sum of two numbers uniform in [0, 1].
TRIVIAL, ALWAYS = 1 / 6, "always 1"
WORSE = 1.1


def _terminal(draw: Draw) -> bool:
    return draw.protocol[adding.LABELS] == adding.TERMINAL


def _falls_behind(draw: Draw) -> bool:
    """Whether each variant of RTRL is worse than the trivial predictor and backpropagation."""
    floor = max(TRIVIAL, WORSE * draw[adding.BACKPROPAGATION].mean())
    return all(draw[one].mean() > floor for one in (adding.EXACT, adding.SPARSE, adding.SHARED))


@dataclass(frozen=True)
class A10(AbstractClaim):
    """Judged at each rate with terminal errors: exact RTRL and both its sparse variants are worse
    than the trivial predictor, and a tenth worse than backpropagation."""

    id: ClassVar[str] = "A10"
    statement: ClassVar[str] = (
        "With an error only at the end of each sequence, RTRL and its sparse variants fall behind "
        "the trivial predictor and backpropagation"
    )
    paper: ClassVar[str] = "error .289 for RTRL, .189 for backpropagation, .167 trivial"
    notes: ClassVar[tuple[str, ...]] = (
        "Sequences without a break; errors of the ends in the second half of 500 sequences of 20, "
        "or of the last 1,000 of 5,000 sequences of 6. Backpropagation reaches through 20 steps.",
        "The paper's backpropagation is itself worse than the trivial predictor, and its second "
        "version says that the comparison does not isolate the gradient's approximation.",
        "Learnt is what errs less than the trivial predictor; at large rates the noise of the "
        "steps lifts the error above it, whatever the credit.",
        "The last table has a label at every sample, the sum so far; only the ends are scored.",
    )

    terminal: Adding = TERMINAL
    continuous: Adding = CONTINUOUS
    rates: tuple[float, ...] = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2)
    short: Adding = SHORT
    short_rates: tuple[float, ...] = (3e-4, 1e-3, 3e-3, 1e-2)

    universes: ClassVar[tuple[Universe, ...]] = (
        Universe(
            "adding",
            "with a label at the end of a sequence only, exact RTRL, k = 4 and shared paths are "
            "each worse than always saying 1, and a tenth worse than backpropagation; in the "
            "paper's table backpropagation is worse than always saying 1 as well",
            lambda draw: _falls_behind(draw) if _terminal(draw) else None,
            lambda draw: draw[adding.EXACT].mean() if _terminal(draw) else float("nan"),
            (0.289, 0.289),
            "error of exact RTRL",
        ),
    )

    def measure(self, lab: Lab) -> tuple[Table, ...]:
        return (
            _beside_trivial(lab, self.terminal, "label at the end"),
            _each_rate(lab, self.terminal, self.rates),
            _each_rate(lab, self.short, self.short_rates),
            _beside_trivial(lab, self.continuous, "label at every sample"),
        )

    def judge(self, tables: tuple[Table, ...]) -> Verdict:
        fixed, long, short, continuous = tables
        held, names, told = [], [], []
        for table, steps in ((long, self.terminal.length), (short, self.short.length)):
            for column, rate in enumerate(table.columns):
                held.append(_behind(table, column))
                names.append(f"{steps} steps, {rate}")
                learnt = _learnt(table, column)
                told.append(f"{names[-1]}: {_told(table, column)}, learnt by {learnt}")
        told.append(f"label at every sample: {_told(continuous)}")
        exact, backward = (fixed[method.name].mean() for method in (EXACT, BACKPROPAGATION))
        return held_in(
            held,
            names,
            ours=f"{exact:.3f} RTRL, {backward:.3f} backpropagation at 1e-3",
            reason="errors of exact RTRL / k = 4 / shared / no propagation / backpropagation: "
            + "; ".join(told),
        )

    def figure(self, tables: tuple[Table, ...]) -> Figure:
        short = tables[2]
        places = range(len(short.columns))
        return Figure(
            "lines",
            f"Adding, {self.short.sequences:,} sequences of {self.short.length}",
            xlabel="learning rate",
            ylabel="mean squared error at the ends",
            series=tuple(
                Series(
                    row.name,
                    tuple(map(float, places)),
                    tuple(map(row.mean, places)),
                    tuple(map(row.std, places)),
                )
                for row in short
                if row.name != ALWAYS
            ),
            labels=tuple(rate.removeprefix("rate ") for rate in short.columns),
            reference=TRIVIAL,
        )


def _behind(table: Table, column: int) -> bool:
    """Whether every forward rule errs more than the trivial predictor and backpropagation."""
    floor = max(TRIVIAL, WORSE * table[BACKPROPAGATION.name].mean(column))
    return all(table[method.name].mean(column) > floor for method in VARIANTS)


def _told(table: Table, column: int = 0) -> str:
    return " / ".join(f"{table[method.name].mean(column):.3f}" for method in METHODS)


def _learnt(table: Table, column: int) -> str:
    """Who errs less than the trivial predictor."""
    found = [one.rule for one in METHODS if table[one.name].mean(column) < TRIVIAL]
    return ("all" if len(found) == len(METHODS) else ", ".join(found)) or "none"


def _each_rate(lab: Lab, task: Adding, rates: tuple[float, ...]) -> Table:
    """Errors at the ends, a column a rate."""
    setting, methods = Setting(task), (READOUT, *METHODS)
    rows = [Row.of(one.name, *lab.sweep(setting, one, rates)[..., 0]) for one in methods]
    rows.append(Row.of(ALWAYS, *np.full((len(rates), len(lab.seeds)), TRIVIAL)))
    size = lab.scaled(setting).size
    title = f"{task.about}, {task.sequences:,} sequences: rnn of {size}, label at the end, error"
    return Table(title, tuple(f"rate {rate:g}" for rate in rates), tuple(rows))


def _beside_trivial(lab: Lab, task: Adding, label: str) -> Table:
    table = compare(lab, Setting(task), METHODS, FIXED, exact=EXACT)
    frozen, exact = (np.array(table[name].values[0]) for name in ("frozen", EXACT.name))
    errors = np.full(len(frozen), TRIVIAL)
    trivial = Row.of(ALWAYS, errors, beside(errors, frozen, exact))
    return replace(table, title=f"{table.title}, {label}", rows=(*table.rows, trivial))
