"""What a network must beat: the newest label repeated, and a linear model that learns online."""

import numpy as np

from onward.reproduce.tasks.base import AbstractTask, Phase

LAGS = 10
# Of recursive least squares: old samples fade over about a thousand; its first uncertainty.
FORGETTING, UNCERTAINTY = 0.999, 100.0


def last_label(task: AbstractTask, seed: int) -> np.ndarray:
    """The task's errors of repeating the newest label, of any row before."""
    after = task.after(seed)
    newest, predicted = np.zeros(after.y.shape[1]), np.empty(after.y.shape)
    for row, y in enumerate(after.y):
        predicted[row] = newest
        newest = np.where(np.isfinite(y), y, newest)
    return _scored(task, predicted, after)


def linear(task: AbstractTask, seed: int) -> np.ndarray:
    """The task's errors of recursive least squares on the last inputs, which goes on learning
    after the shift (until the row where everything is frozen)."""
    before, after = task.before(seed), task.after(seed)
    features = _lagged(np.concatenate([before.x, after.x]))
    y = np.concatenate([before.y, after.y]).astype(np.float64)
    stop = len(y) if task.frozen_from is None else len(before.x) + task.frozen_from
    predicted = np.empty(y.shape)
    weights = np.zeros((features.shape[1], y.shape[1]))
    inverse = UNCERTAINTY * np.eye(features.shape[1])
    for row, x in enumerate(features):
        predicted[row] = x @ weights
        if row < stop and np.isfinite(y[row]).all():
            gain = inverse @ x
            gain /= FORGETTING + x @ gain
            weights += np.outer(gain, y[row] - predicted[row])
            inverse -= np.outer(gain, x @ inverse)
            inverse = (inverse + inverse.T) / (2 * FORGETTING)
    return _scored(task, predicted[len(before.x) :], after)


def _lagged(x: np.ndarray) -> np.ndarray:
    """Each row beside the nine before it, and a one."""
    padded = np.concatenate([np.zeros((LAGS - 1, x.shape[1])), x])
    rows = [padded[LAGS - 1 - lag : len(padded) - lag] for lag in range(LAGS)]
    return np.concatenate([*rows, np.ones((len(x), 1))], axis=1)


def _scored(task: AbstractTask, predicted: np.ndarray, after: Phase) -> np.ndarray:
    start = task.frozen_from or 0
    return task.errors(predicted[start:], after.y[start:])
