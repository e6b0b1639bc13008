"""C5: without drift, both parts of the gradient are concentrated alike."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from papers.claims.c3 import fractions
from papers.multiverse.draw import Draw
from papers.multiverse.gradient_parts import LENGTHS, PAST, PAST_ROWS, PRESENT, PRESENT_ROWS
from papers.multiverse.universe import Universe
from papers.multiverse.worlds.cortex import DOUBLE, EXACTS, ROTATED, SINGLE
from papers.pointed import AbstractPointClaim
from papers.result import Figure, Table
from papers.setting import FROZEN

WORLD = "cortex-stationary"
# Parts of all singular values that lie so near count as the same.
NEAR = 0.1


def _universe(reading: str, unit: str, past: str, present: str) -> Universe:
    return Universe(
        WORLD,
        f"{reading}, the top-1 singular fractions of g_past and g_imm (means over four optimizers "
        f"of the medians over the seeds) lie within {NEAR:g} of each other without a shift; untold "
        "where gradients vanish or diverge",
        lambda draw: _together(draw, past, present),
        lambda draw: _middle(draw, past, present),
        (0.55, 0.65),
        f"top-1 singular fraction, mean of both parts, {unit}",
    )


@dataclass(frozen=True)
class C5(AbstractPointClaim):
    """The protocols of C3, in which the last day of training goes on."""

    id: ClassVar[str] = "C5"
    statement: ClassVar[str] = (
        "Without drift both parts of the gradient are concentrated alike: their difference is the "
        "signal of drift"
    )
    paper: ClassVar[str] = "both about .6"
    notes: ClassVar[tuple[str, ...]] = (
        "Read twice, as C3 is, and on the same draws: the rows of C3 with a shift and these without"
        " stand side by side.",
    )
    methods: ClassVar = (FROZEN, *EXACTS)
    numbers: ClassVar = (PAST, PRESENT, PAST_ROWS, PRESENT_ROWS, LENGTHS)

    points: tuple[tuple[str, str], ...] = tuple((WORLD, name) for name in (DOUBLE, SINGLE, ROTATED))

    universes: ClassVar[tuple[Universe, ...]] = (
        _universe("summed over the rows", "summed", PAST, PRESENT),
        _universe("row by row", "row by row", PAST_ROWS, PRESENT_ROWS),
    )

    def figure(self, tables: tuple[Table, ...]) -> Figure:
        return Figure(
            "bars",
            "First singular value of g_past without drift, summed over rows, by the sum of all",
            ylabel="part",
            tables=tuple(range(len(tables))),
            column=tables[0].columns.index(PAST),
            reference=0.6,
        )


def _middle(draw: Draw, past: str, present: str) -> float:
    return float(np.mean([fractions(draw, one, EXACTS) for one in (past, present)]))


def _together(draw: Draw, past: str, present: str) -> bool | None:
    one, other = (float(np.mean(fractions(draw, name, EXACTS))) for name in (past, present))
    return None if np.isnan([one, other]).any() else abs(one - other) <= NEAR
