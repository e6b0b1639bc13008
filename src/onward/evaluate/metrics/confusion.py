"""Which classes are taken for which."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from onward.evaluate.metrics.base import AbstractScore
from onward.evaluate.metrics.classification import ClassificationScore, scored_rows
from onward.evaluate.metrics.metric import Metric
from onward.evaluate.state import State, copy_arrays, load_arrays


class Confusion(AbstractScore):
    """The confusion matrix: how many labels of each class were given to each class.

    Rows count as for `ClassificationScore`. Memory: classes² numbers.

    Args:
        classes: number of classes.
    """

    metrics: ClassVar[tuple[Metric, ...]] = ()
    overall_only: ClassVar[bool] = True
    errors = staticmethod(ClassificationScore.errors)

    def __init__(self, classes: int):
        self.confusion = np.zeros((classes, classes), np.int64)

    def update(self, y: np.ndarray, prediction: np.ndarray) -> None:
        """Count a block of rows; shapes and errors as for `ClassificationScore`."""
        true, probabilities = scored_rows(y, prediction, len(self.confusion))
        np.add.at(self.confusion, (true, probabilities.argmax(axis=1)), 1)

    def merge(self, other: "Confusion") -> None:
        self.confusion += other.confusion

    def result(self) -> dict[str, Any]:
        """`confusion`: [true][predicted]."""
        return {"confusion": self.confusion.tolist()}

    def state(self) -> State:
        return copy_arrays(vars(self))

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        load_arrays(vars(self), state)
