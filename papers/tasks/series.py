"""Predicting a series whose law shifts."""

from abc import abstractmethod
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Self

import numpy as np

from onward.streams.base import Stream
from papers.tasks.base import AbstractTask, Phase


@dataclass(frozen=True)
class AbstractSeriesShift(AbstractTask):
    """y_t = x_{t+horizon}; the first label after the shift is the first value of the new law.

    Attributes:
        horizon: samples ahead.
        pretraining, adaptation: samples before and after.
    """

    horizon: int = 1
    pretraining: int = 5000
    adaptation: int = 1000

    @abstractmethod
    def stream(self, seed: int, length: int) -> Stream:
        """The series, whose row `length // 2` is the first of the new law."""

    @property
    @abstractmethod
    def moments(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Means and standard deviations under the old law, measured once; they scale the values
        to mean 0 and variance 1."""

    def before(self, seed: int) -> Phase:
        return self._phase(seed, 0, self.pretraining)

    def after(self, seed: int) -> Phase:
        return self._phase(seed, self.pretraining, self.adaptation)

    def shrunk(self, factor: int) -> Self:
        return replace(self, pretraining=self.pretraining // factor)

    def _phase(self, seed: int, start: int, rows: int) -> Phase:
        values, end = _values(self, seed), start + rows
        return Phase(values[start:end], values[start + self.horizon : end + self.horizon])


@lru_cache(maxsize=64)
def _values(task: AbstractSeriesShift, seed: int) -> np.ndarray:
    """Scaled, from the first value of the pre-training to the last label."""
    old = task.pretraining + task.horizon
    half = max(old, task.adaptation)
    rows = next(iter(task.stream(seed, 2 * half).chunks(2 * half))).x
    mean, deviation = (np.array(moment, np.float32) for moment in task.moments)
    return (rows[half - old : half + task.adaptation] - mean) / deviation
