"""Random symbols that must be repeated some samples later: credit through time decides."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from onward.streams.base import Chunk, StreamInfo
from onward.streams.errors import stream_error
from onward.streams.rows import array_chunks, check_length


@dataclass(frozen=True)
class DelayedRecall:
    """At every sample a fair coin is shown, and the one shown `delay` samples ago is asked for.

        x_t = c_t,  y_t = c_{t-D},  c_t = -1 or +1, independent and fair

    The coins are independent, so that nothing but the network's own memory of the last D
    samples tells the label: without it the best prediction is 0 (mean squared error 1), with it
    the error is 0. Predict the sample's own label (`info.horizon` is 0); the label that is fed
    back is c_{t-1-D} and tells nothing of the next one. A random network forgets within few
    samples, and one-step credit hardly teaches it to remember longer: over 20,000 rows a GRU of
    64 units with RMSprop came to an R² of 0.8 with credit over 20 steps (in the last eighth), of
    0.2 with one-step credit and of 0.1 with a learning readout alone.

    Attributes:
        delay: D, samples.
        length: number of rows.
        seed: draws the coins, those before the first row included.

    Raises:
        StreamError: when `length` is below 2 or `delay` is negative.

    Reference: the delay line of Jaeger, "Short term memory in echo state networks", GMD Report
    152 (2001), there with uniform noise.
    """

    delay: int = 5
    length: int = 20_000
    seed: int = 0

    def __post_init__(self) -> None:
        check_length(self.length)
        if self.delay < 0:
            raise stream_error("a delay of at least 0 samples", str(self.delay), "delay=5")

    @property
    def info(self) -> StreamInfo:
        return StreamInfo(
            name="delayed-recall",
            task="regression",
            feature_names=("symbol",),
            target_names=("recalled",),
            class_names=(),
            length=self.length,
            origin=f"random signs, each asked for {self.delay} samples after it was shown",
            horizon=0,
        )

    def chunks(self, size: int, start: int = 0) -> Iterator[Chunk]:
        """Yield the rows from `start` on; `x` and `y` have shape (rows, 1)."""
        shown, asked = self._symbols[self.delay :], self._symbols[: self.length]
        return array_chunks(shown, asked, None, size, start)

    @cached_property
    def _symbols(self) -> np.ndarray:
        draws = np.random.default_rng(self.seed).integers(0, 2, self.delay + self.length)
        return (2 * draws - 1).astype(np.float32)[:, None]
