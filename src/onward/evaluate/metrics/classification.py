"""Accuracy, log loss, F1 and Cohen's kappa."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from onward.evaluate.metrics.base import AbstractScore, mean_of_present
from onward.evaluate.metrics.metric import Metric
from onward.evaluate.state import State, copy_arrays, load_arrays

# A certain and wrong prediction costs -log of this (36.04 nats): the choice of scikit-learn.
SMALLEST_PROBABILITY = float(np.finfo(np.float64).eps)


class ClassificationScore(AbstractScore):
    """Accuracy, log loss, F1 and Cohen's κ, from a running confusion matrix.

    A row counts where its label is finite and its probabilities are; the predicted class is the
    most probable one, the first of equals. The log loss is in nats, with the probability of the
    true class clipped to [ε, 1 - ε], ε = 2.2e-16. F1 is that of class 1 where there are two
    classes, else the mean over the classes that occur in labels or predictions. F1 and κ are None
    where they would be 0 / 0.

    Memory: classes² + 1 numbers.

    Args:
        classes: number of classes.
    """

    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric("accuracy", "accuracy", higher_is_better=True, decimals=3),
        Metric("log_loss", "log loss", higher_is_better=False, decimals=3),
        Metric("f1", "F1", higher_is_better=True, decimals=3),
        Metric("kappa", "κ", higher_is_better=True, decimals=3),
    )

    def __init__(self, classes: int):
        self.confusion = np.zeros((classes, classes), np.int64)
        self.log_loss = np.zeros(())

    @staticmethod
    def errors(y: np.ndarray, prediction: np.ndarray) -> np.ndarray:
        """1 where the most probable class is wrong, else 0; shape (rows, 1), NaN if not scored."""
        valid = np.isfinite(y[:, 0]) & np.isfinite(prediction).all(axis=1)
        wrong = np.argmax(prediction, axis=1) != y[:, 0]
        return np.where(valid, wrong, np.nan)[:, None]

    def update(self, y: np.ndarray, prediction: np.ndarray) -> None:
        """Score a block of rows.

        Args:
            y: indices of the classes, shape (rows, 1).
            prediction: probabilities that sum to one, shape (rows, classes).

        Raises:
            ValueError: if a shape is wrong, or a label is not an index of a class.
        """
        classes = len(self.confusion)
        if y.shape != (len(y), 1) or prediction.shape != (len(y), classes):
            raise ValueError(
                f"Expected labels of shape {(len(y), 1)} and probabilities of shape "
                f"{(len(y), classes)}; got {y.shape} and {prediction.shape}; "
                "try one column per class."
            )
        valid = np.isfinite(y[:, 0]) & np.isfinite(prediction).all(axis=1)
        true = class_indices(y[valid, 0], classes)
        probabilities = prediction[valid].astype(np.float64)
        np.add.at(self.confusion, (true, probabilities.argmax(axis=1)), 1)
        chosen = probabilities[np.arange(len(true)), true]
        self.log_loss -= np.log(
            np.clip(chosen, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)
        ).sum()

    def result(self) -> dict[str, Any]:
        """`scored`, `accuracy`, `log_loss`, `f1`, `kappa`; `confusion`: [true][predicted]."""
        count = int(self.confusion.sum())
        hits = np.diag(self.confusion)
        labelled, predicted = self.confusion.sum(axis=1), self.confusion.sum(axis=0)
        # Python's integers: products of counts would overflow int64 after some 1e9 rows.
        chance = sum(int(a) * int(b) for a, b in zip(labelled, predicted, strict=True))
        f1 = _ratio(2 * hits, labelled + predicted)
        return {
            "scored": count,
            "accuracy": _quotient(int(hits.sum()), count),
            "log_loss": _quotient(float(self.log_loss), count),
            "f1": mean_of_present(f1[1:] if len(f1) == 2 else f1),
            "kappa": _quotient(int(hits.sum()) * count - chance, count * count - chance),
            "confusion": self.confusion.tolist(),
        }

    def state(self) -> State:
        return copy_arrays(vars(self))

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        load_arrays(vars(self), state)


def class_indices(labels: np.ndarray, classes: int) -> np.ndarray:
    """Finite labels as integers.

    Raises:
        ValueError: if one of them is not in 0 ... classes - 1.
    """
    indices = labels.astype(np.int64)
    wrong = (indices != labels) | (indices < 0) | (indices >= classes)
    if wrong.any():
        raise ValueError(
            f"Expected class indices 0 ... {classes - 1}; got {labels[wrong][0]}; "
            "try the order of the stream's class names, and NaN for a missing label."
        )
    return indices


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    return np.where(denominator > 0, numerator / np.maximum(denominator, 1), np.nan)


def _quotient(numerator: float, denominator: int) -> float | None:
    return numerator / denominator if denominator else None
