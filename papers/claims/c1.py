"""C1: without the past, exact credit's adaptation is equalled on drifting cortex."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy import stats

from papers.comparison import RECOVERY
from papers.multiverse.draw import GAIN, Draw
from papers.multiverse.methods import CONTROLS, NONE
from papers.multiverse.universe import Universe
from papers.multiverse.worlds.cortex import DOUBLE, ROTATED, SINGLE, WHOLE
from papers.pointed import AbstractPointClaim
from papers.result import Figure, Table
from papers.setting import EXACT

# Points of recovery within which two methods count as equivalent, and the level of both tests.
MARGIN, LEVEL = 3.0, 0.05


@dataclass(frozen=True)
class C1(AbstractPointClaim):
    """Two one-sided t-tests on the seeds' differences in recovery; see the rule."""

    id: ClassVar[str] = "C1"
    statement: ClassVar[str] = (
        "On drifting cortex immediate derivatives are equivalent to exact RTRL, within three points"
        " of recovery"
    )
    paper: ClassVar[str] = "equivalent within ± 3 points, n = 20, Adam, float64"
    notes: ClassVar[tuple[str, ...]] = (
        '"n = 20" is read as twenty seeds.',
        "A seed's difference is between two methods that start from the same network: the tests "
        "are paired. A point of recovery is a hundredth of exact RTRL's mean gain over the seeds.",
        "Equivalence is not shown by a difference that is not significant: both tests must reject a"
        " difference of three points or more, one on each side (Schuirmann 1987). Few or "
        "scattered seeds show nothing.",
        "The seeds differ in their networks and share the recording: the tests say nothing of other"
        " days.",
    )
    methods: ClassVar = (*CONTROLS, NONE)

    points: tuple[tuple[str, str], ...] = tuple(
        ("cortex", name) for name in (DOUBLE, SINGLE, WHOLE, ROTATED)
    )

    universes: ClassVar[tuple[Universe, ...]] = (
        Universe(
            "cortex",
            "two one-sided paired t-tests over the seeds, each at 5 %, put immediate with Adam "
            "within three points of recovery of exact RTRL with Adam; untold where that gains "
            "nothing",
            lambda draw: _equivalent(draw),
            lambda draw: float(np.mean(_apart(draw))),
            (-MARGIN, MARGIN),
            "points of recovery, immediate less exact",
        ),
    )

    def figure(self, tables: tuple[Table, ...]) -> Figure:
        return Figure(
            "bars",
            "Recovery months after the training",
            ylabel=RECOVERY,
            tables=tuple(range(len(tables))),
            column=1,
            reference=100.0,
        )


def _apart(draw: Draw) -> np.ndarray:
    """Points of recovery of each seed, immediate less exact; NaN where exact gains nothing."""
    if not draw.gain() >= GAIN:
        return np.full(len(draw[EXACT]), np.nan)
    with np.errstate(invalid="ignore"):
        return draw.recoveries(NONE) - draw.recoveries(EXACT)


def _equivalent(draw: Draw) -> bool | None:
    apart = _apart(draw)
    if np.isnan(apart).any():
        return None
    if not np.isfinite(apart).all():
        return False
    above = stats.ttest_1samp(apart, -MARGIN, alternative="greater")
    below = stats.ttest_1samp(apart, MARGIN, alternative="less")
    return all(np.asarray(test)[1] < LEVEL for test in (above, below))
