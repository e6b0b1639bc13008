"""Predicting the Lorenz system, whose ρ shifts."""

from dataclasses import dataclass

from onward.streams.synthetic import Lorenz
from papers.tasks.series import AbstractSeriesShift


@dataclass(frozen=True)
class LorenzShift(AbstractSeriesShift):
    """The three coordinates, scaled; see `onward.streams.synthetic.Lorenz`.

    Attributes:
        rho, shifted: ρ before and after.
        step: time units a sample.
    """

    rho: float = 28.0
    shifted: float = 35.0
    step: float = 0.02

    @property
    def moments(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        # Of ρ = 28. The first two means are 0 by symmetry.
        return (0.0, 0.0, 23.5), (7.9, 9.0, 8.6)

    @property
    def about(self) -> str:
        return f"Lorenz, {self.horizon} ahead"

    def stream(self, seed: int, length: int) -> Lorenz:
        return Lorenz(self.rho, self.shifted, self.step, length, seed)
