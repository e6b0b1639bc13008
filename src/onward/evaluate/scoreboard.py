"""All scores of one pass over a stream, for all learners side by side."""

import copy
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from onward.evaluate.metrics.catalogue import SCORES
from onward.evaluate.pieces import Piece
from onward.evaluate.rolling import Rolling, bin_rows
from onward.evaluate.state import State, entries_under, load_arrays, nest
from onward.evaluate.stretch import Stretch
from onward.evaluate.stretches import Stretches, quarter_ends
from onward.evaluate.totals import Totals
from onward.streams.base import Task

QUARTERS = ("Q1", "Q2", "Q3", "Q4")

# The learner itself, without further learning: its gain is measured over other opponents.
FROZEN = "frozen after warm-up"

# A stream of fewer rows is kept as it is, and scored when it is asked for.
WAITING = 1024

# Long lists that only the overall score carries.
DETAILS = ("per_target", "by_class")


class Scoreboard:
    """Overall scores, scores of phases, the rolling error, the gain over the baselines, counts.

    Everything is by target row: the row whose label is predicted. A learner is scored wherever
    the label is finite and it made a prediction, so learners that abstain on different rows are
    scored on different rows; the `scored` in each result says on how many labels.

    The length of the stream need not be known. Where no phases are given, they are the quarters
    of the rows so far. A quarter q ends with row ⌈q n / 4⌉ of n: exactly for fewer than 1,024
    rows, to within 1 % of n beyond. R² in a phase compares with the mean of that phase.

    The rolling error is the error rate in classification. In regression it is the mean absolute
    error: with one target in the target's units, with several each divided by the standard
    deviation of that target's labels over the stream and then averaged, so that targets of
    different units share one axis. The gain is in the same units: what `Rolling.gain` says of the
    first learner and the best baseline, that with the best headline metric over all rows. The
    same network frozen after warm-up is no baseline.

    Memory: constant in the length, at most 256 scores and 1,024 waiting rows a learner. However
    the rows are cut, and killed and resumed through `state` and `restore`, it ends with the same
    bits.

    Args:
        task: `"regression"` or `"classification"`.
        outputs: columns of a prediction: the number of targets, or of classes.
        learners: names; the first is the one whose scored labels are counted in `counts`.
        phases: names of phases, by their codes; none for quarters.

    Raises:
        ValueError: if there is no learner, or two have the same name.
    """

    def __init__(
        self, task: Task, outputs: int, learners: Sequence[str], phases: Sequence[str] = ()
    ):
        if not learners or len(set(learners)) != len(learners):
            raise ValueError(
                f"Expected at least one learner and distinct names; got {list(learners)}; "
                "try another name for each."
            )
        self.task: Task = task
        self.learners, self.phases = tuple(learners), tuple(phases)
        self._outputs, self._columns = outputs, outputs if task == "regression" else 1
        self._totals = Totals(task, outputs, self.learners, len(self.phases))
        self._stretches = Stretches(task, outputs, self.learners)
        self._waiting = Piece.empty(self._columns, outputs, self.learners)
        self._progress = {
            "next_row": np.full(1, -1, np.int64),
            "unlabelled": np.zeros(1, np.int64),
        }

    def update(
        self,
        first_target_row: int,
        y: np.ndarray,
        predictions: Mapping[str, np.ndarray],
        phase: np.ndarray | None = None,
    ) -> None:
        """Score consecutive target rows.

        Args:
            first_target_row: the row of `y[0]`: where the last call ended (any row at first).
            y: labels of these rows, shape (rows, targets), NaN where missing. In classification
                shape (rows, 1), indices of classes.
            predictions: for every learner its predictions of these rows, shape (rows, outputs);
                NaN where it made none.
            phase: codes of the rows' phases, integers, shape (rows,), -1 for none; expected
                where the scoreboard has phases.

        Raises:
            ValueError: if rows are skipped or repeated, if a learner is missing or unknown, or
                if a shape or a phase is wrong. A label that is not the index of a class is found
                as soon as there are enough rows to score, or by `result`.
        """
        self._check_rows(first_target_row, len(y))
        empty, phases = self._waiting.cut(slice(0)), len(self.phases)
        rows = self._waiting.joined(empty.like(y, predictions, phase, phases))
        if len(rows) + self._stretches.rows >= WAITING:
            for piece in self._stretches.take(rows):
                self._totals.update(piece)
                rows = rows.cut(slice(len(piece), None))
        # A copy: the rows may be part of many more.
        self._waiting = rows.cut(np.arange(len(rows)))
        self._progress["next_row"][0] = first_target_row + len(y)
        self._progress["unlabelled"] += np.count_nonzero(~np.isfinite(y))

    def result(self) -> dict[str, Any]:
        """The scores so far, as plain data (None where there is nothing to score, never NaN).

        Returns:
            `learners`: for every name `overall`, `quarters` (without the long lists) and, of a
            stream with phases, `phases` likewise; `phases`: `by` ("quarter" or "phase") and
            `names`; `rolling`: `metric`, `rows` (the centres of the bins) and `series` by name;
            `gain`: None without a baseline that has a score, else `baseline`, `metric`, `rows` (the ends of the bins) and `values`;
            `counts`: `scored` labels of the first learner and `unlabelled` (row, target) pairs.
        """
        totals, stretches, quarters = self._with_the_waiting()
        whole = stretches.merged(0, len(stretches.parts)).scores
        overall = {n: scores.joined(totals.overall[n]).result() for n, scores in whole.items()}
        parts = {"quarters": [stretch.scores for stretch in quarters]}
        parts |= {"phases": totals.by_phase} if self.phases else {}
        rolling = self._rolling(totals, stretches)
        metric = self._metric()
        return {
            "learners": {
                name: {
                    "overall": overall[name],
                    **{part: [_brief(one[name]) for one in by] for part, by in parts.items()},
                }
                for name in self.learners
            },
            "phases": {
                "by": "phase" if self.phases else "quarter",
                "names": list(self.phases or QUARTERS),
            },
            "rolling": {"metric": metric, "rows": rolling.centres(), "series": rolling.errors()},
            "gain": self._gain(metric, rolling, overall),
            "counts": {
                "scored": overall[self.learners[0]]["scored"],
                "unlabelled": int(self._progress["unlabelled"][0]),
            },
        }

    def state(self) -> State:
        """All that has been accumulated, as a flat dictionary of arrays.

        How many stretches and waiting rows it holds depends on the rows seen, at most as many as
        the class says.
        """
        state = {name: array.copy() for name, array in self._progress.items()}
        state |= nest("totals", self._totals.state()) | nest("stretches", self._stretches.state())
        return state | nest("waiting", self._waiting.state())

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Continue from `state()` of a scoreboard that was made with the same arguments, or with
        the first of the same phases.

        Raises:
            ValueError: if an array is absent, or has another shape or dtype.
        """
        load_arrays(self._progress, state)
        self._totals.restore(entries_under("totals", state))
        self._stretches.restore(entries_under("stretches", state))
        self._waiting = Piece.of(entries_under("waiting", state))

    def _check_rows(self, first: int, rows: int) -> None:
        expected = int(self._progress["next_row"][0])
        if expected not in (-1, first) or first < 0:
            raise ValueError(
                f"Expected rows from {max(expected, 0)} on; got rows {first} to {first + rows}; "
                "try consecutive blocks."
            )

    def _with_the_waiting(self) -> tuple[Totals, Stretches, list[Stretch]]:
        """Totals, stretches and quarters, as if the rows that wait were all that will come."""
        totals, waiting = copy.deepcopy(self._totals), self._waiting
        totals.update(waiting)
        if self._stretches.rows:
            stretches = self._stretches.extended(waiting)
            return totals, stretches, stretches.quarters()
        stretches = Stretches(self.task, self._outputs, self.learners, bin_rows(len(waiting)))
        quarters = [stretches.new() for _ in QUARTERS]
        for quarter, (begin, end) in zip(
            quarters, pairwise(quarter_ends(len(waiting))), strict=True
        ):
            quarter.update(waiting.cut(slice(begin, end)))
        return totals, stretches.extended(waiting), quarters

    def _metric(self) -> str:
        if self.task == "classification":
            return "error rate"
        one = self._outputs == 1
        return "mean absolute error" if one else "mean absolute error / standard deviation"

    def _rolling(self, totals: Totals, stretches: Stretches) -> Rolling:
        scale = np.ones(self._columns)
        if self._columns > 1:
            scale = np.where(totals.labels.varies, np.sqrt(totals.labels.variance), 0.0)
        rows = stretches.rows
        return Rolling(stretches, max(int(self._progress["next_row"][0]) - rows, 0), scale)

    def _gain(
        self, metric: str, rolling: Rolling, overall: Mapping[str, Mapping[str, Any]]
    ) -> dict[str, Any] | None:
        headline = SCORES[self.task][0].metrics[0]
        sign = 1.0 if headline.higher_is_better else -1.0
        scores = {
            name: sign * overall[name][headline.key]
            for name in self.learners[1:]
            if name != FROZEN and overall[name][headline.key] is not None
        }
        if not scores:
            return None
        best = max(scores, key=lambda name: scores[name])
        values = rolling.gain(best)
        return {"baseline": best, "metric": metric, "rows": rolling.ends(), "values": values}


def _brief(scores: Any) -> dict[str, Any]:
    return {key: value for key, value in scores.result().items() if key not in DETAILS}
