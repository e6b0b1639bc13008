"""C6: with an LSTM neither the past's concentration nor its worth is left."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from papers.claims.c3 import fractions
from papers.multiverse.draw import Draw
from papers.multiverse.gradient_parts import LENGTHS, PAST, PAST_ROWS, PRESENT, PRESENT_ROWS
from papers.multiverse.methods import CONTROLS, NONE
from papers.multiverse.universe import Universe
from papers.multiverse.worlds.lstm import EXACTS
from papers.pointed import AbstractPointClaim
from papers.result import Figure, Table
from papers.setting import EXACT

# A difference in concentration that counts as none.
NEAR = 0.1


def _universe(reading: str, unit: str, past: str, present: str) -> Universe:
    return Universe(
        "lstm",
        f"{reading}, the top-1 singular fraction of g_past is at most {NEAR:g} above that of g_imm "
        "(means over three optimizers of the medians over the seeds, after adaptation by exact "
        "RTRL), and immediate and exact RTRL with Adam end level; untold where gradients vanish or "
        "diverge",
        lambda draw: _collapsed(draw, past, present),
        lambda draw: _apart(draw, past, present),
        None,
        f"top-1 singular fraction, g_past less g_imm, {unit}",
    )


@dataclass(frozen=True)
class C6(AbstractPointClaim):
    """The signature of C3 on another cell and task, and the gap that C1 denies."""

    id: ClassVar[str] = "C6"
    statement: ClassVar[str] = (
        "With an LSTM neither exact RTRL's direction nor its advantage is left"
    )
    paper: ClassVar[str] = "both collapse"
    notes: ClassVar[tuple[str, ...]] = (
        "Read twice, as C3 is. The weights of all gates are one matrix. Beside the frozen network "
        "stands what is measured at the moment of the shift.",
        "The three optimizers are Adam, SGD and RMSprop.",
    )
    methods: ClassVar = (*CONTROLS, *EXACTS[1:], NONE)
    numbers: ClassVar = (PAST, PRESENT, PAST_ROWS, PRESENT_ROWS, LENGTHS)

    points: tuple[tuple[str, str], ...] = (
        ("lstm", "next step, readout held"),
        ("lstm", "ten ahead"),
        ("lstm", "orthogonal start, ten ahead"),
    )

    universes: ClassVar[tuple[Universe, ...]] = (
        _universe("summed over the rows", "summed", PAST, PRESENT),
        _universe("row by row", "row by row", PAST_ROWS, PRESENT_ROWS),
    )

    def figure(self, tables: tuple[Table, ...]) -> Figure:
        return Figure("bars", "Error of an LSTM after the shift", tables=tuple(range(len(tables))))


def _apart(draw: Draw, past: str, present: str) -> float:
    one, other = (float(np.mean(fractions(draw, name, EXACTS))) for name in (past, present))
    return one - other


def _collapsed(draw: Draw, past: str, present: str) -> bool | None:
    apart = _apart(draw, past, present)
    return None if np.isnan(apart) else bool(apart <= NEAR and draw.level(NONE, EXACT))
