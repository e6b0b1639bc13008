"""A sine whose frequency shifts, followed by an LSTM."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from papers.multiverse.factors import (
    INPUTS,
    PLASTIC,
    PRECISION,
    PRETRAINING,
    READOUT,
    SAMPLES,
    SIZE,
    WEIGHTS,
    WINDOW,
)
from papers.multiverse.methods import (
    CONTROLS,
    EXACT_RMSPROP,
    EXACT_SGD,
    NONE,
    NONE_RMSPROP,
    NONE_SGD,
    SHARED,
    SPARSE,
)
from papers.multiverse.space import Factor, Protocol, Space
from papers.multiverse.worlds.sine import HORIZON, SineWorld
from papers.multiverse.worlds.splitting import SplittingWorld
from papers.setting import EXACT, Method

EXACTS = (EXACT, EXACT_SGD, EXACT_RMSPROP)
PRESENTS = (NONE, NONE_SGD, NONE_RMSPROP)


@dataclass(frozen=True)
class LSTMWorld(SplittingWorld, SineWorld):
    """The protocols of `SineWorld` for an LSTM of a few units, for its exact credit is dear: none
    is pre-trained by it. Its weights start gate by gate as those of a vanilla network.

    Where all weights are plastic gradients split as in `CortexWorld`: at the shift, and after each
    optimizer has learnt by exact credit.
    """

    name: ClassVar[str] = "lstm"
    cell: ClassVar[str] = "lstm"
    split: ClassVar[tuple[Method, ...]] = (*EXACTS, *PRESENTS)
    methods: ClassVar[tuple[Method, ...]] = (
        *CONTROLS,
        *(EXACT_SGD, EXACT_RMSPROP, SPARSE, SHARED),
        *PRESENTS,
    )

    @property
    def space(self) -> Space:
        own = {
            PRETRAINING: Factor(PRETRAINING, ("tbptt:window=20", "immediate")),
            SIZE: Factor(SIZE, (32, 16, 16)),
        }
        factors = super().space.factors
        return Space(self.name, tuple(own.get(factor.name, factor) for factor in factors))

    @property
    def points(self) -> Mapping[str, Protocol]:
        return {
            "next step, readout held": {},
            "ten ahead": {HORIZON: 10, PLASTIC: "all"},
            "orthogonal start, ten ahead": {
                WEIGHTS: "orthogonal 1",
                INPUTS: "small",
                READOUT: "small",
                HORIZON: 10,
                PLASTIC: "all",
            },
        }

    def cost(self, protocol: Protocol) -> float:
        wide = 2 if protocol[PRECISION] == "float64" else 1
        rows = protocol[SAMPLES] / 3 + 3 * protocol[WINDOW]
        return wide * (protocol[SIZE] / 16) ** 2 * rows * 6e-4
