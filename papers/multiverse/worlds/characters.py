"""The next character of a text, learnt from nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from papers import data
from papers.multiverse.factors import (
    PLASTIC,
    PRECISION,
    RATE,
    RATES,
    SCORE,
    SCORES,
    SIZE,
    START,
    WINDOW,
)
from papers.multiverse.methods import EXACT_RMSPROP, NONE_RMSPROP
from papers.multiverse.network import Shape
from papers.multiverse.space import Factor, Protocol, Space
from papers.multiverse.world import AFTERWARDS, AdaptationWorld, Stretches
from papers.setting import FROZEN, Method
from papers.tasks import Characters
from papers.tasks.base import Phase
from papers.tasks.characters import LEAST, SYMBOLS


@dataclass(frozen=True)
class CharactersWorld(AdaptationWorld):
    """x_t: a character of Shakespeare, y_t: the next; see `Characters`. A learnt vector stands for
    each. The error is the cross-entropy in nats.

    Exact credit reaches every vector, which is dear: stretches are a few thousand characters. With
    the readout held at its start hardly anything is learnt, so every weight is plastic.
    """

    name: ClassVar[str] = "characters"
    methods: ClassVar[tuple[Method, ...]] = (FROZEN, EXACT_RMSPROP, NONE_RMSPROP)

    @property
    def space(self) -> Space:
        return Space(
            self.name,
            (
                *START,
                RATES,
                Factor(WINDOW, (3000, 1000, 6000)),
                Factor(SCORE, SCORES),
                Factor(PLASTIC, ("all",)),
                Factor(SIZE, (32, 16)),
                Factor(PRECISION, ("float32",)),
            ),
        )

    @property
    def points(self) -> Mapping[str, Protocol]:
        ends = {SCORE: "last third"}
        return {"the end of a stretch": ends, "the end, larger rate": ends | {RATE: 3e-3}}

    def missing(self) -> str | None:
        return data.missing(Characters().files)

    def shape(self, protocol: Protocol, stretches: Stretches) -> Shape:
        size = max(8, protocol[SIZE] // self.factor)
        return Shape(self.cell, size, 1, 1, protocol[PRECISION], (), SYMBOLS, SYMBOLS)

    def stretches(self, protocol: Protocol, seed: int) -> Stretches:
        window = self.rows(protocol[WINDOW])
        task = Characters(length=window + AFTERWARDS)
        x, y = task.after(seed)
        return Stretches(
            task.before(seed), Phase(x[:window], y[:window]), Phase(x[window:], y[window:])
        )

    def error(self, prediction: np.ndarray, y: np.ndarray) -> float:
        given = prediction[np.arange(len(y)), y[:, 0].astype(int)].astype(np.float64)
        return float(-np.mean(np.log(np.maximum(given, LEAST))))

    def cost(self, protocol: Protocol) -> float:
        return protocol[WINDOW] * protocol[SIZE] / 32 * 1e-3
