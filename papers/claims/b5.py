"""B5: which architectures need a normalised gradient."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from onward.learning.architecture import Architecture, probe
from papers.adaptation import make_cell
from papers.claim import AbstractClaim, held_in
from papers.claims.a1 import AHEAD, NEXT_STEP, TUNED
from papers.lab import Lab
from papers.multiverse.draw import Draw
from papers.multiverse.universe import Universe
from papers.multiverse.worlds import architectures
from papers.regime import FIXED, RATES, Tuned
from papers.result import Figure, Row, Series, Table, Verdict
from papers.setting import EXACT, FROZEN, Method, Setting, Training
from papers.tasks import SineShift

ADAM, SGD = Method("immediate", "adam"), Method("immediate", "sgd")
IMMEDIATE = Training(ADAM)
TRAINED_NEXT_STEP = replace(NEXT_STEP, training=IMMEDIATE)
TRAINED_AHEAD = replace(AHEAD, training=IMMEDIATE)
TUNED_NEXT_STEP = Tuned(SineShift(shifted=0.065))
# Of the frozen network's error, in per cent: less is no need.
NEED = 10.0
MOST = 0.8
COLUMNS = (
    "Adam's gain over SGD, % of the frozen error",
    "error, frozen",
    "error, SGD",
    "error, Adam",
    "output bypass",
    "curvature of the state's update",
)
ALONE_AND_EXACT = (
    "next step: readout alone",
    "next step: exact RTRL, readout held",
    "ten ahead: readout alone",
    "ten ahead: exact RTRL",
)
GROUPS = ("nonlinear state, no bypass", "linear state, no bypass", "output bypass")
REGIMES = (
    "next step, readout held, fixed rate",
    "next step, readout held, tuned",
    "ten ahead, fixed rate",
    "ten ahead, tuned",
)


@dataclass(frozen=True)
class B5(AbstractClaim):
    """Judged in each table: an architecture needs Adam where that saves at least a tenth of the
    frozen network's error over SGD, on average; the rule, with the bypass and the curvature
    measured on the cell, must be right about four fifths of the architectures. Who does worse
    than a frozen network counts as one: a diverged pass would outweigh all others."""

    id: ClassVar[str] = "B5"
    statement: ClassVar[str] = (
        "Adam is needed where the state moves nonlinearly and the output has no way round it"
    )
    paper: ClassVar[str] = "ten architectures, all as the rule says"
    notes: ClassVar[tuple[str, ...]] = (
        "All with the immediate derivative, also while they are pre-trained.",
        "Bypass and curvature are measured on the cell by `onward.probe`: the part "
        "of an output's gradient that no change of the state explains, and how far the state's "
        "Jacobian moves from one state to another.",
        "For a linear state the rule predicts no need, with or without a bypass.",
        "IndRNN is not among them: its linear rectifiers diverge while they are pre-trained.",
        "Where SGD's tuned rate, beside the rows, is far above the fixed one, a gain at the fixed "
        "rate says that SGD was slow, and not that it cannot.",
        "Gains are given by the frozen network's error, and not as recovery: exact RTRL is tried "
        "at the fixed rate alone.",
    )

    cells: tuple[str, ...] = (
        *("rnn", "ctrnn", "gru", "gru-reset-before", "mgu"),
        *("lru", "rtu", "min-gru"),
        *("lstm", "slstm", "rwkv", "linear-attention"),
    )
    next_step: Setting = TRAINED_NEXT_STEP
    ahead: Setting = TRAINED_AHEAD
    next_step_tuned: Tuned = TUNED_NEXT_STEP
    ahead_tuned: Tuned = TUNED

    universes: ClassVar[tuple[Universe, ...]] = (
        Universe(
            "architectures",
            "the rule is right about four fifths of the cells: that Adam saves a tenth of the "
            "frozen error over SGD, or does not",
            lambda draw: architectures.right(draw) >= 100 * MOST,
            lambda draw: architectures.right(draw),
            (100.0, 100.0),
            "cells that the rule is right about, Adam and SGD, %",
        ),
        Universe(
            "architectures",
            "the same of the better one of Adam and RMSprop over the better one of SGD and "
            "momentum",
            lambda draw: _right_about_normalisation(draw) >= 100 * MOST,
            lambda draw: _right_about_normalisation(draw),
            (100.0, 100.0),
            "cells that the rule is right about, normalised and plain, %",
        ),
    )

    def measure(self, lab: Lab) -> tuple[Table, ...]:
        size = lab.scaled(self.next_step).size
        found = [self._gains(lab, cell) for cell in self.cells]
        shapes = [self._shape(lab, cell) for cell in self.cells]
        tables = [
            Table(
                f"{size} units, {regime}",
                COLUMNS,
                tuple(
                    Row.of(cell, *gains[0], *shape, note=gains[1])
                    for cell, shape, gains in zip(self.cells, shapes, rows, strict=True)
                ),
            )
            for regime, rows in zip(REGIMES, zip(*found, strict=True), strict=True)
        ]
        controls = [
            Row.of(f"{kind}, {task}", *errors.T)
            for task, setting in (("next step", self.next_step), ("ten ahead", self.ahead))
            for kind, errors in lab.opponents(setting).items()
        ]
        return (
            *tables,
            Table("Controls", self.ahead.task.measures, tuple(controls)),
            Table(
                f"{size} units, readout alone and exact RTRL, fixed rate",
                ALONE_AND_EXACT,
                tuple(Row.of(cell, *self._alone_and_exact(lab, cell)) for cell in self.cells),
            ),
        )

    def _alone_and_exact(self, lab: Lab, cell: str) -> list[np.ndarray]:
        """Errors of each seed: of the readout alone and of exact RTRL, for the two tasks."""
        found = []
        for setting in (self.next_step, self.ahead):
            exact = _held(EXACT, setting is self.next_step)
            for method in (Method("readout-only", "adam"), exact):
                here = replace(setting, cell=cell)
                found.append(lab.errors(here, method, FIXED.rate)[:, 0])
        return found

    def _gains(self, lab: Lab, cell: str) -> list[tuple[np.ndarray, str]]:
        """For each regime: gain, and errors of nothing, SGD and Adam; then the two rates."""
        found = []
        for setting, validation in (
            (self.next_step, self.next_step_tuned.validation),
            (self.ahead, self.ahead_tuned.validation),
        ):
            here, there = (replace(setting, cell=cell, task=t) for t in (setting.task, validation))
            held = setting is self.next_step
            sgd, adam = (_curves(lab, here, there, one, held) for one in (SGD, ADAM))
            for choice in (0, 1):
                (slow, low), (quick, high) = sgd[choice], adam[choice]
                frozen = lab.errors(here, FROZEN, 0.0)[:, 0]
                gain = 100 * (np.minimum(slow, frozen) - np.minimum(quick, frozen)) / frozen
                rates = f"SGD {low:g}, Adam {high:g}"
                found.append((np.array([gain, frozen, slow, quick]), rates))
        return found

    def _shape(self, lab: Lab, cell: str) -> np.ndarray:
        """Bypass and curvature of the cell, the same for every seed."""
        setting = lab.scaled(replace(self.next_step, cell=cell))

        def compute() -> np.ndarray:
            shape = probe(make_cell(setting, 0))
            return np.array([shape.bypass, shape.curvature])

        what = {"probe": cell, "size": setting.size}
        return np.tile(lab.remembered(what, f"{cell}: bypass", compute)[:, None], len(lab.seeds))

    def judge(self, tables: tuple[Table, ...]) -> Verdict:
        misses = [[row.name for row in table if _missed(row)] for table in tables[:4]]
        hits = [len(self.cells) - len(missed) for missed in misses]
        return held_in(
            [hit >= MOST * len(self.cells) for hit in hits],
            REGIMES,
            ours=f"{hits[0]} of {len(self.cells)} as the rule says",
            reason="right about "
            + "; ".join(
                f"{hit} of {len(self.cells)} ({regime}"
                + (f"; wrong about {', '.join(missed)})" if missed else ")")
                for hit, regime, missed in zip(hits, REGIMES, misses, strict=True)
            ),
        )

    def figure(self, tables: tuple[Table, ...]) -> Figure:
        series = []
        for table, regime in zip(tables[:2], ("fixed rate", "tuned"), strict=True):
            for group in GROUPS:
                rows = {
                    place: row for place, row in enumerate(table) if GROUPS[_group(row)] == group
                }
                series.append(Series.of(f"{group}, {regime}", list(rows), list(rows.values())))
        return Figure(
            "dots",
            "What Adam gains over SGD, next step, readout held",
            xlabel=COLUMNS[0],
            series=tuple(series),
            labels=self.cells,
        )


def _held(method: Method, held: bool) -> Method:
    return method.holding_readout() if held else method


def _curves(
    lab: Lab, setting: Setting, validation: Setting, method: Method, held: bool
) -> list[tuple[np.ndarray, float]]:
    """Errors of each seed and the rate, at the fixed one and at the best of the validation."""
    method = _held(method, held)
    rates = FIXED.rate, lab.best_rate(validation, method, RATES[method.optimizer])
    return list(zip(lab.sweep(setting, method, rates)[..., 0], rates, strict=True))


def _architecture(row: Row) -> Architecture:
    return Architecture(curvature=row.mean(5), bypass=row.mean(4))


def _group(row: Row) -> int:
    """Which of the groups a cell belongs to."""
    shape = _architecture(row)
    if shape.needs_normalisation:
        return 0
    return 1 if shape._replace(curvature=1.0).needs_normalisation else 2


def _missed(row: Row) -> bool:
    """Whether the rule is wrong about a cell."""
    return _architecture(row).needs_normalisation != (row.mean() >= NEED)


def _right_about_normalisation(draw: Draw) -> float:
    return architectures.right(draw, architectures.PLAINLY, architectures.NORMALISED)
