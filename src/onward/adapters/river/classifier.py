"""A recurrent network that predicts a class."""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
from river.base import MiniBatchClassifier

from onward.adapters.river import frames
from onward.adapters.river.estimator import Recurrent
from onward.adapters.river.labels import Classes


class RecurrentClassifier(Recurrent, MiniBatchClassifier):
    """A recurrent network as one of River's estimators."""

    labels = Classes

    def learn_one(self, x: Mapping[Hashable, Any] | None, y: Any, id: Hashable = None) -> None:
        self._core.learn(x, y, id)

    def predict_proba_one(self, x: Mapping[Hashable, Any], id: Hashable = None) -> dict[Any, float]:
        return self._told(self._core.predict(x, id))

    def predict_one(self, x: Mapping[Hashable, Any], id: Hashable = None) -> Any:
        probabilities = self.predict_proba_one(x, id)
        return max(probabilities, key=probabilities.__getitem__) if probabilities else None

    def learn_many(self, X: Any, y: Any) -> None:
        frames.learn(self._core, X, frames.column(y))

    def predict_proba_many(self, X: Any) -> Any:
        names = self._core.labels.names
        told = [list(self._told(row).values()) for row in frames.predict(self._core, X)]
        return frames.table(X, names, np.reshape(told, (len(told), len(names))))

    def predict_many(self, X: Any) -> Any:
        told = [self._told(row) for row in frames.predict(self._core, X)]
        best = [max(each, key=each.__getitem__) if each else None for each in told]
        return frames.series(X, best)

    def _told(self, prediction: Any) -> dict[Any, float]:
        """Probabilities of the classes that have come, which add up to one."""
        names = self._core.labels.names
        if prediction is None or not names:
            return {}
        values = prediction.tolist()
        total = sum(values)
        return {name: value / total for name, value in zip(names, values, strict=False)}

    @property
    def _multiclass(self) -> bool:
        return True
