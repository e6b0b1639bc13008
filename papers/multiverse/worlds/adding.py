"""The adding problem: labels at the ends of sequences only, or at each sample."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from papers.multiverse.factors import PLAIN, PLASTIC, RATE, RATES, SCORE, SIZE, START
from papers.multiverse.network import Network, Shape, follow
from papers.multiverse.space import Factor, Protocol, Space
from papers.multiverse.world import AdaptationWorld, Stretches
from papers.setting import FROZEN, Method
from papers.tasks import Adding
from papers.tasks.base import Phase

LENGTH, SEQUENCES, LABELS = "samples a sequence", "sequences", "labels"
OPTIMIZER = "optimizer"
TERMINAL, CONTINUOUS = "at the end", "at each sample"
# Stands for what the draw's factor says.
OPEN = "the optimizer of the draw"
EXACT, SPARSE, SHARED, NONE, BACKPROPAGATION, ALONE = (
    Method(rule, OPEN)
    for rule in (
        "rtrl",
        "sparse-rtrl:k=4",
        "sparse-rtrl:k=4,support=shared",
        "immediate",
        "tbptt:window=20",
        "readout-only",
    )
)
HALF, AFTERWARDS = "last half", "frozen afterwards"
# Sequences on which what was learnt is scored afterwards.
LATER = 250


@dataclass(frozen=True)
class AddingWorld(AdaptationWorld):
    """Two marked numbers of a sequence are to be added; see `Adding`. Learnt from nothing, and
    scored by the ends of sequences alone."""

    name: ClassVar[str] = "adding"
    # One in five has a label at each sample, and is no case of the claim.
    draws: int = 250
    methods: ClassVar[tuple[Method, ...]] = (
        FROZEN, ALONE, EXACT, SPARSE, SHARED, NONE, BACKPROPAGATION,
    )  # fmt: skip

    @property
    def space(self) -> Space:
        return Space(
            self.name,
            (
                *START,
                Factor(LENGTH, (20, 4, 6, 10)),
                Factor(SEQUENCES, (500, 250, 500, 1000, 5000)),
                Factor(LABELS, (TERMINAL,) * 4 + (CONTINUOUS,)),
                RATES,
                Factor(OPTIMIZER, ("adam", "rmsprop-corrected", "sgd")),
                Factor(PLAIN, (10, 1, 100)),
                Factor(SCORE, (HALF, AFTERWARDS)),
                Factor(PLASTIC, ("all", "all", "recurrent")),
                Factor(SIZE, (32, 16, 16)),
            ),
        )

    @property
    def points(self) -> Mapping[str, Protocol]:
        return {
            "sequences of 20": {},
            "sequences of 20, larger rate": {RATE: 1e-2},
            "sequences of 6": {LENGTH: 6, SEQUENCES: 5000, RATE: 3e-3},
            "sequences of 6, smaller rate": {LENGTH: 6, SEQUENCES: 5000},
            "a label at each sample": {LABELS: CONTINUOUS},
        }

    def stretches(self, protocol: Protocol, seed: int) -> Stretches:
        learnt = max(20, protocol[SEQUENCES] // self.factor)
        task = Adding(protocol[LENGTH], learnt + LATER, terminal=protocol[LABELS] == TERMINAL)
        border, all_ = learnt * protocol[LENGTH], task.after(seed)
        return Stretches(
            task.before(seed),
            Phase(all_.x[:border], all_.y[:border]),
            Phase(all_.x[border:], all_.y[border:]),
        )

    def scored(
        self,
        protocol: Protocol,
        shape: Shape,
        method: Method,
        network: Network,
        stretches: Stretches,
    ) -> tuple[Network, float]:
        """As for any world, by the ends of sequences, and with the optimizer of the draw."""
        if method.optimizer == OPEN:
            method = replace(method, optimizer=protocol[OPTIMIZER])
        rates, y = self.rates(protocol, method), stretches.after.y
        end, predicted = follow(shape, method, network, rates, stretches.after)
        if protocol[SCORE] == AFTERWARDS:
            _, predicted = follow(shape, FROZEN, end, (0.0, 0.0), stretches.later)
            y = stretches.later.y
        ends = slice(protocol[LENGTH] - 1, None, protocol[LENGTH])
        predicted, y = predicted[ends], y[ends]
        half = 0 if protocol[SCORE] == AFTERWARDS else len(y) // 2
        with np.errstate(over="ignore", invalid="ignore"):
            error = self.error(predicted[half:], y[half:])
        return end, error if np.isfinite(error) else np.inf

    def cost(self, protocol: Protocol) -> float:
        rows = protocol[LENGTH] * protocol[SEQUENCES]
        return protocol[SIZE] / 32 * rows * 4e-4
