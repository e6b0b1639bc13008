"""Tables of trials: which trial each bin belongs to."""

import numpy as np

from onward.recordings.binning import ROUNDING, Bins
from onward.recordings.errors import recording_error


def trial_numbers(
    starts: np.ndarray, stops: np.ndarray, bins: Bins, field: str, file: str
) -> np.ndarray:
    """The trial of each bin: the i with starts_i < end of the bin <= stops_i, else -1.

    Args:
        starts: when each trial begins, s; NaN where the trial is not known.
        stops: when it ends, s.
        bins: of the rows.
        field: for messages.
        file: for messages.

    Returns:
        The row of the table, int64, shape (T,).

    Raises:
        RecordingError: trials that end before they begin, or overlap.
    """
    known = np.flatnonzero(np.isfinite(starts) & np.isfinite(stops))
    known = known[np.argsort(starts[known], kind="stable")]
    starts, stops, slack = starts[known], stops[known], ROUNDING * bins.bin_s
    ended = np.flatnonzero(stops < starts)
    if len(ended):
        i = ended[0]
        got = f"trial {known[i]} from {starts[i]:.6g} s to {stops[i]:.6g} s"
        raise recording_error("trials that end after they begin", field, file, got, "mending it")
    over = np.flatnonzero(starts[1:] < stops[:-1] - slack)
    if len(over):
        i = over[0]
        got = (
            f"trial {known[i + 1]} from {starts[i + 1]:.6g} s on, before trial {known[i]} ends at "
            f"{stops[i]:.6g} s"
        )
        raise recording_error("trials that do not overlap", field, file, got, "mending the table")
    if not len(known):
        return np.full(len(bins.ends), -1)
    place = np.searchsorted(starts + slack, bins.ends, side="left") - 1
    within = (place >= 0) & (bins.ends <= stops[np.maximum(place, 0)] + slack)
    return np.where(within, known[np.maximum(place, 0)], -1).astype(np.int64)
