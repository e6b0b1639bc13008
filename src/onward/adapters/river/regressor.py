"""A recurrent network that predicts a number."""

import math
from collections.abc import Hashable, Mapping
from typing import Any

from river.base import MiniBatchRegressor

from onward.adapters.river import frames
from onward.adapters.river.estimator import Recurrent
from onward.adapters.river.labels import Number


class RecurrentRegressor(Recurrent, MiniBatchRegressor):
    """A number for each sample of a stream, by recurrent networks that learn as they go.

        s_t = f(s_{t-1}, (x_t, y_{t-1})),   ŷ_t = readout(s_t, (x_t, y_{t-1})),   then y_t

    Estimators of this module differ in what they predict alone. Features are numbers, truth values
    (0 and 1) or text (a column for each category). They may appear, vanish and come back: the
    network grows, and what is absent, None or NaN stands at its running mean. Inputs and labels
    need no scaler. A label that is None or NaN moves time on without learning.

    By default networks, lines and forecasters learn side by side, and are weighed by how well they
    predict; `members=1` is the first network alone.

    A plain `predict_one` is a peek. With `predict_one(x, id=...)` the sample is seen: time moves
    on, and what its label will need is kept until `learn_one(None, y, id=...)`, whenever that
    comes. The gradient is that at the state and the influence of then, with the weights of now, as
    with `Learner(delay=...)`; see `onward.wrapping.late`.

    A clone is fresh; a copy, also one by pickle, goes on with the same bits. River's wrappers
    apply: `drift.DriftRetrainingClassifier(RecurrentClassifier())` starts afresh at a drift, and a
    detector such as `drift.ADWIN` can watch the errors of `predict_one`. Call
    `onward.fast_dispatch()` before anything else where one sample at a time has to be quick.

    Args:
        size: hidden units of a network.
        cell: a name, such as "gru" or "lru".
        rule: how credit flows through time: a name such as "rtrl", or a rule of `onward`.
        optimizer: a name of `onward.OPTIMIZERS`, or "auto".
        learning_rate: the optimizer's own if not given.
        feedback: whether the newest label is an input.
        categories: of a text feature; all later ones share a column, and are counted.
        waiting: samples that may wait for labels by an id; beyond it the oldest is given up.
        seed: draws the weights.
        members: None for the mixture of `onward.default_mixture`, a tuple of names for some of its
            members, 1 for one network.

    Attributes:
        counts: what became of the samples.

    Raises:
        ValueError: a value that is no number, truth value or text, or of another kind than the
            feature or label was before. The message names the sample, counted from 0, and the
            feature. Nothing has changed then, and the next sample can come.

    Exactness: that of the rule. Cost: that of `Learner.step` a sample, of `predict` a peek; a
    program is compiled whenever columns, targets or classes pass a power of two. At most 4,096
    columns are read; values of features beyond are counted. The mixture takes three to five times
    as long as one network, and its programs longer to compile. It keeps its members as it grows.
    """

    labels = Number

    def learn_one(
        self,
        x: Mapping[Hashable, Any] | None,
        y: float | None,
        id: Hashable = None,
        w: float = 1.0,
    ) -> None:
        """Predict from a sample, then learn from its label.

        Args:
            x: features by name; not read where a sample with that id waits.
            y: the label; None or NaN for none.
            id: of a sample that `predict_one` has seen.
            w: weight of the sample; at 0 its label is read, and not learnt from.
        """
        self._core.learn(x, y, id, w)

    def predict_one(self, x: Mapping[Hashable, Any], id: Hashable = None) -> float:
        """What is predicted; 0 before there was a label.

        Args:
            x: features by name.
            id: any hashable. The sample is then seen: time moves on, and it waits for its label.
        """
        return told(self._core.predict(x, id))

    def learn_many(self, X: Any, y: Any) -> None:
        """`learn_one` of rows in turn, with the same bits, in compiled loops.

        Args:
            X: a data frame of any library that narwhals knows.
            y: labels: a series, an array or a list.
        """
        frames.learn(self._core, X, frames.column(y))

    def predict_many(self, X: Any) -> Any:
        """A series of what is predicted for each row, as if it were the next sample."""
        return frames.series(X, [told(row) for row in frames.predict(self._core, X)])


def told(prediction: Any) -> float:
    """The one number predicted; 0 before there was a label."""
    value = 0.0 if prediction is None else float(prediction[0])
    return 0.0 if math.isnan(value) else value
