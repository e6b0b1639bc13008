"""Scikit-learn's linear models fitted by stochastic gradient descent, one sample at a time."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from onward.evaluate.baselines.linear_model import LARGEST_SCORE, AbstractLinearModel
from onward.evaluate.moments import Moments
from onward.evaluate.state import State, entries_under, load_arrays, nest
from onward.streams.base import Task

# The share of a sample's error that learning it takes away. The curvature of the log loss is at
# most 1/4, which leaves room for a larger one.
REGRESSION_RATE, CLASSIFICATION_RATE = 0.1, 1.0


class SklearnLinear(AbstractLinearModel):
    """`StandardScaler`, clip, and then `SGDRegressor` per standardised target, or `SGDClassifier`
    with the log loss (each class against the rest where there are more than two), by
    `partial_fit` of single rows, without a penalty.

    Scikit-learn has no AdaGrad. A constant rate μ, with 1/(1 + |z|²) as the weight of the sample
    whose scores are z, makes it normalised least mean squares: where the error of the standardised
    target is e,

        w ← w - μ e z / (1 + |z|²),    intercept ← intercept - μ e / (1 + |z|²)

    leave an error of (1 - μ) e on that sample, however many and large its scores are.

    The targets share one scaler of the features, which learns each sample that has a label of any
    target. A model that has learnt nothing predicts NaN.

    Cost: about 1 ms a row at 96 features, 0.4 ms more for each further target and 0.3 ms for each
    class beyond two: some seven times river's, since scikit-learn is made for batches.
    """

    def __init__(self, task: Task, features: int, outputs: int):
        from sklearn.linear_model import SGDClassifier, SGDRegressor
        from sklearn.preprocessing import StandardScaler

        self._regression = task == "regression"
        self._features, self._outputs = features, outputs
        self._scaler: Any = StandardScaler()
        self._targets = Moments(outputs if self._regression else 0)
        steps: Any = {"learning_rate": "constant", "penalty": None, "random_state": 0}
        if self._regression:
            self.name = "scikit-learn linear regression"
            self._models: list[Any] = [
                SGDRegressor(eta0=REGRESSION_RATE, **steps) for _ in range(outputs)
            ]
        else:
            self.name = "scikit-learn logistic regression"
            self._models = [SGDClassifier(loss="log_loss", eta0=CLASSIFICATION_RATE, **steps)]

    def samples(self, x: np.ndarray) -> Sequence[np.ndarray]:
        return list(x.astype(np.float64)[:, None])

    def predict_one(self, sample: np.ndarray) -> list[float]:
        if not any(map(self._is_fitted, self._models)):
            return [math.nan] * self._outputs
        scores = self._scores(sample)
        if not self._regression:
            return self._models[0].predict_proba(scores)[0].tolist()
        made = [
            model.predict(scores)[0] if self._is_fitted(model) else math.nan
            for model in self._models
        ]
        return (np.array(made) * self._target_scale() + self._targets.mean).tolist()

    def learn_one(self, sample: np.ndarray, label: Sequence[float]) -> None:
        self._scaler.partial_fit(sample)
        scores, targets = self._scores(sample), np.array(label, np.float64)
        if self._regression:
            self._targets.update(targets[None], np.isfinite(targets)[None])
            scale = self._target_scale()
            targets = (targets - self._targets.mean) / np.where(scale > 0, scale, 1.0)
        for model, target in zip(self._models, targets.tolist(), strict=True):
            if math.isfinite(target):
                self._fit(model, scores, target)

    def state(self) -> State:
        targets = nest("targets", self._targets.state())
        return self._scaler_state() | self._model_state() | targets

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        saved = self._scaler_state() | self._model_state()
        load_arrays(saved, state)
        self._targets.restore(entries_under("targets", state))
        if saved["seen"][0]:
            scaler = self._scaler.partial_fit(np.zeros((1, self._features)))
            scaler.n_samples_seen_ = type(scaler.n_samples_seen_)(saved["seen"][0])
            scaler.mean_, scaler.var_, scaler.scale_ = saved["scaler"]
        for index, model in enumerate(self._models):
            if saved["updates"][index]:
                # One throw-away sample makes scikit-learn allocate what is then overwritten.
                self._fit(model, np.zeros((1, self._features)), 0.0)
                weights = saved["weights"][index]
                model.coef_ = weights[:, :-1].reshape(model.coef_.shape).copy()
                model.intercept_ = weights[:, -1].copy()
                model.t_ = float(saved["updates"][index])

    def _scores(self, sample: np.ndarray) -> np.ndarray:
        return np.clip(self._scaler.transform(sample), -LARGEST_SCORE, LARGEST_SCORE)

    def _target_scale(self) -> np.ndarray:
        return np.sqrt(np.where(self._targets.varies, self._targets.variance, 0.0))

    def _fit(self, model: Any, scores: np.ndarray, target: float) -> None:
        weight = [1.0 / (1.0 + float(np.vdot(scores, scores)))]
        if self._regression:
            model.partial_fit(scores, [target], sample_weight=weight)
        else:
            classes = np.arange(self._outputs)
            model.partial_fit(scores, [int(target)], classes=classes, sample_weight=weight)

    @staticmethod
    def _is_fitted(model: Any) -> bool:
        return hasattr(model, "coef_")

    def _scaler_state(self) -> State:
        seen = getattr(self._scaler, "n_samples_seen_", 0)
        arrays = np.zeros((3, self._features))
        if seen:
            arrays[:] = self._scaler.mean_, self._scaler.var_, self._scaler.scale_
        return {"seen": np.array([seen], np.int64), "scaler": arrays}

    def _model_state(self) -> State:
        rows = self._outputs if not self._regression and self._outputs > 2 else 1
        weights = np.zeros((len(self._models), rows, self._features + 1))
        updates = np.zeros(len(self._models))
        for index, model in enumerate(self._models):
            if self._is_fitted(model):
                weights[index, :, :-1] = model.coef_
                weights[index, :, -1] = model.intercept_
                updates[index] = model.t_
        return {"weights": weights, "updates": updates}
