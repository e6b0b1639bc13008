"""What linear decoders look at: square roots of counts, around their means, in the last bins."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from onward.decoding.opponents.base import Rows

# Bins, the newest included.
LAGS = 10


@dataclass(frozen=True)
class Centre:
    """The mean of every channel's square root of counts over the sessions of a fit.

    Args:
        mean: shape (channels,), 0 for a channel that was never seen.
    """

    mean: np.ndarray

    @classmethod
    def of(cls, sessions: Sequence[Rows]) -> "Centre":
        """The means over all rows of sessions, missing numbers aside."""
        channels = sessions[0].counts.shape[1]
        total, seen = np.zeros(channels), np.zeros(channels)
        for rows in sessions:
            known = ~np.isnan(rows.counts)
            total += np.sqrt(np.where(known, rows.counts, 0.0)).sum(axis=0, dtype=np.float64)
            seen += known.sum(axis=0)
        return cls(total / np.maximum(seen, 1.0))

    def check(self, counts: np.ndarray) -> None:
        """Refuse counts of other channels.

        Raises:
            ValueError: if the number of channels differs.
        """
        if counts.shape[1:] != self.mean.shape:
            raise ValueError(
                f"Expected counts of shape (T, {len(self.mean)}); got {counts.shape}. Try the "
                "channels that the opponent was fitted on."
            )

    def see(self, counts: np.ndarray) -> np.ndarray:
        """Square roots of counts less their means, with every gap filled, float64.

        A missing number stands at the mean of its channel's numbers so far in these rows, and
        before any of them at the mean of the fit.

        Args:
            counts: shape (T, channels), NaN where missing.

        Raises:
            ValueError: if the number of channels differs.
        """
        self.check(counts)
        centred = np.sqrt(counts.astype(np.float64)) - self.mean
        missing = np.isnan(centred)
        if missing.any():
            known = np.maximum(np.cumsum(~missing, axis=0), 1)
            so_far = np.cumsum(np.where(missing, 0.0, centred), axis=0) / known
            centred = np.where(missing, so_far, centred)
        return centred


def fitted(centre: Centre | None) -> Centre:
    """The means of a fit, if there was one.

    Raises:
        ValueError: if there was none.
    """
    if centre is None:
        raise ValueError("Expected an opponent that is fitted; got a new one. Try `fit` first.")
    return centre


def lagged(values: np.ndarray, start: np.ndarray, rows: np.ndarray, lags: int) -> np.ndarray:
    """The last values at each of some rows, side by side, the newest first.

        φ_t = (v_t, v_{t-1}, ..., v_{t-lags+1}), with 0 for what lies before the last start

    Zero is the mean where the values come from `Centre`.

    Args:
        values: shape (T, columns).
        start: shape (T,), bool; the first row counts as a start.
        rows: which rows, shape (n,), int.
        lags: how many bins.

    Returns:
        Shape (n, lags * columns).
    """
    began = np.maximum.accumulate(np.where(start, np.arange(len(start)), 0))
    age = rows - began[rows]
    columns = values.shape[1]
    design = np.zeros((len(rows), lags * columns))
    for lag in range(lags):
        reached = age >= lag
        design[reached, lag * columns : (lag + 1) * columns] = values[rows[reached] - lag]
    return design
