"""How the simulated motor neurons fire, and how their electrodes drift."""

from dataclasses import dataclass

import numpy as np

SPEED_UNIT = 30.0
MOST_LATENCY = 3


@dataclass(frozen=True)
class Tuning:
    """The true tuning of every electrode in every bin.

        λ = max(0, b + (d (v_x cos p + v_y sin p) + g |v|) / (30 cm/s))

    where v is the velocity `latency` bins later: the neuron fires before the movement.

    Attributes:
        baseline: b, spikes/s, shape (bins, neurons), float32.
        depth: d, spikes/s at 30 cm/s, shape (bins, neurons), float32.
        preferred_direction: p, rad (not wrapped), shape (bins, neurons), float32.
        speed_gain: g, spikes/s at 30 cm/s, shape (bins, neurons), float32.
        latency: bins from spikes to movement, 0 to 3, shape (neurons,); it never drifts.
        replaced: which electrodes got a new neuron at each event, shape (events, neurons), bool.
        event_bins: the first bin after each event.
    """

    baseline: np.ndarray
    depth: np.ndarray
    preferred_direction: np.ndarray
    speed_gain: np.ndarray
    latency: np.ndarray
    replaced: np.ndarray
    event_bins: tuple[int, ...]

    def rates(self, velocity: np.ndarray) -> np.ndarray:
        """Return the firing rates, spikes/s, shape (bins, neurons).

        Arguments:
            velocity: cm/s, shape (bins + 3, 2): the last three bins are what the last rows lead.
        """
        bins = len(self.baseline)
        rates = np.empty(self.baseline.shape)
        for latency in range(MOST_LATENCY + 1):
            chosen = self.latency == latency
            vx, vy = velocity[latency : latency + bins].T[:, :, None] / SPEED_UNIT
            angle = self.preferred_direction[:, chosen]
            along = vx * np.cos(angle) + vy * np.sin(angle)
            tuned = self.depth[:, chosen] * along + self.speed_gain[:, chosen] * np.hypot(vx, vy)
            rates[:, chosen] = self.baseline[:, chosen] + tuned
        return np.maximum(rates, 0.0)


@dataclass(frozen=True)
class Drift:
    """How tuning changes: slow random walks, and events that replace electrodes' neurons.

    Attributes:
        direction: standard deviation of the preferred direction's walk, rad a square-root minute.
        depth: the same of the walk of log depth.
        event_bins: bins at which electrodes get new neurons.
        replaced_fraction: fraction of the electrodes that each event replaces.
    """

    direction: float
    depth: float
    event_bins: tuple[int, ...]
    replaced_fraction: float


def draw_tuning(
    bins: int, neurons: int, bin_seconds: float, drift: Drift, random: np.random.Generator
) -> Tuning:
    """Draw the tuning of `neurons` electrodes over `bins` bins of `bin_seconds`."""
    root_minutes = np.sqrt(bin_seconds / 60)
    traits = np.repeat(_new_neurons(neurons, random)[:, None], bins, axis=1)
    replaced = np.zeros((len(drift.event_bins), neurons), bool)
    for event, first in enumerate(drift.event_bins):
        count = round(drift.replaced_fraction * neurons)
        replaced[event, random.choice(neurons, count, replace=False)] = True
        traits[:, first:, replaced[event]] = _new_neurons(count, random)[:, None]
    walk = _walk(bins, neurons, random)
    traits[2] += drift.direction * root_minutes * walk
    walk = _walk(bins, neurons, random)
    traits[1] *= np.exp(drift.depth * root_minutes * walk)
    latency = random.integers(0, MOST_LATENCY + 1, neurons)
    return Tuning(*traits, latency=latency, replaced=replaced, event_bins=drift.event_bins)


def _new_neurons(count: int, random: np.random.Generator) -> np.ndarray:
    baseline = random.uniform(5.0, 25.0, count)
    depth = random.uniform(1.0, 12.0, count)
    direction = random.uniform(-np.pi, np.pi, count)
    speed_gain = random.uniform(0.0, 6.0, count)
    return np.stack([baseline, depth, direction, speed_gain]).astype(np.float32)


def _walk(bins: int, neurons: int, random: np.random.Generator) -> np.ndarray:
    steps = random.standard_normal((bins, neurons), np.float32)
    steps[0] = 0.0
    return np.cumsum(steps, axis=0)
