"""A linear model that learns online: what a sample says without any memory of the past."""

from collections.abc import Mapping
from importlib.util import find_spec

import numpy as np

from onward.evaluate.baselines.base import AbstractBaseline
from onward.evaluate.baselines.linear_model import AbstractLinearModel
from onward.evaluate.baselines.running_mean import RunningMean
from onward.evaluate.state import State, entries_under, load_arrays, nest
from onward.streams.base import Task

# Beyond this a feature counts as non-finite and so does a prediction: squares of such numbers
# would soon leave the range of a float.
LARGEST_VALUE = 1e18


class OnlineLinear(AbstractBaseline):
    """Linear (logistic, softmax) regression on standardised features, one row at a time.

    When y[t] arrives, the model learns from (x[t - horizon], y[t]). Features are standardised by
    what has been learnt so far and clipped at ±10, targets are standardised likewise. Where river
    is installed the rest is river's, with AdaGrad at rate 0.5/√features; else scikit-learn's, with
    normalised least mean squares. `name` says which.

    Why AdaGrad at that rate: of 27 settings of gradient descent (plain, with normalised steps,
    RMSProp, AdaGrad), each the same for 13 regression streams of 2 to 98 features and 144 to
    120,000 rows, most with the newest label among the features, it diverged on none, and its R²
    was within 0.03 of the best setting's on eleven and 0.07 and 0.13 below it on two recordings
    from cortex, while river's default (rate 0.01, target in its units) ended below the mean of
    the labels on six.

    Departures, so that a stream with holes can be passed: a row with a feature that is not finite
    or beyond 1e18 in magnitude is not learnt from and is predicted by `RunningMean`; so is a
    prediction that is itself not finite or beyond 1e18 and, in regression, one that is made before
    a label of that target was learnt from (NaN, then, if none has arrived). Missing labels are
    not learnt from.

    Cost: a Python loop over the rows, about 0.15 ms a row at 96 features with river (0.3 ms with
    five classes).
    """

    def __init__(self, task: Task, features: int, outputs: int, horizon: int):
        super().__init__(task, features, outputs, horizon)
        self._model = make_linear_model(task, features, outputs)
        self._fallback = RunningMean(task, features, outputs, horizon)
        # The rows whose labels are still to come. Those before the stream are NaN: never learnt.
        self._waiting = np.full((horizon, features), np.nan)

    @property
    def name(self) -> str:
        return self._model.name

    def observe(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        fallback = self._fallback.observe(x, y)
        known = np.concatenate([self._waiting, x])
        usable = list(np.all(np.abs(known) <= LARGEST_VALUE, axis=1))
        samples = self._model.samples(known)
        labels, labelled = y.tolist(), list(np.any(np.isfinite(y), axis=1))
        predicted = np.full(fallback.shape, np.nan)
        for row in range(len(x)):
            now, learnable = row + self.horizon, labelled[row] and usable[row]
            if learnable and self.horizon:
                self._model.learn_one(samples[row], labels[row])
            if usable[now]:
                predicted[row] = self._model.predict_one(samples[now])
            if learnable and not self.horizon:
                self._model.learn_one(samples[row], labels[row])
        self._waiting = known[len(x) :].copy()
        sound = np.abs(predicted) <= LARGEST_VALUE
        if self.task == "classification":
            sound = sound.all(axis=1, keepdims=True)
        return np.where(sound, predicted, fallback)

    def state(self) -> State:
        return {
            "waiting": self._waiting.copy(),
            **nest("fallback", self._fallback.state()),
            **nest("model", self._model.state()),
        }

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        load_arrays({"waiting": self._waiting}, state)
        self._fallback.restore(entries_under("fallback", state))
        self._model.restore(entries_under("model", state))


def make_linear_model(task: Task, features: int, outputs: int) -> AbstractLinearModel:
    """River's model where river is installed, else scikit-learn's."""
    if find_spec("river") is not None:
        from onward.evaluate.baselines.linear_river import RiverLinear

        return RiverLinear(task, features, outputs)
    from onward.evaluate.baselines.linear_sklearn import SklearnLinear

    return SklearnLinear(task, features, outputs)
