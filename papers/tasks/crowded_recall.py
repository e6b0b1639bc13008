"""Repeating one of many inputs of some samples ago, learnt from nothing."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from papers.tasks.base import AbstractTask, Phase


@dataclass(frozen=True)
class CrowdedRecall(AbstractTask):
    """x_t: independent fair signs, one a channel; y_t: that of the first channel `delay` before.

    Who stores fewer numbers of a sample than there are channels, in directions drawn at random,
    keeps but a part of the one that is asked for: it takes credit through time to learn what to
    store. The error of predicting 0 is 1, which is what an untrained network does. There is no
    pre-training: the shift is from no task to this one.

    Attributes:
        delay: samples.
        channels: signs a sample.
        adaptation: samples.
        scored: the last samples, whose predictions count; they are still learnt from.
    """

    delay: int = 2
    channels: int = 48
    adaptation: int = 4000
    scored: int = 1000

    @property
    def about(self) -> str:
        return f"recall of one in {self.channels}, {self.delay} ago"

    def before(self, seed: int) -> Phase:
        return Phase(np.empty((0, self.channels), np.float32), np.empty((0, 1), np.float32))

    def after(self, seed: int) -> Phase:
        shape = (self.adaptation + self.delay, self.channels)
        signs = 2 * np.random.default_rng(seed).integers(0, 2, shape).astype(np.float32) - 1
        return Phase(signs[self.delay :], signs[: self.adaptation, :1])

    def shrunk(self, factor: int) -> Self:
        return self

    def errors(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        return super().errors(prediction[-self.scored :], y[-self.scored :])
