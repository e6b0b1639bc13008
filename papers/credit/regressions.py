"""Regressions without memory, whose weights stand still or turn."""

from collections.abc import Callable
from functools import partial

import numpy as np

from papers.tasks.base import Phase

FEATURES, NOISE = 4, 0.1


def regression(turning: float) -> Callable[[int, int], Phase]:
    """y_t = √(1-ν) w_t · x_t + √ν n_t with x_t and n_t standard normal, ν = 0.1 and |w_t| = 1.

    Args:
        turning: how far the weights walk in each direction a sample, before they are brought back
            to length 1; 0 for weights that stand still.
    """
    return partial(_drawn, turning)


def _drawn(turning: float, rows: int, seed: int) -> Phase:
    draws = np.random.default_rng(seed)
    x = draws.standard_normal((rows, FEATURES))
    steps = turning * draws.standard_normal((rows, FEATURES))
    weights, w = np.empty_like(x), draws.standard_normal(FEATURES)
    for row, step in enumerate(steps):
        w = (w + step) / np.linalg.norm(w + step)
        weights[row] = w
    y = np.sqrt(1 - NOISE) * (weights * x).sum(axis=1) + np.sqrt(NOISE) * draws.standard_normal(
        rows
    )
    return Phase(x.astype(np.float32), y[:, None].astype(np.float32))
