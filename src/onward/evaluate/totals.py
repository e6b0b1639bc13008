"""What is scored over each phase of a stream, and what only over the whole."""

from collections.abc import Mapping, Sequence

import numpy as np

from onward.evaluate.metrics.catalogue import TaskScores
from onward.evaluate.moments import Moments
from onward.evaluate.pieces import Piece
from onward.evaluate.state import State, entries_under, nest, stacked, unstacked
from onward.streams.base import Task


class Totals:
    """Of every learner, the scores in each phase, and those kept for the whole stream alone.

    Args:
        task: `"regression"` or `"classification"`.
        outputs: columns of a prediction.
        learners: names.
        phases: how many there are.
    """

    def __init__(self, task: Task, outputs: int, learners: Sequence[str], phases: int):
        self.overall = {name: TaskScores(task, outputs, overall_only=True) for name in learners}
        self.labels = Moments(outputs if task == "regression" else 1)
        self.by_phase = [
            {name: TaskScores(task, outputs) for name in learners} for _ in range(phases)
        ]

    def update(self, piece: Piece) -> None:
        """Add rows."""
        self.labels.update(piece.y, np.isfinite(piece.y))
        _score(self.overall, piece)
        if self.by_phase:
            for code in np.unique(piece.phase[piece.phase >= 0]):
                _score(self.by_phase[code], piece.cut(piece.phase == code))

    def state(self) -> State:
        state = nest("labels", self.labels.state())
        for name, scores in self.overall.items():
            state |= nest(f"overall/{name}", scores.state())
            phases = stacked([scores[name].state() for scores in self.by_phase])
            state |= nest(f"phases/{name}", phases)
        return state

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Continue from a state; it may have fewer phases, as a stream that has grown since.

        Raises:
            ValueError: if it has more phases, or none where there are some now: those of the rows
                so far are not known.
        """
        self.labels.restore(entries_under("labels", state))
        for name, scores in self.overall.items():
            scores.restore(entries_under(f"overall/{name}", state))
            phases = entries_under(f"phases/{name}", state)
            saved = min((len(array) for array in phases.values()), default=0)
            least = min(len(self.by_phase), 1)
            if not least <= saved <= len(self.by_phase):
                raise ValueError(
                    f"Expected {least} to {len(self.by_phase)} saved phases; got {saved}; try the "
                    "phases of the saved run, or start anew."
                )
            for of_phase, arrays in zip(self.by_phase, unstacked(phases, saved), strict=False):
                of_phase[name].restore(arrays)


def _score(scores: Mapping[str, TaskScores], piece: Piece) -> None:
    for name, prediction in piece.predictions.items():
        scores[name].update(piece.y, prediction)
