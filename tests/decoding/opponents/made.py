"""Rows of a made-up recording: spikes that follow a hidden movement, and its velocity."""

import numpy as np

from onward.decoding.opponents import Rows


def make_rows(
    seed: int, rows: int = 400, channels: int = 8, weights_seed: int = 0, trial: int = 50
) -> Rows:
    """Counts whose rates follow two velocities by weights that `weights_seed` draws."""
    random = np.random.default_rng(seed)
    weights = np.random.default_rng(weights_seed).normal(size=(2, channels))
    velocity = np.zeros((rows, 2))
    for row in range(1, rows):
        velocity[row] = 0.9 * velocity[row - 1] + random.normal(size=2)
    counts = random.poisson(np.exp(1.0 + 0.3 * velocity @ weights).clip(0.0, 50.0))
    return Rows(
        counts=counts.astype(np.float32),
        targets=velocity.astype(np.float32),
        start=np.arange(rows) % trial == 0,
        scored=np.arange(rows) % trial >= 3,
    )
