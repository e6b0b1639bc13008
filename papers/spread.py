"""How much seeds differ under one method against another, and how surely that is known."""

from collections.abc import Callable

import numpy as np

from papers.result import Row

DRAWS, TAIL = 2000, 5.0

# Of errors of shape (..., seeds), one number each.
Measure = Callable[[np.ndarray], np.ndarray]


def deviation(errors: np.ndarray) -> np.ndarray:
    """Standard deviation over the seeds, of a sample."""
    return np.std(errors, axis=-1, ddof=1)


def variation(errors: np.ndarray) -> np.ndarray:
    """Coefficient of variation over the seeds, in per cent."""
    return 100 * deviation(errors) / np.mean(errors, axis=-1)


def interval(ours: Row, other: Row, measure: Measure) -> tuple[float, float]:
    """Between what the ratio of two spreads lies, of the first column's errors, with 90 %.

    Bootstrap percentiles over the seeds; a seed is drawn for both, since both start from its
    network. Both infinite where a pass diverged.
    """
    pair = np.array([ours.values[0], other.values[0]])
    if not np.isfinite(pair).all():
        return np.inf, np.inf
    seeds = pair.shape[1]
    drawn = pair[:, np.random.default_rng(0).integers(seeds, size=(DRAWS, seeds))]
    with np.errstate(divide="ignore", invalid="ignore"):
        one, two = measure(drawn)
        ratios = one / two
    low, high = np.nanpercentile(ratios, [TAIL, 100 - TAIL])
    return float(low), float(high)
