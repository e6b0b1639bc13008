"""What a score is: plain data, accumulated block by block in constant memory."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np

from onward.evaluate.state import State


class AbstractScore(ABC):
    """A running score of one learner.

    Its result is plain data (numbers, lists, and None where a quantity is undefined) that can be
    written as JSON: it never holds NaN or an infinity.

    A new member implements the methods below; `Scoreboard` then keeps five per learner: overall and
    one per quarter of the stream.
    """

    @staticmethod
    @abstractmethod
    def errors(y: np.ndarray, prediction: np.ndarray) -> np.ndarray:
        """The error of every row, NaN where there is no label or no prediction."""

    @abstractmethod
    def update(self, y: np.ndarray, prediction: np.ndarray) -> None:
        """Score a block of rows."""

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
