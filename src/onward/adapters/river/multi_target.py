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
    """Several numbers by name for each sample, by recurrent networks that learn as they go.

        s_t = f(s_{t-1}, (x_t, y_{t-1})),   ŷ_t = readout(s_t, (x_t, y_{t-1}))

    Targets are known once they have come, and a new one makes the network grow; one that is absent,
    None or NaN is not learnt from. At most 1,024 targets. Features, ids, parameters, errors and
    cost are those of `RecurrentRegressor`.
    """

    labels = Numbers

    def learn_one(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        x: Mapping[Hashable, Any] | None,
        y: Mapping[Hashable, float | None] | None,
        id: Hashable = None,
        w: float = 1.0,
    ) -> None:
        """Predict from a sample, then learn from its labels by name."""
        self._core.learn(x, y, id, w)

    def predict_one(self, x: Mapping[Hashable, Any], id: Hashable = None) -> dict[Any, float]:
        """What is predicted by name; nothing before there was a label."""
        return self._told(self._core.predict(x, id))

    def learn_many(self, X: Any, Y: Any) -> None:
        """`learn_one` of rows in turn.

        Args:
            X: a data frame of any library that narwhals knows.
            Y: labels by name: a data frame, or a list of dicts.
        """
        frames.learn(self._core, X, frames.rows(Y))

    def predict_many(self, X: Any) -> Any:
        """A data frame with a column for each target and a row for each row."""
        names = self._core.labels.names
        told = [list(self._told(row).values()) for row in frames.predict(self._core, X)]
        return frames.table(X, names, np.reshape(told, (len(told), len(names))))

    def _told(self, prediction: Any) -> dict[Any, float]:
        if prediction is None:
            return {}
        values = [0.0 if math.isnan(value) else value for value in prediction.tolist()]
        return dict(zip(self._core.labels.names, values, strict=False))
