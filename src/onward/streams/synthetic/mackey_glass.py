"""The Mackey-Glass delay equation, whose delay grows in the middle of the stream."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from onward.streams.base import Chunk, StreamInfo
from onward.streams.errors import stream_error
from onward.streams.rows import array_chunks, check_length

GAIN = 0.2
DECAY = 0.1
POWER = 10
STEPS_PER_UNIT = 20
BURN_IN = 300


@dataclass(frozen=True)
class MackeyGlass:
    """A model of blood-cell counts, sampled every time unit; the larger its delay the wilder.

        dv/dt = 0.2 v(t-τ) / (1 + v(t-τ)¹⁰) - 0.1 v(t)

    with τ switching from `delay_before` to `delay_after` at row `length // 2`; Heun's method
    (second order) with 20 steps a time unit. Both `x[t]` and `y[t]` are v(t), without a unit;
    predict one sample ahead (`info.horizon` is 1).

    Attributes:
        delay_before: tau in the first half, time units.
        delay_after: tau in the second half, time units.
        length: number of rows; while they are made, 20 numbers a row are held in memory.
        seed: draws the constant past from which the attractor is approached (300 time units,
            discarded).

    Raises:
        StreamError: when `length` is below 2 or a delay is not from 1 to 300.

    Reference: Mackey and Glass, "Oscillation and chaos in physiological control systems",
    Science 197 (1977).
    """

    delay_before: float = 17.0
    delay_after: float = 30.0
    length: int = 10_000
    seed: int = 0

    def __post_init__(self) -> None:
        check_length(self.length)
        for delay in (self.delay_before, self.delay_after):
            if not 1 <= delay <= BURN_IN:
                raise stream_error(f"a delay from 1 to {BURN_IN}", f"{delay:g}", "17 or 30")

    @property
    def info(self) -> StreamInfo:
        return StreamInfo(
            name="mackey-glass",
            task="regression",
            feature_names=("value",),
            target_names=("value",),
            class_names=(),
            length=self.length,
            origin=(
                f"Mackey-Glass equation, delay {self.delay_before:g} then {self.delay_after:g} "
                f"from row {self.length // 2} on"
            ),
            horizon=1,
        )

    def chunks(self, size: int, start: int = 0) -> Iterator[Chunk]:
        """Yield the rows from `start` on; `x` and `y` have shape (rows, 1)."""
        return array_chunks(self._values, self._values, None, size, start)

    @cached_property
    def _values(self) -> np.ndarray:
        past = float(np.random.default_rng(self.seed).uniform(0.8, 1.2))
        values = [past] * (BURN_IN * STEPS_PER_UNIT)
        half = self.length // 2
        _extend(values, self.delay_before, BURN_IN + half - 1)
        _extend(values, self.delay_after, self.length - half)
        kept = values[2 * BURN_IN * STEPS_PER_UNIT - 1 :: STEPS_PER_UNIT]
        return np.array(kept, np.float32)[:, None]


def _extend(values: list[float], delay: float, units: int) -> None:
    step = 1 / STEPS_PER_UNIT
    delay_steps = round(delay * STEPS_PER_UNIT)
    for _ in range(units * STEPS_PER_UNIT):
        now = values[-1]
        first = _flow(now, values[-1 - delay_steps])
        second = _flow(now + step * first, values[-delay_steps])
        values.append(now + step / 2 * (first + second))


def _flow(now: float, delayed: float) -> float:
    return GAIN * delayed / (1 + delayed**POWER) - DECAY * now
