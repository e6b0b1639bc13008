"""Predicting a sine whose frequency shifts."""

from dataclasses import dataclass, replace

import numpy as np

from papers.tasks.base import AbstractTask, Phase


@dataclass(frozen=True)
class SineShift(AbstractTask):
    """x_t = sin(φ_t) with a random first phase; y_t = x_{t+horizon}.

    The phase advances by 2π·frequency a sample and has no jump where the frequency shifts.

    Attributes:
        horizon: samples ahead.
        frequency, shifted: cycles a sample, before and after.
        pretraining, adaptation: samples before and after.
    """

    horizon: int = 1
    frequency: float = 0.05
    shifted: float = 0.08
    pretraining: int = 5000
    adaptation: int = 300

    @property
    def about(self) -> str:
        return f"sine, {self.horizon} ahead"

    def before(self, seed: int) -> Phase:
        return self._phase(seed, 0, self.pretraining, self.frequency)

    def after(self, seed: int) -> Phase:
        return self._phase(seed, self.pretraining, self.adaptation, self.shifted)

    def shrunk(self, factor: int) -> "SineShift":
        return replace(self, pretraining=self.pretraining // factor)

    def _phase(self, seed: int, start: int, rows: int, frequency: float) -> Phase:
        first = np.random.default_rng(seed).uniform(0, 2 * np.pi)
        # The phase that has been reached where the stretch begins.
        reached = first + 2 * np.pi * self.frequency * start
        cycles = 2 * np.pi * frequency * np.arange(rows + self.horizon)
        wave = np.sin(reached + cycles).astype(np.float32)[:, None]
        return Phase(wave[:rows], wave[self.horizon :])
