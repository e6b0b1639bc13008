"""All scores of one pass over a stream, for all learners side by side."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from onward.evaluate.metrics.catalogue import SCORES, TaskScores
from onward.evaluate.moments import Moments
from onward.evaluate.rolling import RollingError
from onward.evaluate.state import State, entries_under, load_arrays, nest
from onward.streams.base import Task

QUARTERS = 4

# Bins of the rolling error: with fewer than some hundred rows in each, an error rate is noise.
BIN_ROWS, FEWEST_BINS, MOST_BINS = 100, 20, 200

# Long lists that only the overall score carries.
DETAILS = ("per_target", "confusion")


class Scoreboard:
    """Overall scores, scores per quarter of the stream, the rolling error, and counts.

    Everything is by target row: the row whose label is predicted. A target row t belongs to
    quarter ⌊4 t / length⌋. A learner is scored wherever the label is finite and it made a
    prediction, so learners that abstain on different rows are scored on different rows; the
    `scored` in each result says on how many labels. R² in a quarter compares with the mean of
    that quarter.

    The rolling error is the error rate in classification. In regression it is the mean absolute
    error: with one target in the target's units, with several each divided by the standard
    deviation of that target's labels over the stream and then averaged, so that targets of
    different units share one axis.

    Memory: constant in the length. Killed and resumed through `state` and `restore` with the same
    blocks of rows, it ends with the same bits.

    Args:
        task: `"regression"` or `"classification"`.
        length: rows of the stream.
        outputs: columns of a prediction: the number of targets, or of classes.
        learners: names; the first is the one whose scored labels are counted in `counts`.

    Raises:
        ValueError: if there is no learner, or two have the same name.
    """

    def __init__(self, task: Task, length: int, outputs: int, learners: Sequence[str]):
        if not learners or len(set(learners)) != len(learners):
            raise ValueError(
                f"Expected at least one learner and distinct names; got {list(learners)}; "
                "try another name for each."
            )
        self.task: Task = task
        self.length, self.learners = length, tuple(learners)
        self._outputs = outputs
        self._overall = self._new_scores()
        self._quarters = [self._new_scores() for _ in range(QUARTERS)]
        columns = outputs if task == "regression" else 1
        self._labels = Moments(columns)
        bins = min(MOST_BINS, max(FEWEST_BINS, length // BIN_ROWS))
        self._rolling = RollingError(length, self.learners, columns, bins)
        self._progress = {
            "next_row": np.full(1, -1, np.int64),
            "unlabelled": np.zeros(1, np.int64),
        }

    def update(
        self, first_target_row: int, y: np.ndarray, predictions: Mapping[str, np.ndarray]
    ) -> None:
        """Score consecutive target rows.

        Args:
            first_target_row: the row of `y[0]`: where the last call ended (any row at first).
            y: labels of these rows, shape (rows, targets), NaN where missing. In classification
                shape (rows, 1), indices of classes.
            predictions: for every learner its predictions of these rows, shape (rows, outputs);
                NaN where it made none.

        Raises:
            ValueError: if rows are skipped, repeated or beyond the stream, if a learner is
                missing or unknown, or if a shape is wrong.
        """
        self._check(first_target_row, len(y), predictions)
        finite = np.isfinite(y)
        self._labels.update(y.astype(np.float64), finite)
        quarters = QUARTERS * np.arange(first_target_row, first_target_row + len(y)) // self.length
        for quarter in np.unique(quarters):
            rows = quarters == quarter
            for scores in (self._overall, self._quarters[quarter]):
                for name, score in scores.items():
                    score.update(y[rows], predictions[name][rows])
        errors = {name: SCORES[self.task][0].errors(y, predictions[name]) for name in self.learners}
        self._rolling.update(first_target_row, errors)
        self._progress["next_row"][0] = first_target_row + len(y)
        self._progress["unlabelled"] += np.count_nonzero(~finite)

    def result(self) -> dict[str, Any]:
        """The scores so far, as plain data (None where there is nothing to score, never NaN).

        Returns:
            `learners`: for every name `overall` and `quarters` (four scores without the long
            lists); `rolling`: `metric`, `rows` (the centres of the bins) and `series` by name;
            `counts`: `scored` labels of the first learner and `unlabelled` (row, target) pairs.
        """
        learners = {name: self._result_of(name) for name in self.learners}
        return {
            "learners": learners,
            "rolling": self._rolling_result(),
            "counts": {
                "scored": learners[self.learners[0]]["overall"]["scored"],
                "unlabelled": int(self._progress["unlabelled"][0]),
            },
        }

    def state(self) -> State:
        """All that has been accumulated, as a flat dictionary of arrays."""
        state = {name: array.copy() for name, array in self._progress.items()}
        for prefix, part in self._parts().items():
            state |= nest(prefix, part.state())
        return state

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Continue from `state()` of a scoreboard that was made with the same arguments.

        Raises:
            ValueError: if an array is absent, or has another shape or dtype.
        """
        load_arrays(self._progress, state)
        for prefix, part in self._parts().items():
            part.restore(entries_under(prefix, state))

    def _new_scores(self) -> dict[str, TaskScores]:
        return {name: TaskScores(self.task, self._outputs) for name in self.learners}

    def _parts(self) -> dict[str, TaskScores | Moments | RollingError]:
        parts: dict[str, TaskScores | Moments | RollingError] = {
            "labels": self._labels,
            "rolling": self._rolling,
        }
        for name in self.learners:
            parts[f"overall/{name}"] = self._overall[name]
            for quarter, scores in enumerate(self._quarters):
                parts[f"quarter {quarter}/{name}"] = scores[name]
        return parts

    def _check(self, first: int, rows: int, predictions: Mapping[str, np.ndarray]) -> None:
        expected = int(self._progress["next_row"][0])
        if expected not in (-1, first) or first < 0 or first + rows > self.length:
            raise ValueError(
                f"Expected rows from {max(expected, 0)} on, below {self.length}; got rows {first} "
                f"to {first + rows}; try consecutive blocks."
            )
        if set(predictions) != set(self.learners):
            raise ValueError(
                f"Expected predictions of {sorted(self.learners)}; got {sorted(predictions)}; "
                "try NaN where a learner made none."
            )

    def _result_of(self, name: str) -> dict[str, Any]:
        results = [scores[name].result() for scores in self._quarters]
        quarters = [{key: r[key] for key in r if key not in DETAILS} for r in results]
        return {"overall": self._overall[name].result(), "quarters": quarters}

    def _rolling_result(self) -> dict[str, Any]:
        if self.task == "classification":
            metric, scale = "error rate", np.ones(1)
        elif self._outputs == 1:
            metric, scale = "mean absolute error", np.ones(1)
        else:
            metric = "mean absolute error / standard deviation"
            scale = np.where(self._labels.varies, np.sqrt(self._labels.variance), 0.0)
        return {
            "metric": metric,
            "rows": self._rolling.centres(),
            "series": self._rolling.series(scale),
        }
