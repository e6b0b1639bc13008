"""A recurrent network that predicts a number."""

import math
from collections.abc import Hashable, Mapping
from typing import Any

from river.base import MiniBatchRegressor

from onward.adapters.river import frames
from onward.adapters.river.estimator import Recurrent
from onward.adapters.river.labels import Number


class RecurrentRegressor(Recurrent, MiniBatchRegressor):
    """A recurrent network as one of River's estimators."""

    labels = Number

    def learn_one(
        self, x: Mapping[Hashable, Any] | None, y: float | None, id: Hashable = None
    ) -> None:
        self._core.learn(x, y, id)

    def predict_one(self, x: Mapping[Hashable, Any], id: Hashable = None) -> float:
        return told(self._core.predict(x, id))

    def learn_many(self, X: Any, y: Any) -> None:
        frames.learn(self._core, X, frames.column(y))

    def predict_many(self, X: Any) -> Any:
        return frames.series(X, [told(row) for row in frames.predict(self._core, X)])


def told(prediction: Any) -> float:
    """The one number predicted; 0 before there was a label."""
    value = 0.0 if prediction is None else float(prediction[0])
    return 0.0 if math.isnan(value) else value
