"""The Lorenz system whose ρ shifts, and for comparison a sine: how much seeds differ."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np

from papers.multiverse.factors import (
    ADAPTATION,
    PLASTIC,
    PRECISION,
    PRECISIONS,
    PRETRAINING,
    RATE,
    SAMPLES,
    SIZE,
    START,
    TRAINING,
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
from papers.multiverse.network import Network, Shape
from papers.multiverse.space import Factor, Protocol, Space
from papers.multiverse.world import AFTERWARDS, AdaptationWorld, Stretches
from papers.multiverse.worlds.sine import SineWorld
from papers.setting import EXACT, FROZEN, Method
from papers.tasks import LorenzShift
from papers.tasks.base import Phase

HORIZON, SHIFTED, SCALE = "samples ahead", "shifted rho", "input scale"
# Samples before the shift and after it that are computed: the most that a protocol asks for.
LONGEST, WIDEST = 5100, 1000 + AFTERWARDS
SIZES = Factor(SIZE, (64, 32, 32, 32, 32))
WINDOWS = Factor(WINDOW, (1000, 300, 100))


@dataclass(frozen=True)
class LorenzWorld(AdaptationWorld):
    """x_t the three coordinates times the scale, y_t those some samples ahead; see `LorenzShift`.
    ρ is 28 before the shift."""

    name: ClassVar[str] = "lorenz"
    draws: int = 210
    seeds: int = 20
    methods: ClassVar[tuple[Method, ...]] = (
        *CONTROLS,
        *(EXACT_SGD, EXACT_RMSPROP),
        *(SPARSE, SHARED),
        *(NONE, NONE_SGD, NONE_RMSPROP),
    )

    @property
    def space(self) -> Space:
        adaptation = [factor for factor in ADAPTATION if factor.name != WINDOW]
        return Space(
            self.name,
            (
                *START,
                *TRAINING,
                Factor(HORIZON, (1, 1, 5, 10)),
                Factor(SHIFTED, (35.0, 32.0, 45.0)),
                Factor(SCALE, (1.0, 0.5, 2.0)),
                *adaptation,
                WINDOWS,
                *(SIZES, PRECISIONS),
            ),
        )

    @property
    def points(self) -> Mapping[str, Protocol]:
        return {
            "next step": {PLASTIC: "all"},
            "next step, larger rate": {PLASTIC: "all", RATE: 1e-2},
            "next step, readout held": {},
        }

    def stretches(self, protocol: Protocol, seed: int) -> Stretches:
        values, shift = _series(protocol[SHIFTED], seed), LONGEST
        rows = self.rows(protocol[SAMPLES])
        window = self.rows(protocol[WINDOW])
        scaled, ahead = values * np.float32(protocol[SCALE]), protocol[HORIZON]
        # The first label after the shift is the first value of the new law.
        parts = (
            (shift - rows, shift),
            (shift, shift + window),
            (shift + window, shift + window + AFTERWARDS),
        )
        return Stretches(
            *(Phase(scaled[low - ahead : high - ahead], values[low:high]) for low, high in parts)
        )

    def cost(self, protocol: Protocol) -> float:
        return cost(protocol, 3.0)


@dataclass(frozen=True)
class SineSpreadWorld(SineWorld):
    """The protocols of `SineWorld` with as many seeds as `LorenzWorld` has: no chaos there."""

    name: ClassVar[str] = "sine-spread"
    draws: int = 220
    seeds: int = 20
    methods: ClassVar[tuple[Method, ...]] = (FROZEN, EXACT, SPARSE)

    @property
    def space(self) -> Space:
        # Twenty seeds of larger networks take long, and a control has to be no larger.
        size = Factor(SIZE, (32,))
        return Space(
            self.name,
            tuple(size if factor.name == SIZE else factor for factor in super().space.factors),
        )

    def numbers(
        self, protocol: Protocol, shape: Shape, network: Network, stretches: Stretches
    ) -> Mapping[str, float]:
        return {}

    def cost(self, protocol: Protocol) -> float:
        return cost(protocol, 1.0)


def cost(protocol: Protocol, adapting: float) -> float:
    """Seconds of twenty seeds, roughly.

    Args:
        protocol: of the draw.
        adapting: how much a row of all the methods costs beside a row of exact RTRL.
    """
    trained = protocol[SAMPLES] * (1.0 if protocol[PRETRAINING] == "rtrl" else 0.3)
    rows = trained + adapting * protocol[WINDOW]
    wide = 2 if protocol[PRECISION] == "float64" else 1
    return wide * (protocol[SIZE] / 32) ** 3 * rows * 1e-3


@lru_cache(maxsize=128)
def _series(shifted: float, seed: int) -> np.ndarray:
    """Scaled coordinates; the row `LONGEST` is the first of the new law."""
    task = LorenzShift(0, LONGEST, WIDEST, shifted=shifted)
    return np.concatenate([task.before(seed).x, task.after(seed).x])
