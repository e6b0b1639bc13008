"""A recurrent network that predicts the next values of a series."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from river.time_series.base import Forecaster

from onward.adapters.river.estimator import Recurrent
from onward.adapters.river.labels import Number
from onward.adapters.river.regressor import told


class RecurrentForecaster(Recurrent, Forecaster):
    """A recurrent network as one of River's estimators."""

    labels = Number

    def learn_one(self, y: float | None, x: Mapping[Hashable, Any] | None = None) -> None:
        self._core.learn({} if x is None else x, y)

    def forecast(
        self, horizon: int, xs: Sequence[Mapping[Hashable, Any]] | None = None
    ) -> list[float]:
        made = self._core.forecast(horizon, xs)
        return [0.0] * horizon if made is None else [told(row) for row in made]
