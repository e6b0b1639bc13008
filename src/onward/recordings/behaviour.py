"""Behaviour at the ends of bins, without looking ahead."""

from dataclasses import dataclass

import numpy as np

from onward.recordings.binning import ROUNDING, Bins
from onward.recordings.errors import recording_error

# A label that is older than so many bins is none.
OLDEST_BINS = 3.0


@dataclass(frozen=True)
class Behaviour:
    """A signal with the times of its samples.

    Attributes:
        times: s on the clock of the file, float64, shape (samples,), increasing.
        values: shape (samples, dimensions).
        names: one for each dimension.
        unit: as the file states it, or None.
    """

    times: np.ndarray
    values: np.ndarray
    names: tuple[str, ...]
    unit: str | None = None

    def check(self, field: str, file: str) -> None:
        """Raise RecordingError unless there are samples, and a time for each that goes forward."""
        if len(self.times) != len(self.values):
            expected = f"a time for each of {len(self.values)} samples"
            got = f"{len(self.times)} times"
            raise recording_error(expected, field, file, got, "cutting both to one length")
        if len(self.times) < 2:
            got = f"{len(self.times)} samples"
            raise recording_error("two samples or more", field, file, got, "another target")
        back = np.flatnonzero(~(np.diff(self.times) > 0))
        if len(back) or not np.isfinite(self.times[[0, -1]]).all():
            place = int(back[0]) if len(back) else 0
            got = f"{self.times[place + 1]:.6g} s after {self.times[place]:.6g} s"
            raise recording_error("times that go forward", field, file, got, "sorting the samples")


def sampled(behaviour: Behaviour, bins: Bins) -> np.ndarray:
    """The last sample at or before the end of each bin.

        y_k = v_i,  i = max {i : t_i <= ends_k}

    Returns:
        Float64, shape (T, dimensions); NaN before the first sample and where the last one is
        older than three bins. Times that differ by less than a millionth of a bin are equal.
    """
    last = np.searchsorted(behaviour.times, bins.ends + ROUNDING * bins.bin_s, side="right") - 1
    values = behaviour.values[np.maximum(last, 0)].astype(np.float64)
    age = bins.ends - behaviour.times[np.maximum(last, 0)]
    values[(last < 0) | (age > (OLDEST_BINS + ROUNDING) * bins.bin_s)] = np.nan
    return values


def all_true(mask: Behaviour, bins: Bins) -> np.ndarray:
    """Whether a mask holds at the end of a bin and at each of its samples within the bin.

    Returns:
        Bool, shape (T,); False where the mask is missing.
    """
    at_end = sampled(mask, bins)[:, 0]
    false = np.concatenate([[0], np.cumsum(~(mask.values[:, 0] > 0))])
    slack = ROUNDING * bins.bin_s
    first = np.searchsorted(mask.times, bins.begins + slack, side="right")
    past = np.searchsorted(mask.times, bins.ends + slack, side="right")
    return (at_end > 0) & (false[past] == false[first])


def velocity(position: np.ndarray, gap: np.ndarray, bin_s: float) -> np.ndarray:
    """The mean velocity over each bin, from positions at the ends of the bins.

        v_k = (p_k - p_{k-1}) / bin_s

    Args:
        position: shape (T, dimensions).
        gap: bool, shape (T,): time is missing before the bin, so its velocity is NaN.
        bin_s: seconds of a bin.

    Returns:
        Shape (T, dimensions), in units of position per second; NaN at the first bin.
    """
    found = np.full(position.shape, np.nan)
    found[1:] = np.diff(position.astype(np.float64), axis=0) / bin_s
    found[gap] = np.nan
    return found
