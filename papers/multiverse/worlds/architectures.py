"""Every architecture under the same protocol, to be told apart by what it needs."""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

import jax
import numpy as np

from onward.learning.architecture import Architecture, probe
from onward.runs import CELLS
from papers.multiverse.draw import Draw
from papers.multiverse.factors import (
    INPUTS,
    OPTIMIZER,
    PLAIN,
    PLASTIC,
    PRE_RATE,
    PRETRAINING,
    RATE,
    READOUT,
    SAMPLES,
    SCORE,
    SCORES,
    SIZE,
    WEIGHTS,
    WINDOW,
)
from papers.multiverse.methods import NONE, NONE_MOMENTUM, NONE_RMSPROP, NONE_SGD
from papers.multiverse.network import Network, Shape
from papers.multiverse.space import Factor, Protocol, Space
from papers.multiverse.world import Stretches
from papers.multiverse.worlds.parts import PartedSineWorld
from papers.multiverse.worlds.sine import HORIZON, SCALE, SHIFTED
from papers.setting import FROZEN, Method

CELL = "cell"
CURVATURE, BYPASS = "curvature of the state's update", "output bypass"
# Those with a matrix that a protocol can draw; the others start as they are.
MATRICES = ("rnn", "ctrnn", "gru", "gru-reset-before", "mgu", "lstm", "slstm")
OTHERS = ("lru", "rtu", "min-gru", "rwkv", "linear-attention")
PLAINLY, NORMALISED = (NONE_SGD, NONE_MOMENTUM), (NONE, NONE_RMSPROP)
# Of the frozen network's error: less is no need of normalisation.
NEED = 0.1


class ArchitecturesWorld(PartedSineWorld):
    """The shifting sine, followed by twelve cells with the immediate derivative; see `SineWorld`.

    IndRNN is not among them: its linear rectifiers diverge while they are pre-trained.
    """

    name: ClassVar[str] = "architectures"
    methods: ClassVar[tuple[Method, ...]] = (FROZEN, *PLAINLY, *NORMALISED)
    least: ClassVar[int] = 10

    @property
    def space(self) -> Space:
        return Space(
            self.name,
            (
                Factor(WEIGHTS, ("own", "gaussian 1", "orthogonal 1")),
                Factor(INPUTS, ("own", "small")),
                Factor(READOUT, ("zero", "small", "uniform")),
                Factor(PRETRAINING, ("immediate",)),
                Factor(OPTIMIZER, ("adam", "rmsprop-corrected")),
                Factor(PRE_RATE, (1e-3, 3e-4, 3e-3)),
                Factor(SAMPLES, (5000, 500, 500, 500, 1500, 1500, 1500)),
                Factor(HORIZON, (1, 1, 5, 10)),
                Factor(SHIFTED, (0.08, 0.06, 0.07, 0.1)),
                Factor(SCALE, (1.0, 0.5, 2.0)),
                Factor(RATE, (1e-3, 1e-4, 3e-4, 3e-3, 1e-2)),
                Factor(PLAIN, (1, 10, 100)),
                Factor(WINDOW, (300, 100)),
                Factor(SCORE, SCORES),
                Factor(PLASTIC, ("recurrent", "all")),
                Factor(SIZE, (64, 32)),
            ),
        )

    @property
    def points(self) -> Mapping[str, Protocol]:
        return {
            "next step, readout held": {},
            "ten ahead": {HORIZON: 10, PLASTIC: "all"},
            "next step, readout held, plain rates a hundred times": {PLAIN: 100},
        }

    def parts(self, protocol: Protocol) -> Mapping[str, Protocol]:
        own = {WEIGHTS: "own", INPUTS: "own"}
        drawn = {cell: {CELL: cell} for cell in MATRICES}
        return drawn | {cell: {CELL: cell, **own} for cell in OTHERS}

    def shape(self, protocol: Protocol, stretches: Stretches) -> Shape:
        return replace(super().shape(protocol, stretches), cell=protocol[CELL])

    def numbers(
        self, protocol: Protocol, shape: Shape, network: Network, stretches: Stretches
    ) -> Mapping[str, float]:
        found = probe(CELLS[shape.cell](shape.features, shape.size, key=jax.random.key(0)))
        return {CURVATURE: found.curvature, BYPASS: found.bypass}

    def cost(self, protocol: Protocol) -> float:
        return protocol[SAMPLES] / 700 + protocol[WINDOW] / 150


def right(
    draw: Draw, plain: tuple[Method, ...] = (NONE_SGD,), normalised: tuple[Method, ...] = (NONE,)
) -> float:
    """The part of the cells that the architectural rule is right about, in per cent.

    A cell needs normalisation where the best of the second methods saves a tenth of the frozen
    network's error over the best of the first; who does worse than frozen counts as frozen.
    """
    hits = []
    for cell in draw.parts():
        part = draw.part(cell)
        frozen = part[FROZEN].mean()
        slow, quick = (
            min(np.minimum(part[one], part[FROZEN]).mean() for one in group)
            for group in (plain, normalised)
        )
        shape = Architecture(part.number(CURVATURE), part.number(BYPASS))
        hits.append(shape.needs_normalisation == bool(slow - quick >= NEED * frozen))
    return 100 * float(np.mean(hits))
