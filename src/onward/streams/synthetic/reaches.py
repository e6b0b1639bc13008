"""The movement behind the simulated motor cortex: reaches to random targets, with pauses."""

import numpy as np

WORKSPACE_CM = 10.0
DURATION_S = (0.3, 0.7)
PAUSE_S = (0.05, 0.3)


def reach_velocity(bins: int, bin_seconds: float, random: np.random.Generator) -> np.ndarray:
    """Return the cursor's mean velocity in each bin, cm/s, shape (bins, 2).

    Every reach goes from where the cursor is to a target drawn from a square of +-10 cm, along
    a minimum-jerk path, p(s) = 10 s³ - 15 s⁴ + 6 s⁵ of the way at the fraction s of its
    duration (0.3 to 0.7 s), and ends in a pause (0.05 to 0.3 s). Within a reach the velocity is
    smooth; the next target cannot be foreseen.

    Arguments:
        bins: number of bins.
        bin_seconds: width of a bin, s.
        random: draws targets, durations and pauses.

    Reference: Flash and Hogan, "The coordination of arm movements", J. Neurosci. 5 (1985).
    """
    pieces: list[np.ndarray] = []
    position = np.zeros(2)
    filled = 0
    while filled < bins:
        target = random.uniform(-WORKSPACE_CM, WORKSPACE_CM, 2)
        duration = _in_bins(random.uniform(*DURATION_S), bin_seconds)
        pause = _in_bins(random.uniform(*PAUSE_S), bin_seconds)
        s = np.linspace(0.0, 1.0, duration + 1)
        path = 10 * s**3 - 15 * s**4 + 6 * s**5
        pieces += [np.outer(np.diff(path), (target - position) / bin_seconds), np.zeros((pause, 2))]
        filled += duration + pause
        position = target
    return np.concatenate(pieces)[:bins]


def _in_bins(seconds: float, bin_seconds: float) -> int:
    return max(1, round(seconds / bin_seconds))
