"""Channels that are silent or missing are masked one by one; the others go on."""

import numpy as np


def without_dead(counts: np.ndarray, bin_s: float, dead_after: float | None) -> np.ndarray:
    """Mask each channel from the moment it has been silent for too long until it fires again.

        c_k is NaN  where  (k - last row <= k with a spike) bin_s > dead_after

    Causal: a mask at row k is known at row k. A missing count is no spike.

    Args:
        counts: shape (T, channels); NaN where they are missing.
        bin_s: seconds of a bin.
        dead_after: seconds of silence after which a channel counts as dead; None masks nothing.

    Returns:
        Float32, shape (T, channels).
    """
    found = np.array(counts, np.float32)
    if dead_after is None:
        return found
    row = np.arange(len(found), dtype=np.int32)[:, None]
    last = np.maximum.accumulate(np.where(found > 0, row, np.int32(-1)), axis=0)
    # Rounding must not add a bin: so many bins are within the time, and one more is not.
    most = int(dead_after / bin_s * (1 + 1e-9))
    found[row - last > most] = np.nan
    return found
