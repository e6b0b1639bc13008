"""A10: with an error only at the end of a sequence, forward credit degrades."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from papers.claim import AbstractClaim, held_in
from papers.claims.a1 import SHARED, SPARSE
from papers.comparison import compare, recovery
from papers.lab import Lab
from papers.multiverse.draw import Draw
from papers.multiverse.universe import Universe
from papers.multiverse.worlds import adding
from papers.regime import FIXED, Fixed, Tuned
from papers.result import Figure, Row, Table, Verdict, shown
from papers.setting import EXACT, Method, Setting
from papers.tasks import Adding

TERMINAL, CONTINUOUS = Setting(Adding()), Setting(Adding(terminal=False))
# So short, and so many, that backpropagation learns to add.
SHORT, LARGER = Setting(Adding(length=6, sequences=5000, scored=1000)), Fixed(3e-3)
BACKPROPAGATION = Method("tbptt:window=20", "adam")
NONE = Method("immediate", "adam")
METHODS = (SPARSE, SHARED, NONE, BACKPROPAGATION)
VARIANTS = (EXACT, SPARSE, SHARED)
TUNED = Tuned(Adding())
# The error of always predicting 1: the variance of a sum of two numbers uniform in [0, 1].
TRIVIAL = 1 / 6
WORSE = 1.1


def _terminal(draw: Draw) -> bool:
    return draw.protocol[adding.LABELS] == adding.TERMINAL


def _falls_behind(draw: Draw) -> bool:
    """Whether each variant of RTRL is worse than the trivial predictor and backpropagation."""
    floor = max(TRIVIAL, WORSE * draw[adding.BACKPROPAGATION].mean())
    return all(draw[one].mean() > floor for one in (adding.EXACT, adding.SPARSE, adding.SHARED))


@dataclass(frozen=True)
class A10(AbstractClaim):
    """Judged in each regime with terminal errors: exact RTRL and both its sparse variants are
    worse than the trivial predictor, and a tenth worse than backpropagation."""

    id: ClassVar[str] = "A10"
    statement: ClassVar[str] = (
        "With an error only at the end of each sequence, RTRL and its sparse variants fall behind "
        "the trivial predictor and backpropagation"
    )
    paper: ClassVar[str] = "error .289 for RTRL, .189 for backpropagation, .167 trivial"
    notes: ClassVar[tuple[str, ...]] = (
        "Sequences of 20 samples without a break; errors of the last 250 of 500 ends. "
        "Backpropagation reaches through 20 steps, a whole sequence.",
        "500 sequences are too few to learn to add, whatever the credit: all methods come to the "
        "trivial predictor. 5,000 sequences of 6 samples are not; these stand in the third table.",
        "The last table has a label at every sample, the sum so far; only the ends are scored.",
    )

    terminal: Setting = TERMINAL
    continuous: Setting = CONTINUOUS
    tuned: Tuned = TUNED
    short: Setting = SHORT
    larger: Fixed = LARGER

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
        Universe(
            "adding",
            "the control: with a label at each sample they do not fall behind like that",
            lambda draw: None if _terminal(draw) else not _falls_behind(draw),
            lambda draw: float("nan") if _terminal(draw) else draw[adding.EXACT].mean(),
            None,
            "error of exact RTRL",
        ),
    )

    def measure(self, lab: Lab) -> tuple[Table, ...]:
        return (
            _beside_trivial(lab, self.terminal, FIXED, "label at the end"),
            _beside_trivial(lab, self.terminal, self.tuned, "label at the end"),
            _beside_trivial(lab, self.short, self.larger, "5,000 sequences of 6"),
            _beside_trivial(lab, self.continuous, FIXED, "label at every sample"),
        )

    def judge(self, tables: tuple[Table, ...]) -> Verdict:
        names, told, held = (*_REGIMES, "label at every sample"), [], []
        for name, table in zip(names, tables, strict=True):
            backward = table[BACKPROPAGATION.name]
            forward = [table[method.name] for method in VARIANTS]
            floor = max(TRIVIAL, WORSE * backward.mean())
            held.append(all(row.mean() > floor for row in forward))
            shown_too = (*forward, table[NONE.name], backward)
            errors = " / ".join(f"{row.mean():.3f}" for row in shown_too)
            told.append(f"{name}: {errors}")
        exact, backward = (tables[0][method.name] for method in (EXACT, BACKPROPAGATION))
        return held_in(
            held[: len(_REGIMES)],
            _REGIMES,
            ours=f"{shown(exact, digits=3)} RTRL, {shown(backward, digits=3)} backpropagation",
            reason="errors of exact RTRL / k = 4 / shared / no propagation / backpropagation: "
            + "; ".join(told),
        )

    def figure(self, tables: tuple[Table, ...]) -> Figure:
        return Figure(
            "bars",
            "Adding problem: error at the ends of sequences",
            ylabel="mean squared error",
            tables=(0, 1, 2, 3),
            reference=TRIVIAL,
        )


def _beside_trivial(lab: Lab, setting: Setting, regime: Fixed | Tuned, label: str) -> Table:
    table = compare(lab, setting, METHODS, regime, exact=EXACT)
    frozen, exact = (np.array(table[name].values[0]) for name in ("frozen", EXACT.name))
    errors = np.full(len(frozen), TRIVIAL)
    trivial = Row.of("always 1", errors, recovery(errors, frozen, exact))
    return replace(table, title=f"{table.title}, {label}", rows=(*table.rows, trivial))


_REGIMES = ("fixed rate", "tuned", "short sequences that are learnt")
