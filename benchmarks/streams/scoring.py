"""One score for all contestants: on the same rows, from their predictions. Needs NumPy alone."""

from typing import Literal

import numpy as np

Score = Literal["accuracy", "R2", "MAE", "SMAPE"]


def scored_rows(y: np.ndarray, horizon: int) -> np.ndarray:
    """Which target rows are scored: those with a label, predicted when one had arrived before.

    Args:
        y: labels, shape (rows,), NaN where missing.
        horizon: rows between a prediction and its target row, >= 0. With 0 the label of a row
            arrives after the prediction at that row, else before it.

    Returns:
        Indices of target rows, ascending.
    """
    labelled = np.flatnonzero(np.isfinite(y))
    if not len(labelled):
        return labelled
    first = labelled[0] + (horizon if horizon else 1)
    return labelled[labelled >= first]


def score_of(score: Score, y: np.ndarray, made: np.ndarray, horizon: int) -> float:
    """The score of predictions.

    A prediction that is missing counts: as wrong where classes are predicted, else as the mean of
    the labels of the rows before the one that it was made at, which is what is known there.

    Args:
        score: accuracy; R2 = 1 - Σ (y - p)² / Σ (y - mean y)²; the mean absolute error; or
            100 times the mean of 2 |y - p| / (|y| + |p|).
        y: labels, shape (rows,), NaN where missing; of classes their indices.
        made: the prediction made at each row, shape (rows,), of the label `horizon` rows later.
        horizon: rows between a prediction and its target row.

    Returns:
        NaN where no row is scored.
    """
    rows = scored_rows(y, horizon)
    if not len(rows):
        return float("nan")
    label, predicted = y[rows], made[rows - horizon].astype(np.float64)
    if score == "accuracy":
        return float(np.mean(predicted == label))
    known = np.isfinite(predicted)
    if not known.all():
        predicted = np.where(known, predicted, _means_before(y)[rows - horizon])
    apart = np.abs(label - predicted)
    if score == "R2":
        spread = np.sum((label - label.mean()) ** 2)
        return float(1 - np.sum(apart**2) / spread) if spread else float("nan")
    if score == "SMAPE":
        size = np.abs(label) + np.abs(predicted)
        return float(100 * np.mean(np.divide(2 * apart, size, np.zeros_like(size), where=size > 0)))
    return float(np.mean(apart))


def error_of(score: Score, value: float) -> float:
    """A score as an error, 0 at best, so that scores of different kinds have ratios."""
    return 1 - value if score in ("accuracy", "R2") else value


def _means_before(y: np.ndarray) -> np.ndarray:
    """The mean of the labels of earlier rows, 0 before any. Shape (rows,)."""
    known = np.isfinite(y)
    sums, counts = np.cumsum(np.where(known, y, 0.0)), np.cumsum(known)
    means = np.divide(sums, counts, np.zeros(len(y)), where=counts > 0)
    return np.concatenate([[0.0], means[:-1]])
