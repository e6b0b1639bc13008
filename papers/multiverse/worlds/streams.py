"""Stretches of real series that drift."""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

import numpy as np

from papers import baselines, data
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
    SIZE,
    WEIGHTS,
    WINDOW,
)
from papers.multiverse.methods import ALONE, NONE_RMSPROP
from papers.multiverse.network import Network, Shape
from papers.multiverse.space import Factor, Protocol, Space
from papers.multiverse.world import AdaptationWorld, Stretches
from papers.setting import FROZEN, Method
from papers.tasks.base import Phase
from papers.tasks.benchmark import FILES
from papers.tasks.stretch import Stretch

STREAM, BEGINS, CELL = "stream", "begins at", "cell"
SCALING, LABELS, COSTLY = "scaling by", "labels before as inputs", "optimizer of what costs more"
LAST, LINEAR = "last label", "online linear"
# What carries credit through time, and so costs more.
RULES = ("rtrl", "sparse-rtrl:k=4", "tbptt:window=10", "eprop")


class StreamsWorld(AdaptationWorld):
    """See `Stretch`. Errors are the share of errors (elec2) or 1 - R²."""

    name: ClassVar[str] = "streams"
    methods: ClassVar[tuple[Method, ...]] = (FROZEN, ALONE, NONE_RMSPROP)

    @property
    def space(self) -> Space:
        return Space(
            self.name,
            (
                Factor(STREAM, tuple(FILES)),
                Factor(BEGINS, (0.0, 0.3, 0.6, 0.9)),
                Factor(SCALING, ("first rows", "rows so far")),
                Factor(LABELS, (1, 0, 3)),
                Factor(CELL, ("rnn", "gru")),
                Factor(SIZE, (32, 16)),
                Factor(WEIGHTS, ("own", "gaussian 1", "orthogonal 1")),
                Factor(INPUTS, ("own", "small")),
                Factor(READOUT, ("zero", "small", "uniform")),
                Factor(PRETRAINING, ("tbptt:window=10", "immediate")),
                Factor(OPTIMIZER, ("adam", "rmsprop-corrected")),
                Factor(PRE_RATE, (1e-3, 3e-4, 3e-3)),
                Factor(SAMPLES, (1000, 500, 0)),
                Factor(RATE, (1e-3, 1e-4, 3e-4, 3e-3, 1e-2)),
                Factor(COSTLY, ("adam", "rmsprop-corrected")),
                Factor(WINDOW, (1500, 1500, 3000)),
                Factor(SCORE, ("whole window", "last third")),
                Factor(PLASTIC, ("all",)),
            ),
        )

    @property
    def points(self) -> Mapping[str, Protocol]:
        return {f"{name}, its first rows": {STREAM: name, WINDOW: 3000} for name in FILES}

    def missing(self) -> str | None:
        return data.missing(FILES.values())

    def task(self, protocol: Protocol) -> Stretch:
        """The stretch of a protocol."""
        return Stretch(
            protocol[STREAM],
            warmup=self.rows(protocol[SAMPLES]) if protocol[SAMPLES] else 0,
            rows=self.rows(protocol[WINDOW]),
            begins=protocol[BEGINS],
            scaling=protocol[SCALING],
            labels=protocol[LABELS],
        )

    def stretches(self, protocol: Protocol, seed: int) -> Stretches:
        task = self.task(protocol)
        before, after = task.before(seed), task.after(seed)
        return Stretches(before, after, Phase(after.x[:0], after.y[:0]))

    def shape(self, protocol: Protocol, stretches: Stretches) -> Shape:
        plain = super().shape(protocol, stretches)
        classes = 2 if protocol[STREAM] == "elec2" else 0
        return replace(plain, cell=protocol[CELL], classes=classes)

    def tried(self, protocol: Protocol) -> tuple[Method, ...]:
        return (*self.methods, *costly(protocol))

    def error(self, prediction: np.ndarray, y: np.ndarray) -> float:
        name = "elec2" if prediction.shape[1] > y.shape[1] else "etth1"
        return float(Stretch(name).errors(prediction, y)[0])

    def pretrained(
        self, protocol: Protocol, shape: Shape, stretches: Stretches, seed: int
    ) -> tuple[Network, bool]:
        """A network that has seen some rows. Few rows need not have taught it anything."""
        network, _ = super().pretrained(protocol, shape, stretches, seed)
        return network, True

    def measure(self, protocol: Protocol, name: str) -> Draw:
        found, task = super().measure(protocol, name), self.task(protocol)
        opponents = {LAST: baselines.last_label(task, 0), LINEAR: baselines.linear(task, 0)}
        numbers = {key: np.full(self.seeds, error[0]) for key, error in opponents.items()}
        return replace(found, numbers=numbers)

    def cost(self, protocol: Protocol) -> float:
        wide = (protocol[SIZE] / 32) ** 3 * (2 if protocol[CELL] == "gru" else 1 / 3)
        return protocol[WINDOW] / 1000 * (1 + wide)


def costly(protocol: Protocol) -> tuple[Method, ...]:
    """What costs more than immediate derivatives, with the optimizer that a protocol has."""
    return tuple(Method(rule, protocol[COSTLY]) for rule in RULES)
