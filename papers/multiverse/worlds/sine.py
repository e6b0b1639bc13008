"""A sine whose frequency shifts, followed by a vanilla network."""

from collections.abc import Mapping
from typing import ClassVar

from papers.multiverse.factors import (
    ADAPTATION,
    INPUTS,
    NETWORK,
    PLASTIC,
    PRECISION,
    PRETRAINING,
    READOUT,
    SAMPLES,
    SIZE,
    START,
    TRAINING,
    WEIGHTS,
    WINDOW,
)
from papers.multiverse.jacobian import at_the_shift
from papers.multiverse.methods import (
    CONTROLS,
    EXACT_RMSPROP,
    EXACT_SGD,
    LARGEST,
    NONE,
    NONE_MOMENTUM,
    NONE_RMSPROP,
    NONE_SGD,
    PATHS,
    SHARED,
    SLOW_SGD,
    SMALLEST,
    SPARSE_SGD,
    TRACES,
)
from papers.multiverse.network import Network, Shape
from papers.multiverse.space import Factor, Protocol, Space
from papers.multiverse.world import AFTERWARDS, AdaptationWorld, Stretches
from papers.setting import Method
from papers.tasks import SineShift
from papers.tasks.base import Phase

HORIZON, SHIFTED, SCALE = "samples ahead", "shifted frequency", "input scale"


class SineWorld(AdaptationWorld):
    """x_t = scale · sin, y_t the sine some samples ahead; see `SineShift`. Frequency .05 before."""

    name: ClassVar[str] = "sine"
    methods: ClassVar[tuple[Method, ...]] = (
        *CONTROLS,
        *(EXACT_SGD, EXACT_RMSPROP),
        *(*PATHS.values(), LARGEST, SMALLEST, SHARED, SPARSE_SGD),
        *(NONE, NONE_SGD, NONE_MOMENTUM, NONE_RMSPROP),
        *(*TRACES.values(), SLOW_SGD),
    )

    @property
    def space(self) -> Space:
        return Space(
            self.name,
            (
                *START,
                *TRAINING,
                Factor(HORIZON, (1, 1, 5, 10, 50)),
                Factor(SHIFTED, (0.08, 0.06, 0.07, 0.1)),
                Factor(SCALE, (1.0, 0.5, 2.0)),
                *ADAPTATION,
                *NETWORK,
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
            "orthogonal start, ten ahead": {**rotated, HORIZON: 10, PLASTIC: "all"},
        }

    def stretches(self, protocol: Protocol, seed: int) -> Stretches:
        samples = self.rows(protocol[SAMPLES])
        window = self.rows(protocol[WINDOW])
        task = SineShift(protocol[HORIZON], 0.05, protocol[SHIFTED], samples, window + AFTERWARDS)
        scaled = lambda phase: Phase(phase.x * protocol[SCALE], phase.y)  # noqa: E731
        before, after = scaled(task.before(seed)), scaled(task.after(seed))
        return Stretches(
            before,
            Phase(after.x[:window], after.y[:window]),
            Phase(after.x[window:], after.y[window:]),
        )

    def numbers(
        self, protocol: Protocol, shape: Shape, network: Network, stretches: Stretches
    ) -> Mapping[str, float]:
        return at_the_shift(shape, network, stretches.after)

    def cost(self, protocol: Protocol) -> float:
        return (protocol[SIZE] / 32) ** 3 * (2 if protocol[PRECISION] == "float64" else 1)
