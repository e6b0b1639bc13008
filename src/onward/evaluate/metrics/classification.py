"""Accuracy, log loss, F1 and Cohen's kappa."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from onward.evaluate.metrics.base import AbstractScore, mean_of_present, plain
from onward.evaluate.metrics.metric import Metric
from onward.evaluate.state import State, copy_arrays, load_arrays

# A certain and wrong prediction costs -log of this (36.04 nats): the choice of scikit-learn.
SMALLEST_PROBABILITY = float(np.finfo(np.float64).eps)


class ClassificationScore(AbstractScore):
    """Accuracy, log loss, F1 and Cohen's κ, from running counts of each class.

    A row counts where its label is finite and its probabilities are; the predicted class is the
    most probable one, the first of equals. The log loss is in nats, with the probability of the
    true class clipped to [ε, 1 - ε], ε = 2.2e-16. The F1 of a class is that with it as the
    positive one; `f1` is macro F1, their mean over the classes that occur in labels or
    predictions, also where there are two. What would be 0 / 0 is None.

    Memory: 3 classes + 1 numbers.

    Args:
        classes: number of classes.
    """

    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric("accuracy", "accuracy", higher_is_better=True, decimals=3),
        Metric("log_loss", "log loss", higher_is_better=False, decimals=3),
        Metric("f1", "macro F1", higher_is_better=True, decimals=3),
        Metric("kappa", "κ", higher_is_better=True, decimals=3),
    )

    def __init__(self, classes: int):
        self.labelled, self.predicted, self.hits = np.zeros((3, classes), np.int64)
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
        true, probabilities = scored_rows(y, prediction, len(self.hits))
        chosen = probabilities.argmax(axis=1)
        for counts, classes in (
            (self.labelled, true),
            (self.predicted, chosen),
            (self.hits, true[true == chosen]),
        ):
            counts += np.bincount(classes, minlength=len(counts))
        of_true = probabilities[np.arange(len(true)), true]
        self.log_loss -= np.log(
            np.clip(of_true, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)
        ).sum()

    def merge(self, other: "ClassificationScore") -> None:
        for name, array in vars(self).items():
            array += getattr(other, name)

    def result(self) -> dict[str, Any]:
        """`scored`, `accuracy`, `log_loss`, `f1`, `kappa`; `by_class`: `labels`, `precision`,
        `recall` and `f1` of each class."""
        count, hits = int(self.labelled.sum()), int(self.hits.sum())
        # Python's integers: products of counts would overflow int64 after some 1e9 rows.
        pairs = zip(self.labelled.tolist(), self.predicted.tolist(), strict=True)
        chance = sum(labelled * predicted for labelled, predicted in pairs)
        f1 = _ratio(2 * self.hits, self.labelled + self.predicted)
        return {
            "scored": count,
            "accuracy": _quotient(hits, count),
            "log_loss": _quotient(float(self.log_loss), count),
            "f1": mean_of_present(f1),
            "kappa": _quotient(hits * count - chance, count * count - chance),
            "by_class": {
                "labels": self.labelled.tolist(),
                "precision": plain(_ratio(self.hits, self.predicted)),
                "recall": plain(_ratio(self.hits, self.labelled)),
                "f1": plain(f1),
            },
        }

    def state(self) -> State:
        return copy_arrays(vars(self))

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        load_arrays(vars(self), state)


def scored_rows(
    y: np.ndarray, prediction: np.ndarray, classes: int
) -> tuple[np.ndarray, np.ndarray]:
    """The true classes, shape (scored,), and probabilities, (scored, classes), of the rows that
    have both.

    Raises:
        ValueError: if a shape is wrong, or a label is not an index of a class.
    """
    if y.shape != (len(y), 1) or prediction.shape != (len(y), classes):
        raise ValueError(
            f"Expected labels of shape {(len(y), 1)} and probabilities of shape "
            f"{(len(y), classes)}; got {y.shape} and {prediction.shape}; "
            "try one column per class."
        )
    valid = np.isfinite(y[:, 0]) & np.isfinite(prediction).all(axis=1)
    return class_indices(y[valid, 0], classes), prediction[valid].astype(np.float64)


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
