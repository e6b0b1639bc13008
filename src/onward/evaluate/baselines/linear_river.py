"""River's linear, logistic and softmax regression, with AdaGrad on clipped scores."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from onward.evaluate.baselines.linear_model import LARGEST_SCORE, AbstractLinearModel
from onward.evaluate.state import State, load_arrays
from onward.streams.base import Task

Sample = dict[int, float]

# Of AdaGrad, to be divided by √features: the most that one sample moves a weight. Weights of that
# size add up to half a standard deviation of the target on uncorrelated features, few or many.
RATE = 0.5


class RiverLinear(AbstractLinearModel):
    """`StandardScaler | clip | TargetStandardScaler(LinearRegression(AdaGrad))` per target;
    `| LogisticRegression(AdaGrad)` with two classes, `| SoftmaxRegression(AdaGrad)` with more.
    All else is river's default.

    As in a river pipeline, a sample is standardised with the statistics of the samples learnt so
    far, which include it when it is learnt. The targets share one scaler of the features, which
    learns each sample that has a label of any target.
    """

    def __init__(self, task: Task, features: int, outputs: int):
        from river import linear_model, optim, preprocessing

        self._features, self._outputs = features, outputs
        self._regression, self._binary = task == "regression", outputs == 2
        self._scaler: Any = preprocessing.StandardScaler()
        rate = RATE / math.sqrt(max(features, 1))
        # What holds weights as vectors, and what holds the moments of targets: one per target.
        self._vectors: list[Any] = []
        self._moments: list[Any] = []
        if self._regression:
            self.name = "river linear regression"
            optimizers = [optim.AdaGrad(rate) for _ in range(outputs)]
            self._vectors = [linear_model.LinearRegression(optimizer) for optimizer in optimizers]
            self._models: list[Any] = list(map(preprocessing.TargetStandardScaler, self._vectors))
            self._moments = [model.var for model in self._models]
        elif self._binary:
            self.name = "river logistic regression"
            self._models = [linear_model.LogisticRegression(optim.AdaGrad(rate))]
            self._vectors = self._models
        else:
            self.name = "river softmax regression"
            self._models = [linear_model.SoftmaxRegression(optim.AdaGrad(rate))]

    def samples(self, x: np.ndarray) -> Sequence[Sample]:
        return [dict(enumerate(row)) for row in x.tolist()]

    def predict_one(self, sample: Sample) -> list[float]:
        scores = self._scores(sample)
        if self._regression:
            # Before its first label river's scaler of the target would say 0.
            return [
                model.predict_one(scores) if moments.mean.n else math.nan
                for model, moments in zip(self._models, self._moments, strict=True)
            ]
        probabilities = self._models[0].predict_proba_one(scores)
        if not probabilities:
            return [math.nan] * self._outputs
        return [probabilities.get(index, 0.0) for index in range(self._outputs)]

    def learn_one(self, sample: Sample, label: Sequence[float]) -> None:
        self._scaler.learn_one(sample)
        scores = self._scores(sample)
        if not self._regression:
            self._models[0].learn_one(scores, int(label[0]))
            return
        for model, target in zip(self._models, label, strict=True):
            if math.isfinite(target):
                model.learn_one(scores, target)

    def state(self) -> State:
        columns = range(self._features)
        scaler = self._scaler
        state = {
            "seen": np.array([scaler.counts[0]], np.int64),
            "means": np.array([scaler.means[column] for column in columns]),
            "variances": np.array([scaler.vars[column] for column in columns]),
        }
        return state | (self._vector_state() if self._vectors else self._softmax_state())

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        saved = self.state()
        load_arrays(saved, state)
        seen = int(saved["seen"][0])
        if seen:
            self._scaler.counts.update(dict.fromkeys(range(self._features), seen))
            self._scaler.means.update(enumerate(saved["means"].tolist()))
            self._scaler.vars.update(enumerate(saved["variances"].tolist()))
        if self._vectors:
            self._restore_vectors(saved)
        else:
            self._restore_softmax(saved)

    def _scores(self, sample: Sample) -> Sample:
        scores = self._scaler.transform_one(sample)
        return {
            column: min(max(score, -LARGEST_SCORE), LARGEST_SCORE)
            for column, score in scores.items()
        }

    def _row(self, values: Mapping[int, float]) -> list[float]:
        return [values.get(column, 0.0) for column in range(self._features)]

    def _vector_state(self) -> State:
        models = self._vectors
        moments = [(each.mean.n, each.mean.get(), each._S) for each in self._moments]
        return {
            "weights": np.array([self._row(model.weights) for model in models]),
            "squares": np.array([self._row(model.optimizer.g2) for model in models]),
            "intercepts": np.array([model.intercept for model in models], np.float64),
            "updates": np.array([model.optimizer.n_iterations for model in models]),
            "targets": np.array(moments, np.float64).reshape(-1, 3),
        }

    def _restore_vectors(self, saved: State) -> None:
        from river.utils import VectorDict

        for index, model in enumerate(self._vectors):
            # River has no public setter of weights; this is what its `learn_one` assigns.
            model._weights = VectorDict(dict(enumerate(saved["weights"][index].tolist())))
            model.optimizer.g2.update(enumerate(saved["squares"][index].tolist()))
            model.intercept = float(saved["intercepts"][index])
            model.optimizer.n_iterations = int(saved["updates"][index])
        for moments, values in zip(self._moments, saved["targets"].tolist(), strict=True):
            # River's own `Var._from_state` divides and multiplies: the last bit would go.
            moments.mean.n, moments.mean._mean, moments._S = values

    def _softmax_state(self) -> State:
        model = self._models[0]
        # The classes in the order they appeared: it decides the order in which river adds.
        order = np.full(self._outputs, -1, np.int64)
        order[: len(model.weights)] = list(model.weights)
        weights, squares = np.zeros((2, self._outputs, self._features))
        for index, row in model.weights.items():
            weights[index] = self._row(row)
            squares[index] = self._row(model.optimizers[index].g2)
        return {"order": order, "weights": weights, "squares": squares}

    def _restore_softmax(self, saved: State) -> None:
        model = self._models[0]
        model.weights.clear()
        model.optimizers.clear()
        for index in saved["order"][saved["order"] >= 0].tolist():
            model.weights[index].update(enumerate(saved["weights"][index].tolist()))
            model.optimizers[index].g2.update(enumerate(saved["squares"][index].tolist()))
