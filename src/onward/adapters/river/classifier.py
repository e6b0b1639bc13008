"""A recurrent network that predicts a class."""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
from river.base import MiniBatchClassifier

from onward.adapters.river import frames
from onward.adapters.river.estimator import Recurrent
from onward.adapters.river.labels import Classes


class RecurrentClassifier(Recurrent, MiniBatchClassifier):
    """One of several classes for each sample, by recurrent networks that learn as they go.

        s_t = f(s_{t-1}, (x_t, y_{t-1})),   p_t = softmax(readout(s_t, (x_t, y_{t-1})))

    Classes are text, truth values or numbers, and are known once they have come; a new one makes
    the network grow. Probabilities are those of the known classes and add up to one.
    Features, ids, parameters, errors and cost are those of `RecurrentRegressor`. At most 1,024
    classes.
    """

    labels = Classes

    def learn_one(
        self, x: Mapping[Hashable, Any] | None, y: Any, id: Hashable = None, w: float = 1.0
    ) -> None:
        """Predict from a sample, then learn from its class; see `RecurrentRegressor.learn_one`."""
        self._core.learn(x, y, id, w)

    def predict_proba_one(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, x: Mapping[Hashable, Any], id: Hashable = None
    ) -> dict[Any, float]:
        """The probability of each class; none before there was a label."""
        return self._told(self._core.predict(x, id))

    def predict_one(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, x: Mapping[Hashable, Any], id: Hashable = None
    ) -> Any:
        """The likeliest class; None before there was a label."""
        probabilities = self.predict_proba_one(x, id)
        return max(probabilities, key=probabilities.__getitem__) if probabilities else None

    def learn_many(self, X: Any, y: Any) -> None:
        """`learn_one` of rows in turn; see `RecurrentRegressor.learn_many`."""
        frames.learn(self._core, X, frames.column(y))

    def predict_proba_many(self, X: Any) -> Any:
        """A data frame with a column for each class and a row for each row.

        Columns are named by the classes in pandas, and elsewhere by their text.
        """
        names = self._core.labels.names
        told = [list(self._told(row).values()) for row in frames.predict(self._core, X)]
        return frames.table(X, names, np.reshape(told, (len(told), len(names))))

    def predict_many(self, X: Any) -> Any:
        """A series of the likeliest class of each row, as if it were the next sample."""
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
