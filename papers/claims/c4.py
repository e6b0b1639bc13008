"""C4: exact credit is worth more, the further an optimizer moves the recurrent weights."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy import stats

from papers.claims.c3 import fractions
from papers.comparison import RECOVERY
from papers.multiverse.draw import Draw
from papers.multiverse.gradient_parts import STEPS
from papers.multiverse.methods import CONTROLS
from papers.multiverse.universe import Universe
from papers.multiverse.worlds.cortex import DOUBLE, EXACTS, PRESENTS, ROTATED, SINGLE
from papers.pointed import AbstractPointClaim
from papers.result import Figure, Table
from papers.setting import EXACT

# Ranks of four that agree in all.
MONOTONE = 1 - 1e-9
RULE = (
    "over Adam, SGD, RMSprop and LARS the gap in points of recovery (exact RTRL less immediate) "
    "{goes} with exact RTRL's ratio ‖ΔW_hh‖/‖ΔW_out‖; untold where the readout is held, or exact "
    "RTRL with Adam gains nothing"
)


@dataclass(frozen=True)
class C4(AbstractPointClaim):
    """Spearman's rank correlation over four optimizers must be ± 1."""

    id: ClassVar[str] = "C4"
    statement: ClassVar[str] = (
        "Over four optimizers, exact RTRL's advantage on drifting cortex grows with the ratio of "
        "their steps, recurrent weights by readout"
    )
    paper: ClassVar[str] = "monotone over four optimizers"
    notes: ClassVar[tuple[str, ...]] = (
        "The paper seems to mean that the gap grows with the ratio, since it finds its largest gap "
        "under LARS, whose steps are in proportion to the weights. Both ways are judged.",
        "Four numbers in an order of chance are monotone one way in 1 of 24 cases, either way in 2 "
        "of 24.",
        "Medians over the seeds for the ratios, means for the gaps. A recovery of 100 % is exact "
        "RTRL's with Adam.",
    )
    methods: ClassVar = (*CONTROLS, *EXACTS[1:], *PRESENTS)
    numbers: ClassVar = (STEPS,)

    points: tuple[tuple[str, str], ...] = tuple(
        ("cortex-gradients", name) for name in (DOUBLE, SINGLE, ROTATED)
    )

    universes: ClassVar[tuple[Universe, ...]] = (
        Universe(
            "cortex-gradients",
            RULE.format(goes="grows"),
            lambda draw: _untold(draw, _rank(draw) > MONOTONE),
            lambda draw: _rank(draw),
            (1.0, 1.0),
            "Spearman's ρ of gap and ratio, rising",
        ),
        Universe(
            "cortex-gradients",
            RULE.format(goes="grows, or falls,"),
            lambda draw: _untold(draw, abs(_rank(draw)) > MONOTONE),
            lambda draw: abs(_rank(draw)),
            (1.0, 1.0),
            "Spearman's |ρ| of gap and ratio, either way",
        ),
    )

    def figure(self, tables: tuple[Table, ...]) -> Figure:
        return Figure(
            "bars",
            "Recovery by optimizer, with the past's credit and without",
            ylabel=RECOVERY,
            tables=tuple(range(len(tables))),
            column=1,
        )


def _rank(draw: Draw) -> float:
    """ρ over the four optimizers; NaN where one has no gap or no ratio."""
    ratios = fractions(draw, STEPS, EXACTS)
    recovered = np.array(
        [[draw.recovery(one, EXACT) for one in four] for four in (EXACTS, PRESENTS)]
    )
    if not np.isfinite([ratios, *recovered]).all():
        return float("nan")
    return float(np.asarray(stats.spearmanr(ratios, recovered[0] - recovered[1]))[0])


def _untold(draw: Draw, held: bool) -> bool | None:
    return None if np.isnan(_rank(draw)) else bool(held)
