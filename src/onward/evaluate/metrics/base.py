"""What a score is: plain data, accumulated block by block in constant memory."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from onward.evaluate.metrics.metric import Metric
from onward.evaluate.state import State


class AbstractScore(ABC):
    """A running score of one learner.

    Its result is plain data (numbers, lists, and None where a quantity is undefined) that can be
    written as JSON: it never holds NaN or an infinity.

    To add a score, subclass in a file of its own, write the methods below and `metrics`, and add a
    row to `SCORES`. It is made with the number of outputs. `Scoreboard` then keeps one per learner
    overall, one per phase, and some hundred for stretches of the stream, which it merges.

    Class attributes:
        metrics: the numbers of its result that tables show.
        overall_only: whether it is kept for the whole stream alone, because it is large.
    """

    metrics: ClassVar[tuple[Metric, ...]]
    overall_only: ClassVar[bool] = False

    @abstractmethod
    def __init__(self, outputs: int) -> None:
        """A score of no rows yet.

        Args:
            outputs: columns of a prediction: the number of targets, or of classes.
        """

    @staticmethod
    @abstractmethod
    def errors(y: np.ndarray, prediction: np.ndarray) -> np.ndarray:
        """The error of every row, NaN where there is no label or no prediction."""

    @abstractmethod
    def update(self, y: np.ndarray, prediction: np.ndarray) -> None:
        """Score a block of rows."""

    @abstractmethod
    def merge(self, other: Any) -> None:
        """Add the rows that another score of the same size has seen."""

    @abstractmethod
    def result(self) -> dict[str, Any]:
        """The score of all rows so far."""

    @abstractmethod
    def state(self) -> State:
        """All that has been accumulated, as a flat dictionary of arrays."""

    @abstractmethod
    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Continue from `state()` of a score of the same size."""


def plain(values: np.ndarray) -> list[float | None]:
    """A list for JSON, with None for NaN."""
    return [None if np.isnan(value) else float(value) for value in values]


def mean_of_present(values: np.ndarray) -> float | None:
    """The mean of the entries that are not NaN; None where there is none."""
    present = values[~np.isnan(values)]
    return float(present.mean()) if len(present) else None
