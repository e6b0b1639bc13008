"""How sketched-rtrl averages a run: records every 250 steps, each of the last 200 labels."""

import numpy as np

EVERY, LAST = 250, 200


def records(values: np.ndarray, labelled: np.ndarray) -> np.ndarray:
    """The mean of the last 200 labels' values, at every 250th step that has a label before it.

    Args:
        values: one a label.
        labelled: the steps that have a label, (steps,).
    """
    seen = np.cumsum(labelled)
    at = [seen[step] for step in range(0, len(labelled), EVERY) if seen[step]]
    return np.array([values[max(0, count - LAST) : count].mean() for count in at])


def tail(values: np.ndarray, labelled: np.ndarray, fraction: float = 0.2) -> float:
    """The mean of the records of the last fifth.

    Where a run has fewer than 200 labels (adding: one in 100 steps) a record is a mean over the
    whole run so far.
    """
    found = records(values, labelled)
    return float(found[-max(1, int(len(found) * fraction)) :].mean())


def last_labels(values: np.ndarray, fraction: float = 0.2) -> float:
    """The mean over the labels of the last fifth."""
    return float(values[-max(1, int(len(values) * fraction)) :].mean())
