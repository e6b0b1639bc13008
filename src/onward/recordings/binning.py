"""Spike times as counts in bins: causal, and exact on the numbers as they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from onward.recordings.errors import RecordingError, recording_error
from onward.recordings.sizes import check_bytes

# Differences of this share of a bin are rounding of times, in behaviour and in tables of trials.
ROUNDING = 1e-6
# Eleven weeks in bins of 50 ms: more comes of a time or a width that is wrong.
MOST_BINS = 2**27
# Samples that come within this share of a bin of the bin's width are rows of their own.
ALIKE = 0.01


@dataclass(frozen=True)
class Bins:
    """Rows in time: bin k covers (ends[k] - bin_s, ends[k]], or less where the one before is near.

    Attributes:
        ends: seconds on the clock of the file, float64, shape (T,), increasing.
        bin_s: seconds of a bin.
    """

    ends: np.ndarray
    bin_s: float

    @property
    def gap(self) -> np.ndarray:
        """Whether time is missing before a bin, bool, shape (T,); True at the first."""
        return np.diff(self.ends, prepend=-np.inf) > 1.5 * self.bin_s

    @property
    def begins(self) -> np.ndarray:
        """Where each bin begins, s: at the end of the one before, or `bin_s` before its own."""
        before = np.concatenate([self.ends[:1] - self.bin_s, self.ends[:-1]])
        return np.where(self.gap, self.ends - self.bin_s, before)


def bins_of(times: np.ndarray, bin_s: float) -> Bins:
    """The bins for behaviour sampled at these times.

    Samples one bin apart are the ends of the bins themselves, however they jitter, and a gap
    between them is one between the rows. Otherwise bins follow each other without a gap from the
    first sample to the last, and the first one ends `bin_s` after the first sample.

    Args:
        times: of the samples, s, increasing, two or more.
        bin_s: seconds of a bin.

    Raises:
        RecordingError: the samples span less than a bin, or more than 2^27.
    """
    if abs(float(np.median(np.diff(times))) - bin_s) <= ALIKE * bin_s:
        return Bins(times, bin_s)
    span = float(times[-1] - times[0])
    if not bin_s <= span * (1 + ROUNDING) < MOST_BINS * bin_s:
        raise RecordingError(
            f"Expected behaviour that spans 1 to {MOST_BINS} bins of {bin_s:g} s; got "
            f"{span:.6g} s. Try another bin_s, or times in seconds."
        )
    count = int(span / bin_s + ROUNDING)
    return Bins(times[0] + bin_s * np.arange(1, count + 1), bin_s)


def count_spikes(times: np.ndarray, begins: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """How many spikes each bin (begins[k], ends[k]] holds.

        c_k = #{i : begins_k < t_i <= ends_k}

    Args:
        times: of the spikes, sorted, shape (spikes,).
        begins: where each bin begins, shape (T,).
        ends: where it ends, shape (T,).

    Returns:
        Counts, int64, shape (T,). Exact: times and edges are compared as they are. O(T log spikes).
    """
    up_to = np.searchsorted(times, ends, side="right")
    return up_to - np.searchsorted(times, begins, side="right")


def binned(
    trains: Mapping[str, Sequence[np.ndarray]], bins: Bins, file: str, field: str = "spikes"
) -> np.ndarray:
    """The counts of each electrode: the sum of all its units, sorted and unsorted.

    Args:
        trains: by the electrode's label, the spike times of its units, s.
        bins: to count in.
        file: for messages.
        field: for messages: where the times stand in the file.

    Returns:
        Counts, float32, shape (T, electrodes).

    Raises:
        RecordingError: spike times of a unit that are not finite, go back, or are negative and
            lie before the first bin; counts of more than 2 GiB.
    """
    shape = len(bins.ends), len(trains)
    check_bytes(shape, np.dtype(np.float32), field, file)
    begins, counts = bins.begins, np.zeros(shape, np.float32)
    earliest = min(0.0, float(begins[0]))
    for column, (electrode, units) in enumerate(trains.items()):
        for number, unit in enumerate(units):
            times = _checked(unit, earliest, f"{field}, unit {number} of {electrode!r}", file)
            counts[:, column] += count_spikes(times, begins, bins.ends)
    return counts


def _checked(unit: np.ndarray, earliest: float, field: str, file: str) -> np.ndarray:
    times = np.asarray(unit)
    if times.dtype.kind not in "iuf" or times.ndim != 1:
        got = f"{times.dtype} of shape {times.shape}"
        raise recording_error("spike times in seconds", field, file, got, "an array of one axis")
    times = times.astype(np.float64)
    if not np.isfinite(times).all():
        raise recording_error(
            "finite spike times", field, file, "NaN or infinity", "leaving it out"
        )
    back = np.flatnonzero(np.diff(times) < 0)
    if len(back):
        got = f"{times[back[0]]:.6g} s before {times[back[0] + 1]:.6g} s"
        raise recording_error("sorted spike times", field, file, got, "sorting them")
    if len(times) and times[0] < earliest:
        got = f"a spike at {times[0]:.6g} s"
        remedy = "counting time from the beginning of the recording"
        raise recording_error("spike times >= 0", field, file, got, remedy)
    return times
