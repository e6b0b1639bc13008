"""A linear model that learns online: the strongest simple opponent."""

from collections.abc import Mapping

import numpy as np

from onward.evaluate.baselines.base import AbstractBaseline
from onward.evaluate.baselines.lags import Lags, lags_that_fit
from onward.evaluate.baselines.least_squares import RecursiveLeastSquares, softmax
from onward.evaluate.baselines.scale import Scale
from onward.evaluate.state import State, entries_under, load_arrays, nest
from onward.streams.base import Task

# Beyond this a number counts as missing: squares of such numbers would soon leave the range of a
# float.
LARGEST_VALUE = 1e18


class OnlineLinear(AbstractBaseline):
    """Linear or logistic regression on lagged inputs and labels, by recursive least squares with
    forgetting, one row at a time.

    Row t is predicted from x[t], from the inputs 1, 2, 3, 6, 12, 24 and 48 rows before, and from
    the newest label that has arrived with those 1, 2, 5, 11, 23, 24, 47, 167 and 168 rows older.
    When y[t] arrives, the model learns from what it predicted row t - horizon from. Lags that would
    take a row beyond 128 numbers are left out, the longest first and those of inputs before those
    of labels. In regression it starts by repeating the newest label. Where a sequence begins, the
    running means stand in place of all rows of the one before.

    An input that is missing, not finite or beyond 1e18 stands at the running mean of its column;
    a missing label is not learnt from, and repeats the one before it among the lags. Numbers more
    than ten standard deviations out, by moments that forget, are moved to there, and so are
    predictions. In regression a target is NaN until its first label arrives.

    Why these lags and this memory: of seven sets of lags and four memories, chosen on Elec2 and on
    hourly bicycle rentals; lags of every few hours up to two days score higher still on both, at
    several times the cost.

    Cost: a Python loop over the rows; see `RecursiveLeastSquares`.
    """

    def __init__(self, task: Task, features: int, outputs: int, horizon: int):
        super().__init__(task, features, outputs, horizon)
        classes = task == "classification"
        # The last class follows from the others.
        columns = outputs - 1 if classes else outputs
        input_lags, label_lags = lags_that_fit(features, columns)
        self._inputs, self._labels = Lags(features, input_lags), Lags(columns, label_lags)
        self._scale, self._label_scale = Scale(features), Scale(columns)
        width = self._inputs.width + self._labels.width + 1
        self._model = RecursiveLeastSquares(width, outputs, classes)
        if not classes and label_lags:
            places = self._inputs.width + np.arange(outputs)
            self._model.weights[np.arange(outputs), places] = 1.0
        # Whose variance each number of a row has: of an input, of a label, or of the constant.
        places = np.arange(features + columns + 1)
        of_inputs = np.tile(places[:features], len(input_lags))
        of_labels = np.tile(places[features:-1], len(label_lags))
        self._columns = np.concatenate([of_inputs, of_labels, places[-1:]])
        self._one = np.ones(1)
        # What the rows were predicted from whose labels are still to come; none before the stream.
        self._waiting = np.zeros((horizon, width))
        self._row = np.zeros(1, np.int64)

    @property
    def name(self) -> str:
        return "linear (RLS)" if self.task == "regression" else "logistic (RLS)"

    def observe(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        x = np.where(np.abs(x) <= LARGEST_VALUE, x, np.nan).astype(np.float64)
        labels = self.as_outputs(y)
        labels[np.abs(labels) > LARGEST_VALUE] = np.nan
        predicted = np.empty((len(x), self.outputs))
        for row in range(len(x)):
            if not self.horizon:
                now = self._look(x[row])
                predicted[row] = self._predict(now)
                self._learn(now, labels[row])
                continue
            due = int(self._row[0]) % self.horizon
            self._learn(self._waiting[due] if self._row[0] >= self.horizon else None, labels[row])
            self._waiting[due] = now = self._look(x[row])
            predicted[row] = self._predict(now)
            self._row += 1
        return predicted

    def begin(self) -> None:
        self._inputs.fill(self._scale.mean if self._model.full else np.zeros(self.features))
        self._labels.fill(self._label_scale.mean)

    def state(self) -> State:
        arrays = {"waiting": self._waiting.copy(), "row": self._row.copy()}
        for name, part in self._parts().items():
            arrays |= nest(name, part.state())
        return arrays

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        load_arrays({"waiting": self._waiting, "row": self._row}, state)
        for name, part in self._parts().items():
            part.restore(entries_under(name, state))

    def _parts(self) -> dict[str, Lags | Scale | RecursiveLeastSquares]:
        return {
            "inputs": self._inputs,
            "labels": self._labels,
            "scale": self._scale,
            "label scale": self._label_scale,
            "model": self._model,
        }

    def _look(self, x: np.ndarray) -> np.ndarray:
        """What this row is predicted from, shape (width,)."""
        near = self._scale.clean(x)
        # Rates of single weights are no match for what all features have in common, their level.
        self._inputs.add(near if self._model.full else near - self._scale.mean)
        return np.concatenate([self._inputs.side_by_side(), self._labels.side_by_side(), self._one])

    def _predict(self, features: np.ndarray) -> np.ndarray:
        output = self._model.weights @ features
        if self.task == "classification":
            return softmax(output)
        return self._label_scale.restore_level(output)

    def _learn(self, features: np.ndarray | None, label: np.ndarray) -> None:
        """Take in a label, and learn from what its row was predicted from, if there was one."""
        known = np.isfinite(label)
        if not known.any():
            self._labels.add(self._labels.newest())
            return
        classes = self.task == "classification"
        encoded = self._label_scale.clean(label[1:] if classes else label)
        if features is not None:
            variances = (self._scale.settled(), self._label_scale.settled(), self._one)
            target = label if classes else encoded
            self._model.learn(features, target, known, np.concatenate(variances)[self._columns])
        self._labels.add(np.where(known[1:] if classes else known, encoded, self._labels.newest()))
