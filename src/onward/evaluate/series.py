"""The headline metric in each of many interleaved series."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from onward.evaluate.metrics.base import plain
from onward.evaluate.metrics.catalogue import SCORES
from onward.evaluate.state import State
from onward.streams.base import Task


class SeriesScores:
    """R² or accuracy of every learner in each series, all series in one pass over the rows.

    R² compares with the mean of the labels of the same series that the learner is scored on, and
    is averaged over targets, as that of `RegressionScore`. It is None where no target varies.

    Sums run row by row, so that the result does not depend on how the rows are cut, to the bit.
    Labels are taken from the first one of their series, which costs R² its digits only where a
    series goes very far from where it began. Memory: learners · series · 4 columns.

    Args:
        task: `"regression"` or `"classification"`.
        outputs: columns of a prediction: the number of targets, or of classes.
        learners: names.
        series: how many there are.
    """

    def __init__(self, task: Task, outputs: int, learners: Sequence[str], series: int):
        self.task: Task = task
        self.learners = tuple(learners)
        columns = outputs if task == "regression" else 1
        self._origin = np.full((series, columns), np.nan)
        # Of the labels that are scored: their number, sum and squares, and the errors, squared.
        self._sums = np.zeros((4, len(self.learners), series, columns))

    def update(
        self, y: np.ndarray, predictions: Mapping[str, np.ndarray], series: np.ndarray
    ) -> None:
        """Score consecutive rows.

        Args:
            y: labels, as in `Scoreboard.update`.
            predictions: as there.
            series: codes of the rows' series, integers, shape (rows,).
        """
        for column, labels in enumerate(y.T.astype(np.float64)):
            known = np.flatnonzero(np.isfinite(labels))
            codes, firsts = np.unique(series[known], return_index=True)
            new = np.isnan(self._origin[codes, column])
            self._origin[codes[new], column] = labels[known[firsts[new]]]
        centred = y - self._origin[series]
        for index, name in enumerate(self.learners):
            errors = SCORES[self.task][0].errors(y, predictions[name])
            valid = ~np.isnan(errors)
            for sums, values in zip(
                self._sums[:, index], (1.0, centred, centred**2, errors**2), strict=True
            ):
                np.add.at(sums, series, np.where(valid, values, 0.0))

    def result(self) -> dict[str, list[float | None]]:
        """For every learner one score a series, None where there is nothing to score."""
        count, total, squares, errors = self._sums
        divisor = np.maximum(count, 1.0)
        if self.task == "classification":
            score = np.where(count > 0, 1.0 - errors / divisor, np.nan)[..., 0]
            return {name: plain(score[i]) for i, name in enumerate(self.learners)}
        spread = squares - total**2 / divisor
        varies = spread > 1e-12 * squares
        score = np.where(varies, 1.0 - errors / np.where(varies, spread, 1.0), 0.0)
        targets = varies.sum(axis=-1)
        mean = np.where(targets > 0, score.sum(axis=-1) / np.maximum(targets, 1), np.nan)
        return {name: plain(mean[i]) for i, name in enumerate(self.learners)}

    def state(self) -> State:
        """All that has been accumulated, as a flat dictionary of arrays."""
        return {"origin": self._origin.copy(), "sums": self._sums.copy()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue from `state()` of the same learners, with the same series or the first of them.

        Raises:
            ValueError: an array is absent or has another shape.
        """
        for name, mine in (("origin", self._origin), ("sums", self._sums)):
            saved = np.asarray(state.get(name, np.zeros(0)))
            axis = mine.ndim - 2
            fits = saved.ndim == mine.ndim and saved.shape[axis] <= mine.shape[axis]
            others = [size for i, size in enumerate(saved.shape) if i != axis]
            if not fits or others != [size for i, size in enumerate(mine.shape) if i != axis]:
                raise ValueError(
                    f"Expected {name!r} of shape {mine.shape}, or of fewer series; got "
                    f"{saved.shape}; try the same task and learners as in the saved run."
                )
            mine[..., : saved.shape[axis], :] = saved
