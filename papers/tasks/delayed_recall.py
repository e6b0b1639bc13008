"""Repeating the input of some samples ago, learnt from nothing."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from onward.streams import synthetic
from papers.tasks.base import AbstractTask, Phase


@dataclass(frozen=True)
class DelayedRecall(AbstractTask):
    """x_t = √ν c_t + √(2(1-ν)) sin(φ + 2π·frequency·t) with fair signs c_t; y_t = x_{t-delay}.

    At ν = 0 the input is a sine, whose past can be read off its present; at ν = 1 nothing but
    memory tells the label. The power is 1, and so is the error of predicting 0, which is what an
    untrained network does. There is no pre-training: the shift is from no task to this one.

    Attributes:
        delay: samples.
        noise: ν, the share of signs in the power.
        frequency: of the sine, cycles a sample.
        adaptation: samples.
        scored: the last samples, whose predictions count; they are still learnt from.
    """

    delay: int = 4
    noise: float = 1.0
    frequency: float = 0.05
    adaptation: int = 3000
    scored: int = 1000

    @property
    def about(self) -> str:
        return f"{'recall' if self.noise else 'sine'}, {self.delay} ago"

    def before(self, seed: int) -> Phase:
        nothing = np.empty((0, 1), np.float32)
        return Phase(nothing, nothing)

    def after(self, seed: int) -> Phase:
        signs = synthetic.DelayedRecall(self.delay, self.adaptation, seed)
        drawn = next(iter(signs.chunks(self.adaptation)))
        return Phase(self._mixed(drawn.x, 0, seed), self._mixed(drawn.y, self.delay, seed))

    def shrunk(self, factor: int) -> Self:
        return self

    def errors(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        return super().errors(prediction[-self.scored :], y[-self.scored :])

    def _mixed(self, signs: np.ndarray, age: int, seed: int) -> np.ndarray:
        first = np.random.default_rng(seed).uniform(0, 2 * np.pi)
        cycles = 2 * np.pi * self.frequency * (np.arange(len(signs)) - age)
        wave = np.sqrt(2 * (1 - self.noise)) * np.sin(first + cycles)[:, None]
        return (np.sqrt(self.noise) * signs + wave).astype(np.float32)
