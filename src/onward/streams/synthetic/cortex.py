"""A simulated motor-cortical recording whose electrodes drift."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from onward.streams.base import Chunk, StreamInfo
from onward.streams.rows import array_chunks, check_length
from onward.streams.synthetic.reaches import reach_velocity
from onward.streams.synthetic.tuning import MOST_LATENCY, Drift, Tuning, draw_tuning


@dataclass(frozen=True)
class Cortex:
    """Spike counts of a population tuned to the velocity of a reaching cursor.

        count of neuron i in bin t ~ Poisson(Δ λ_i(v at bin t + ℓ_i)),  y_t = v_t

    with bins of Δ seconds, the cosine and speed tuning λ_i of `Tuning`, and a latency ℓ_i of 0 to
    3 bins by which neuron i leads the movement: a decoder that remembers counts decodes better.
    Preferred directions and depths walk slowly, and each event replaces the neurons of
    some electrodes. The velocity is that of minimum-jerk reaches with pauses (`reach_velocity`).
    Features: counts, `n00`, `n01`, ...; targets: `velocity_x`, `velocity_y`, cm/s; time: s from
    the start. `info.horizon` is 0: decode the velocity of the same bin.

    Attributes:
        neurons: number of electrodes, one neuron each.
        bin_seconds: width of a bin, s.
        direction_drift: random walk of the preferred directions, rad a square-root minute.
        depth_drift: random walk of the log depths, a square-root minute.
        event_times: when electrodes get new neurons, as fractions of the length.
        replaced_fraction: fraction of the electrodes that each event replaces.
        length: number of bins, all of which are held in memory (4 bytes a count).
        seed: draws everything; movement, tuning and spikes each have their own stream.

    Raises:
        StreamError: when `length` is below 2.

    Reference: Georgopoulos et al., J. Neurosci. 2 (1982), cosine tuning; Moran and Schwartz,
    "Motor cortical representation of speed and direction during reaching", J. Neurophysiol. 82
    (1999), its sum with speed; we rectify, as rates cannot be negative.
    """

    neurons: int = 96
    bin_seconds: float = 0.05
    direction_drift: float = 0.2
    depth_drift: float = 0.05
    event_times: tuple[float, ...] = (0.5, 0.75)
    replaced_fraction: float = 0.3
    length: int = 24_000
    seed: int = 0

    def __post_init__(self) -> None:
        check_length(self.length)

    @property
    def info(self) -> StreamInfo:
        return StreamInfo(
            name="cortex",
            task="regression",
            feature_names=tuple(f"n{neuron:02d}" for neuron in range(self.neurons)),
            target_names=("velocity_x", "velocity_y"),
            class_names=(),
            length=self.length,
            origin=(
                f"simulated motor cortex, {self.neurons} neurons in "
                f"{1000 * self.bin_seconds:g} ms bins, drifting and replaced electrodes"
            ),
        )

    def chunks(self, size: int, start: int = 0) -> Iterator[Chunk]:
        """Yield the rows from `start` on; `x` has shape (rows, neurons), `y` (rows, 2)."""
        velocity = self._velocity[: self.length].astype(np.float32)
        time = self.bin_seconds * np.arange(self.length)
        return array_chunks(self._counts, velocity, time, size, start)

    @cached_property
    def tuning(self) -> Tuning:
        """The truth behind the counts, bin by bin (four arrays the size of the counts)."""
        events = tuple(round(fraction * self.length) for fraction in self.event_times)
        drift = Drift(self.direction_drift, self.depth_drift, events, self.replaced_fraction)
        random = np.random.default_rng([self.seed, 1])
        return draw_tuning(self.length, self.neurons, self.bin_seconds, drift, random)

    @cached_property
    def _velocity(self) -> np.ndarray:
        random = np.random.default_rng([self.seed, 0])
        return reach_velocity(self.length + MOST_LATENCY, self.bin_seconds, random)

    @cached_property
    def _counts(self) -> np.ndarray:
        random = np.random.default_rng([self.seed, 2])
        expected = self.bin_seconds * self.tuning.rates(self._velocity)
        return random.poisson(expected).astype(np.float32)
