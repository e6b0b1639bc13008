"""River's linear, logistic and softmax regression, with river's defaults."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from onward.evaluate.baselines.linear_model import AbstractLinearModel
from onward.evaluate.state import State, load_arrays
from onward.streams.base import Task

Sample = dict[int, float]


class RiverLinear(AbstractLinearModel):
    """`StandardScaler | LinearRegression` per target, `| LogisticRegression` with two classes,
    `| SoftmaxRegression` with more.

    As in a river pipeline, a sample is standardised with the statistics of the samples learnt so
    far, which include it when it is learnt. The targets share one scaler, which learns each
    sample that has a label of any target.
    """

    def __init__(self, task: Task, features: int, outputs: int):
        from river import linear_model, preprocessing

        self._features, self._outputs = features, outputs
        self._regression, self._binary = task == "regression", outputs == 2
        self._scaler: Any = preprocessing.StandardScaler()
        if self._regression:
            self.name = "river linear regression"
            self._models: list[Any] = [linear_model.LinearRegression() for _ in range(outputs)]
        elif self._binary:
            self.name = "river logistic regression"
            self._models = [linear_model.LogisticRegression()]
        else:
            self.name = "river softmax regression"
            self._models = [linear_model.SoftmaxRegression()]

    def samples(self, x: np.ndarray) -> Sequence[Sample]:
        return [dict(enumerate(row)) for row in x.tolist()]

    def predict_one(self, sample: Sample) -> list[float]:
        scaled = self._scaler.transform_one(sample)
        if self._regression:
            return [model.predict_one(scaled) for model in self._models]
        probabilities = self._models[0].predict_proba_one(scaled)
        if not probabilities:
            return [math.nan] * self._outputs
        return [probabilities.get(index, 0.0) for index in range(self._outputs)]

    def learn_one(self, sample: Sample, label: Sequence[float]) -> None:
        self._scaler.learn_one(sample)
        scaled = self._scaler.transform_one(sample)
        if not self._regression:
            self._models[0].learn_one(scaled, int(label[0]))
            return
        for model, target in zip(self._models, label, strict=True):
            if math.isfinite(target):
                model.learn_one(scaled, target)

    def state(self) -> State:
        columns = range(self._features)
        scaler = self._scaler
        state = {
            "seen": np.array([scaler.counts[0]], np.int64),
            "means": np.array([scaler.means[column] for column in columns]),
            "variances": np.array([scaler.vars[column] for column in columns]),
        }
        return state | (self._softmax_state() if self._is_softmax else self._vector_state())

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        saved = self.state()
        load_arrays(saved, state)
        seen = int(saved["seen"][0])
        if seen:
            self._scaler.counts.update(dict.fromkeys(range(self._features), seen))
            self._scaler.means.update(enumerate(saved["means"].tolist()))
            self._scaler.vars.update(enumerate(saved["variances"].tolist()))
        if self._is_softmax:
            self._restore_softmax(saved)
        else:
            self._restore_vectors(saved)

    @property
    def _is_softmax(self) -> bool:
        return not self._regression and not self._binary

    def _vector_state(self) -> State:
        columns = range(self._features)
        weights = [[model.weights.get(column, 0.0) for column in columns] for model in self._models]
        return {
            "weights": np.array(weights),
            "intercepts": np.array([model.intercept for model in self._models], np.float64),
            "updates": np.array([model.optimizer.n_iterations for model in self._models]),
        }

    def _restore_vectors(self, saved: State) -> None:
        from river.utils import VectorDict

        for index, model in enumerate(self._models):
            # River has no public setter of weights; this is what its `learn_one` assigns.
            model._weights = VectorDict(dict(enumerate(saved["weights"][index].tolist())))
            model.intercept = float(saved["intercepts"][index])
            model.optimizer.n_iterations = int(saved["updates"][index])

    def _softmax_state(self) -> State:
        model = self._models[0]
        # The classes in the order they appeared: it decides the order in which river adds.
        order = np.full(self._outputs, -1, np.int64)
        order[: len(model.weights)] = list(model.weights)
        weights = np.zeros((self._outputs, self._features))
        for index, row in model.weights.items():
            weights[index] = [row[column] for column in range(self._features)]
        return {"order": order, "weights": weights}

    def _restore_softmax(self, saved: State) -> None:
        weights = self._models[0].weights
        weights.clear()
        for index in saved["order"][saved["order"] >= 0].tolist():
            weights[index].update(enumerate(saved["weights"][index].tolist()))
