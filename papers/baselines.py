"""What a network must beat: the newest label repeated, and linear models of lagged inputs."""

import numpy as np

from papers.tasks.base import AbstractTask, Phase

LAGS = 10
# Of recursive least squares: its first uncertainty.
UNCERTAINTY = 100.0
# Rows that enter a sum at once.
BLOCK = 8192


def last_label(task: AbstractTask, seed: int) -> np.ndarray:
    """The task's errors of repeating the newest label, of any row before."""
    after = task.after(seed)
    labels = task.as_outputs(after.y)
    newest, predicted = np.zeros(labels.shape[1]), np.empty(labels.shape)
    for row, y in enumerate(labels):
        predicted[row] = newest
        newest = np.where(np.isfinite(y), y, newest)
    return _scored(task, predicted, after)


def linear(task: AbstractTask, seed: int) -> np.ndarray:
    """The task's errors of recursive least squares on the last inputs, which goes on learning
    after the shift (until the row where everything is frozen)."""
    before, after = task.before(seed), task.after(seed)
    features = lagged(np.concatenate([before.x, after.x]))
    y = task.as_outputs(np.concatenate([before.y, after.y])).astype(np.float64)
    if task.frozen_from is None:
        predicted = _followed(features, y, task.forgetting)
        return _scored(task, predicted[len(before.x) :], after)
    stop = len(before.x) + task.frozen_from
    weights = _reached(features[:stop], y[:stop], task.forgetting)
    return task.errors(features[stop:] @ weights, after.y[task.frozen_from :])


def ridge(fitted: Phase, scored: Phase, penalty: float) -> np.ndarray:
    """What ridge regression on lagged inputs, fitted to one stretch, predicts along another."""
    from sklearn.linear_model import Ridge

    known = np.isfinite(fitted.y).all(axis=1)
    model = Ridge(alpha=penalty).fit(lagged(fitted.x)[known, :-1], fitted.y[known])
    return model.predict(lagged(scored.x)[:, :-1])


def lagged(x: np.ndarray) -> np.ndarray:
    """Each row beside the nine before it, and a one."""
    padded = np.concatenate([np.zeros((LAGS - 1, x.shape[1]), x.dtype), x])
    rows = [padded[LAGS - 1 - lag : len(padded) - lag] for lag in range(LAGS)]
    return np.concatenate([*rows, np.ones((len(x), 1), x.dtype)], axis=1)


def _followed(features: np.ndarray, y: np.ndarray, forgetting: float) -> np.ndarray:
    """What recursive least squares predicts on the way, each row before it is learnt from."""
    predicted = np.empty(y.shape)
    weights = np.zeros((features.shape[1], y.shape[1]))
    inverse = UNCERTAINTY * np.eye(features.shape[1])
    for row, x in enumerate(features.astype(np.float64)):
        predicted[row] = x @ weights
        if np.isfinite(y[row]).all():
            gain = inverse @ x
            gain /= forgetting + x @ gain
            weights += np.outer(gain, y[row] - predicted[row])
            inverse -= np.outer(gain, x @ inverse)
            inverse = (inverse + inverse.T) / (2 * forgetting)
    return predicted


def _reached(features: np.ndarray, y: np.ndarray, forgetting: float) -> np.ndarray:
    """The weights that recursive least squares ends with, in closed form."""
    known = np.isfinite(y).all(axis=1)
    features, y = features[known], y[known]
    age = np.arange(len(y))[::-1]
    moments = np.eye(features.shape[1]) * forgetting ** len(y) / UNCERTAINTY
    products = np.zeros((features.shape[1], y.shape[1]))
    for start in range(0, len(y), BLOCK):
        rows = slice(start, start + BLOCK)
        x = features[rows].astype(np.float64)
        weighted = forgetting ** age[rows, None] * x
        moments += weighted.T @ x
        products += weighted.T @ y[rows]
    return np.linalg.solve(moments, products)


def _scored(task: AbstractTask, predicted: np.ndarray, after: Phase) -> np.ndarray:
    start = task.frozen_from or 0
    return task.errors(predicted[start:], after.y[start:])
