"""Predicting the Mackey-Glass equation, whose delay shifts."""

from dataclasses import dataclass

from onward.streams.synthetic import MackeyGlass
from papers.tasks.series import AbstractSeriesShift


@dataclass(frozen=True)
class MackeyGlassShift(AbstractSeriesShift):
    """Its value, scaled; see `onward.streams.synthetic.MackeyGlass`.

    Attributes:
        delay, shifted: τ before and after, in samples.
    """

    delay: float = 17.0
    shifted: float = 30.0

    @property
    def moments(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        # Of τ = 17.
        return (0.93,), (0.23,)

    @property
    def about(self) -> str:
        return f"Mackey-Glass, {self.horizon} ahead"

    def stream(self, seed: int, length: int) -> MackeyGlass:
        return MackeyGlass(self.delay, self.shifted, length, seed)
