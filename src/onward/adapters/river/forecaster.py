"""A recurrent network that predicts the next values of a series."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from river.time_series.base import Forecaster

from onward.adapters.river.estimator import Recurrent
from onward.adapters.river.labels import Number
from onward.adapters.river.regressor import told


class RecurrentForecaster(Recurrent, Forecaster):
    """The next values of a series, by recurrent networks that read the value before.

        ŷ_{t+1} = readout(s, (x_{t+1}, y_t)),   and further on ŷ stands in for y

    Features, parameters, errors and cost are those of `RecurrentRegressor`.
    Errors of a forecast add up with the horizon; see `onward.wrapping.rollout.forecast`.
    """

    labels = Number

    def learn_one(self, y: float | None, x: Mapping[Hashable, Any] | None = None) -> None:
        """Learn from the next value of the series, and from features that come with it."""
        self._core.learn({} if x is None else x, y)

    def forecast(
        self, horizon: int, xs: Sequence[Mapping[Hashable, Any]] | None = None
    ) -> list[float]:
        """What the next `horizon` values will be; 0 before there was one.

        Args:
            horizon: steps ahead.
            xs: features of each of those steps; missing if not given.
        """
        made = self._core.forecast(horizon, xs)
        return [0.0] * horizon if made is None else [told(row) for row in made]
