"""The same protocol at a width and at four times that width."""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from papers.multiverse.draw import Draw
from papers.multiverse.factors import (
    INPUTS,
    OPTIMIZER,
    PLASTIC,
    PRE_RATE,
    PRETRAINING,
    RATE,
    READOUT,
    SAMPLES,
    SCORE,
    SCORES,
    SIZE,
    START,
    WEIGHTS,
    WINDOW,
)
from papers.multiverse.methods import ALONE, NONE, SHARED, SPARSE, TRACES
from papers.multiverse.network import Shape
from papers.multiverse.space import Factor, Protocol, Space
from papers.multiverse.world import QUICK, Stretches
from papers.multiverse.worlds.parts import PartedSineWorld
from papers.multiverse.worlds.sine import HORIZON, SCALE, SHIFTED
from papers.setting import BACKPROPAGATED, EXACT, FROZEN, Method

SMALL, LARGE = "small", "large"
SMALLER, REFERENCE, SCALED = "smaller n", "reference", "rate with n"
# How many times the small network's units the large one has.
TIMES = 4
# Exact credit takes 4 ms a sample at 128 units and 42 ms at 256: there in short windows only.
WIDE, SHORT = 256, 100
TRUNCATED = BACKPROPAGATED.method
REFERENCES = ("exact RTRL, at n=256 in 100 samples only", "TBPTT(20)")


class WidthWorld(PartedSineWorld):
    """The shifting sine at n and at 4n units; see `SineWorld`."""

    name: ClassVar[str] = "width"
    methods: ClassVar[tuple[Method, ...]] = (
        *(FROZEN, ALONE, SPARSE, SHARED),
        *(NONE, *TRACES.values()),
    )
    least: ClassVar[int] = 2

    @property
    def space(self) -> Space:
        return Space(
            self.name,
            (
                Factor(SMALLER, (64, 32, 32, 32)),
                Factor(REFERENCE, REFERENCES),
                Factor(SCALED, ("the same", "as 64/n")),
                *START,
                Factor(PRETRAINING, ("tbptt:window=20", "immediate")),
                Factor(OPTIMIZER, ("adam", "rmsprop-corrected")),
                Factor(PRE_RATE, (1e-3, 3e-4, 3e-3)),
                Factor(SAMPLES, (5000, 500, 1500)),
                Factor(HORIZON, (1, 1, 5, 10)),
                Factor(SHIFTED, (0.08, 0.06, 0.07, 0.1)),
                Factor(SCALE, (1.0, 0.5, 2.0)),
                Factor(RATE, (1e-3, 1e-4, 3e-4, 3e-3, 1e-2)),
                Factor(WINDOW, (300, 100, 100)),
                Factor(SCORE, SCORES),
                Factor(PLASTIC, ("recurrent", "all")),
            ),
        )

    @property
    def points(self) -> Mapping[str, Protocol]:
        rotated = {WEIGHTS: "orthogonal 1", INPUTS: "small", READOUT: "small",
                   PRETRAINING: "immediate", SAMPLES: 1500}  # fmt: skip
        return {
            "next step, readout held": {},
            "ten ahead": {HORIZON: 10, PLASTIC: "all"},
            "orthogonal start, next step, readout held": rotated,
        }

    def parts(self, protocol: Protocol) -> Mapping[str, Protocol]:
        smaller = protocol[SMALLER] if self.factor == 1 else QUICK
        scaled = protocol[SCALED] != "the same"
        return {
            label: {SIZE: size, RATE: protocol[RATE] * (64 / size if scaled else 1)}
            for label, size in ((SMALL, smaller), (LARGE, TIMES * smaller))
        }

    def shape(self, protocol: Protocol, stretches: Stretches) -> Shape:
        return replace(super().shape(protocol, stretches), size=protocol[SIZE])

    def tried(self, protocol: Protocol) -> tuple[Method, ...]:
        affordable = protocol[SIZE] < WIDE or protocol[WINDOW] <= SHORT
        exact = affordable and protocol[REFERENCE] == REFERENCES[0]
        return (EXACT if exact else TRUNCATED, *self.methods)

    def cost(self, protocol: Protocol) -> float:
        exact = protocol[REFERENCE] == REFERENCES[0]
        if protocol[SMALLER] < 64:
            return protocol[WINDOW] / (30 if exact else 80)
        return protocol[WINDOW] / 15 + (20 if exact and protocol[WINDOW] <= SHORT else 0)


def reference(part: Draw) -> Method:
    """What stands for all that can be recovered at one of the widths."""
    return EXACT if part.has(EXACT) else TRUNCATED


def recovery(draw: Draw, label: str) -> float:
    """By k = 4 at one of the widths, in per cent."""
    part = draw.part(label)
    return part.recovery(SPARSE, reference(part))


def best_decay(draw: Draw, label: str) -> float:
    """The decay of the least mean error at one of the widths; 0 is no trace."""
    part = draw.part(label)
    decays = {0.0: NONE, **TRACES}
    return min(decays, key=lambda decay: float(part[decays[decay]].mean()))
