"""C7: under LARS exact credit is worth something, and immediate derivatives do not adapt."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from papers.comparison import RECOVERY
from papers.multiverse.draw import Draw
from papers.multiverse.methods import CONTROLS, EXACT_LARS, NONE, NONE_LARS
from papers.multiverse.universe import Universe
from papers.multiverse.worlds.cortex import DOUBLE, ROTATED, SINGLE, WHOLE
from papers.pointed import AbstractPointClaim
from papers.result import Figure, Table
from papers.setting import FROZEN

# Points of recovery that count as an advantage.
AHEAD = 10.0


@dataclass(frozen=True)
class C7(AbstractPointClaim):
    """Both halves are needed: the advantage, and that immediate derivatives alone fail."""

    id: ClassVar[str] = "C7"
    statement: ClassVar[str] = (
        "Under LARS exact RTRL is ahead of immediate derivatives, which do not adapt by themselves"
    )
    paper: ClassVar[str] = "+17 to +27 points of recovery"
    notes: ClassVar[tuple[str, ...]] = (
        "LARS moves each array of weights by a part of its own norm (You et al. 2017), with "
        "momentum .9; which part the paper took is not known, and is a factor of its own.",
        "A recovery of 100 % is exact RTRL's with Adam.",
    )
    methods: ClassVar = (*CONTROLS, NONE, EXACT_LARS, NONE_LARS)

    points: tuple[tuple[str, str], ...] = tuple(
        ("cortex-gradients", name) for name in (DOUBLE, SINGLE, WHOLE, ROTATED)
    )

    universes: ClassVar[tuple[Universe, ...]] = (
        Universe(
            "cortex-gradients",
            "with LARS, exact RTRL recovers at least ten points more than immediate derivatives, "
            "and these recover less than a quarter; untold where exact RTRL with Adam gains "
            "nothing",
            lambda draw: _alone(draw),
            lambda draw: _ahead(draw),
            (17.0, 27.0),
            "points of recovery with LARS, exact less immediate",
        ),
    )

    def figure(self, tables: tuple[Table, ...]) -> Figure:
        return Figure(
            "bars",
            "Recovery under LARS and under Adam",
            ylabel=RECOVERY,
            tables=tuple(range(len(tables))),
            column=1,
        )


def _ahead(draw: Draw) -> float:
    """NaN where exact RTRL diverges, or gains nothing with Adam."""
    apart = draw.recovery(EXACT_LARS) - draw.recovery(NONE_LARS)
    return apart if np.isfinite(draw.recovery(EXACT_LARS)) else float("nan")


def _alone(draw: Draw) -> bool | None:
    """Whether only exact RTRL adapts; None where it gains nothing with Adam."""
    if np.isnan(draw.recovery(FROZEN)):
        return None
    return bool(_ahead(draw) >= AHEAD and draw.fails(NONE_LARS))
