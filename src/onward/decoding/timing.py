"""When labels are told: decoders that are compared are told the same ones at the same time."""

import numpy as np


def told_after_delay(rows: int, delay: int) -> np.ndarray:
    """Each label is told `delay` bins after its own: with 0, after its row's prediction.

    Args:
        rows: T.
        delay: in bins, >= 0.

    Returns:
        For each label the row after whose prediction it is told, shape (T,); T or more: never.

    Raises:
        ValueError: if the delay is negative.
    """
    if delay < 0:
        raise ValueError(f"Expected a delay of 0 bins or more; got {delay}. Try 0.")
    return np.arange(rows) + delay


def told_after_trial(start: np.ndarray, trial: np.ndarray | None = None) -> np.ndarray:
    """Every label of a trial is told after the trial's last row; of the last one too.

    Args:
        start: where a trial begins or a gap has passed, shape (T,), bool.
        trial: number of the trial, shape (T,); where it changes a trial has ended as well.

    Returns:
        As `told_after_delay`.
    """
    rows = len(start)
    begins = np.append(start[1:], True)
    if trial is not None:
        begins[:-1] |= trial[1:] != trial[:-1]
    ends = np.flatnonzero(begins)
    return ends[np.searchsorted(ends, np.arange(rows))]


def told_in_calibration(rows: int, calibration: int) -> np.ndarray:
    """Labels of the first rows are told after their rows, and none later.

    Args:
        rows: T.
        calibration: how many rows.

    Returns:
        As `told_after_delay`.
    """
    told = np.arange(rows)
    told[calibration:] = rows
    return told
