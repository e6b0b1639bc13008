"""The scores of each task, one row each."""

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np

from onward.evaluate.metrics.base import AbstractScore
from onward.evaluate.metrics.classification import ClassificationScore
from onward.evaluate.metrics.confusion import Confusion
from onward.evaluate.metrics.metric import Metric
from onward.evaluate.metrics.regression import RegressionScore
from onward.evaluate.state import State, entries_under, nest
from onward.streams.base import Task

# The first of each makes the rolling error, and its first metric is the headline.
SCORES: dict[Task, tuple[type[AbstractScore], ...]] = {
    "regression": (RegressionScore,),
    "classification": (ClassificationScore, Confusion),
}


def metrics_of(task: Task) -> tuple[Metric, ...]:
    """The columns of a task's tables, the headline first."""
    return tuple(metric for kind in SCORES[task] for metric in kind.metrics)


class TaskScores:
    """The scores of a task for one learner, with one result.

    Args:
        task: `"regression"` or `"classification"`.
        outputs: columns of a prediction: the number of targets, or of classes.
        overall_only: whether they are those that are kept for the whole stream alone, or the rest.
    """

    def __init__(self, task: Task, outputs: int, *, overall_only: bool = False):
        kinds = [kind for kind in SCORES[task] if kind.overall_only == overall_only]
        self._scores = {kind.__name__: kind(outputs) for kind in kinds}

    def update(self, y: np.ndarray, prediction: np.ndarray) -> None:
        """Score a block of rows; see `AbstractScore.update`."""
        for score in self._scores.values():
            score.update(y, prediction)

    def merge(self, other: "TaskScores") -> None:
        """Add the rows that other scores of the same kinds have seen."""
        for name, score in self._scores.items():
            score.merge(other._scores[name])

    def joined(self, other: "TaskScores") -> "TaskScores":
        """These scores and those of other kinds, with one result."""
        both = copy.copy(self)
        both._scores = self._scores | other._scores
        return both

    def result(self) -> dict[str, Any]:
        """What all of them say.

        Raises:
            ValueError: two of them use one name for a number.
        """
        found: dict[str, Any] = {}
        for name, score in self._scores.items():
            result = score.result()
            if taken := found.keys() & result.keys():
                raise ValueError(
                    f"Expected a name of its own for each number of {name}; got {min(taken)!r}, "
                    "which another score has. Try another name."
                )
            found |= result
        return found

    def state(self) -> State:
        """All that has been accumulated, as a flat dictionary of arrays."""
        state: State = {}
        for name, score in self._scores.items():
            state |= nest(name, score.state())
        return state

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Continue from `state()` of the same scores."""
        for name, score in self._scores.items():
            score.restore(entries_under(name, state))
