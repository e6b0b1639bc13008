"""C3: what exact credit adds on drifting cortex has one main direction."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from papers.multiverse.draw import Draw
from papers.multiverse.gradient_parts import LENGTHS, PAST, PAST_ROWS, PRESENT, PRESENT_ROWS
from papers.multiverse.universe import Universe
from papers.multiverse.worlds.cortex import DOUBLE, EXACTS, ROTATED, SINGLE
from papers.pointed import AbstractPointClaim
from papers.result import Figure, Table
from papers.setting import FROZEN, Method

# This part of all singular values in the first is a concentration.
CONCENTRATED = 0.5
RULE = (
    "{reading}, the first singular value of g_past is at least half of all, and a larger part than "
    "that of g_imm, under each of four optimizers (medians over the seeds, after adaptation by "
    "exact RTRL); untold where gradients vanish or diverge"
)


def _universe(reading: str, unit: str, past: str, present: str) -> Universe:
    return Universe(
        "cortex-gradients",
        RULE.format(reading=reading),
        lambda draw: _concentrated(draw, past, present),
        lambda draw: float(np.mean(fractions(draw, past, EXACTS))),
        (0.62, 0.74),
        f"top-1 singular fraction of g_past, {unit}",
    )


@dataclass(frozen=True)
class C3(AbstractPointClaim):
    """The gradient by the recurrent weights, split along the 200 rows that follow adaptation."""

    id: ClassVar[str] = "C3"
    statement: ClassVar[str] = (
        "On drifting cortex what exact RTRL adds to the immediate gradient lies in one direction"
    )
    paper: ClassVar[str] = "first singular value .62–.74 of all over four optimizers, g_imm .333"
    notes: ClassVar[tuple[str, ...]] = (
        "The paper's matrix is not known. We read it twice: as the gradient summed over the rows, "
        "a matrix of the weights' shape; and as all rows' gradients, one under the other.",
        "The four optimizers are Adam, SGD, RMSprop and LARS. Beside the frozen network stands "
        "what is measured at the moment of the shift, on the rows that adaptation begins with.",
    )
    methods: ClassVar = (FROZEN, *EXACTS)
    numbers: ClassVar = (PAST, PRESENT, PAST_ROWS, PRESENT_ROWS, LENGTHS)

    points: tuple[tuple[str, str], ...] = tuple(
        ("cortex-gradients", name) for name in (DOUBLE, SINGLE, ROTATED)
    )

    universes: ClassVar[tuple[Universe, ...]] = (
        _universe("summed over the rows", "summed", PAST, PRESENT),
        _universe("row by row", "row by row", PAST_ROWS, PRESENT_ROWS),
    )

    def figure(self, tables: tuple[Table, ...]) -> Figure:
        return Figure(
            "bars",
            "First singular value of g_past, summed over rows, by the sum of all",
            ylabel="part",
            tables=tuple(range(len(tables))),
            column=tables[0].columns.index(PAST),
            reference=0.68,
        )


def fractions(draw: Draw, number: str, methods: tuple[Method, ...]) -> np.ndarray:
    """What was measured after each method, the median over the seeds; NaN where that is not
    finite."""
    found = [np.median(draw.numbers[f"{number}, {method.name}"]) for method in methods]
    return np.where(np.isfinite(found), found, np.nan)


def _concentrated(draw: Draw, past: str, present: str) -> bool | None:
    ours, theirs = fractions(draw, past, EXACTS), fractions(draw, present, EXACTS)
    if np.isnan([ours, theirs]).any():
        return None
    return bool((ours >= CONCENTRATED).all() and (ours > theirs).all())
