"""A recurrent network that predicts several numbers by name."""

import math
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
from river.base import MultiTargetRegressor

from onward.adapters.river import frames
from onward.adapters.river.estimator import Recurrent
from onward.adapters.river.labels import Numbers


class RecurrentMultiTargetRegressor(Recurrent, MultiTargetRegressor):
    """A recurrent network as one of River's estimators."""

    labels = Numbers

    def learn_one(
        self,
        x: Mapping[Hashable, Any] | None,
        y: Mapping[Hashable, float | None] | None,
        id: Hashable = None,
    ) -> None:
        self._core.learn(x, y, id)

    def predict_one(self, x: Mapping[Hashable, Any], id: Hashable = None) -> dict[Any, float]:
        return self._told(self._core.predict(x, id))

    def learn_many(self, X: Any, Y: Any) -> None:
        frames.learn(self._core, X, frames.rows(Y))

    def predict_many(self, X: Any) -> Any:
        names = self._core.labels.names
        told = [list(self._told(row).values()) for row in frames.predict(self._core, X)]
        return frames.table(X, names, np.reshape(told, (len(told), len(names))))

    def _told(self, prediction: Any) -> dict[Any, float]:
        if prediction is None:
            return {}
        values = [0.0 if math.isnan(value) else value for value in prediction.tolist()]
        return dict(zip(self._core.labels.names, values, strict=False))
