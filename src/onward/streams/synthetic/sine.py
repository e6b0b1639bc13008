"""A sine whose frequency changes in the middle of the stream."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from onward.streams.base import Chunk, StreamInfo
from onward.streams.rows import check_length, check_range, slices


@dataclass(frozen=True)
class Sine:
    """A sine of amplitude 1 with a sudden change of frequency and no jump in its value.

        v_t = sin 2π(φ + f₁ min(t, T/2) + f₂ max(t - T/2, 0))

    Both `x[t]` and `y[t]` are v_t; predict one sample ahead (`info.horizon` is 1). Chunks are
    computed when they are read: memory does not grow with the length.

    Attributes:
        frequency_before: f₁, cycles a sample, in the first half.
        frequency_after: f₂, cycles a sample, in the second half.
        length: T, number of rows.
        seed: draws the phase φ, in cycles.

    Raises:
        StreamError: when `length` is below 2.
    """

    frequency_before: float = 0.05
    frequency_after: float = 0.08
    length: int = 10_000
    seed: int = 0

    def __post_init__(self) -> None:
        check_length(self.length)

    @property
    def info(self) -> StreamInfo:
        return StreamInfo(
            name="sine",
            task="regression",
            feature_names=("value",),
            target_names=("value",),
            class_names=(),
            length=self.length,
            origin=(
                f"sine, {self.frequency_before:g} then {self.frequency_after:g} cycles a sample "
                f"from row {self.length // 2} on"
            ),
            horizon=1,
        )

    def chunks(self, size: int, start: int = 0) -> Iterator[Chunk]:
        """Yield the rows from `start` on; `x` and `y` have shape (rows, 1)."""
        check_range(size, start, self.length)
        return (self._chunk(rows) for rows in slices(size, start, self.length))

    def _chunk(self, rows: slice) -> Chunk:
        t = np.arange(rows.start, rows.stop)
        middle = self.length // 2
        phase = np.random.default_rng(self.seed).random()
        before = self.frequency_before * np.minimum(t, middle)
        after = self.frequency_after * np.maximum(t - middle, 0)
        values = np.sin(2 * np.pi * (phase + before + after)).astype(np.float32)[:, None]
        return Chunk(x=values, y=values.copy())
