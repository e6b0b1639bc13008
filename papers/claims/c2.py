"""C2: without the past, adaptation is the same within its confidence on sine, Lorenz and LSTM."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy import stats

from papers.comparison import RECOVERY
from papers.multiverse.draw import GAIN, Draw
from papers.multiverse.methods import CONTROLS, EXACT_SGD, NONE, NONE_SGD
from papers.multiverse.universe import Universe
from papers.pointed import AbstractPointClaim
from papers.result import Figure, Table
from papers.setting import EXACT, Method

CONFIDENCE = 0.95
RULE = (
    "the 95 % intervals of the mean errors over the seeds, immediate and exact RTRL both with "
    "{optimizer}, overlap; untold where exact RTRL gains nothing"
)


def _universe(world: str, optimizer: str, ours: Method, exact: Method) -> Universe:
    return Universe(
        world,
        RULE.format(optimizer=optimizer),
        lambda draw: _overlap(draw, ours, exact),
        lambda draw: draw.recovery(ours, exact),
        None,
        f"recovery by immediate derivatives, {optimizer}, %",
    )


@dataclass(frozen=True)
class C2(AbstractPointClaim):
    """Intervals by Student's t, of each method by itself; see the rule."""

    id: ClassVar[str] = "C2"
    statement: ClassVar[str] = (
        "On sine, Lorenz and with an LSTM, immediate derivatives and exact RTRL adapt alike"
    )
    paper: ClassVar[str] = "intervals overlap"
    notes: ClassVar[tuple[str, ...]] = (
        "Overlapping intervals are a weak test: with five seeds that scatter, much overlaps. So "
        "the recovery stands beside it, of which exact RTRL with the same optimizer is 100 %.",
    )
    methods: ClassVar = (*CONTROLS, NONE, EXACT_SGD, NONE_SGD)

    points: tuple[tuple[str, str], ...] = (
        ("sine", "next step, readout held"),
        ("sine", "ten ahead"),
        ("lorenz", "next step"),
        ("lstm", "next step, readout held"),
    )

    universes: ClassVar[tuple[Universe, ...]] = (
        _universe("sine", "Adam", NONE, EXACT),
        _universe("sine", "SGD", NONE_SGD, EXACT_SGD),
        _universe("lorenz", "Adam", NONE, EXACT),
        _universe("lorenz", "SGD", NONE_SGD, EXACT_SGD),
        _universe("lstm", "Adam", NONE, EXACT),
    )

    def figure(self, tables: tuple[Table, ...]) -> Figure:
        return Figure(
            "bars",
            "Recovery, exact RTRL with Adam being 100 %",
            ylabel=RECOVERY,
            tables=tuple(range(len(tables))),
            column=1,
            reference=100.0,
        )


def _overlap(draw: Draw, one: Method, other: Method) -> bool | None:
    """None where the other gains nothing."""
    if not draw.gain(other) >= GAIN:
        return None
    if not np.isfinite([draw[one], draw[other]]).all():
        return False
    apart = abs(draw[one].mean() - draw[other].mean())
    return bool(apart <= _half(draw[one]) + _half(draw[other]))


def _half(errors: np.ndarray) -> float:
    """Half the length of the mean's interval."""
    count = len(errors)
    reach = stats.t.ppf((1 + CONFIDENCE) / 2, count - 1)
    return float(reach * errors.std(ddof=1) / np.sqrt(count))
