"""What a stretch of rows adds up to, for all learners."""

from collections.abc import Mapping, Sequence

import numpy as np

from onward.evaluate.metrics.catalogue import SCORES, TaskScores
from onward.evaluate.pieces import Piece
from onward.evaluate.state import State, copy_arrays, entries_under, load_arrays, nest
from onward.streams.base import Task


class Stretch:
    """Scores, and sums of errors, of every learner over some rows.

    Args:
        task: `"regression"` or `"classification"`.
        outputs: columns of a prediction.
        learners: names; the others are compared with the first.
    """

    def __init__(self, task: Task, outputs: int, learners: Sequence[str]):
        self.task: Task = task
        self.scores = {name: TaskScores(task, outputs) for name in learners}
        shape = (len(learners), outputs if task == "regression" else 1)
        # Of the labels that a learner is scored on; and of those that it and the first are, how
        # much its error is the greater one.
        self.sums = {
            "error": np.zeros(shape),
            "count": np.zeros(shape, np.int64),
            "gain": np.zeros(shape),
            "shared": np.zeros(shape, np.int64),
        }

    def update(self, piece: Piece) -> None:
        """Add rows."""
        first = None
        for index, (name, scores) in enumerate(self.scores.items()):
            prediction = piece.predictions[name]
            scores.update(piece.y, prediction)
            errors = SCORES[self.task][0].errors(piece.y, prediction)
            first = errors if first is None else first
            gain = errors - first
            for total, count, values in (("error", "count", errors), ("gain", "shared", gain)):
                valid = ~np.isnan(values)
                self.sums[total][index] += np.where(valid, values, 0.0).sum(axis=0)
                self.sums[count][index] += valid.sum(axis=0)

    def merge(self, other: "Stretch") -> None:
        """Add the rows of another."""
        for name, scores in self.scores.items():
            scores.merge(other.scores[name])
        for name, array in self.sums.items():
            array += other.sums[name]

    def state(self) -> State:
        state = copy_arrays(self.sums)
        for name, scores in self.scores.items():
            state |= nest(f"scores/{name}", scores.state())
        return state

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        load_arrays(self.sums, state)
        for name, scores in self.scores.items():
            scores.restore(entries_under(f"scores/{name}", state))
