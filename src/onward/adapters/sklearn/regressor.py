"""Real-valued targets."""

from typing import Any, Self

import numpy as np
from sklearn.base import MultiOutputMixin, RegressorMixin
from sklearn.utils import check_array

from onward.adapters.sklearn.base import AbstractRecurrent
from onward.losses import AbstractLoss, Squared


class RecurrentRegressor(MultiOutputMixin, RegressorMixin, AbstractRecurrent):
    """Predicts real numbers from ordered rows, by a recurrent network that learns online.

    Rows are in order of time. `fit` passes over them once: each row is predicted, then its label
    is learnt. `predict` takes the rows that come next:

        h_t = cell(h_{t-1}, [x_t, newest label]),    ŷ_t = readout(h_t, x_t)

    Split and cross-validate with `TimeSeriesSplit`, and never shuffle. The score of rows that were
    fitted is that of rows which come again after the last one.

    The label of a row is known `horizon` rows later, and not before. In `predict` the labels that
    are still waited for come in their rows. After them what is predicted is fed back in place of
    labels.

    A label may be NaN: its row moves the state, and teaches nothing, and the label before it
    stays the newest. A feature may be NaN.
    Predictions are NaN before the first label is known, which tells the scale.

    Cost: one step of the learner a row, in time and memory; see `onward.Learner`.

    Args:
        cell: a name that `onward info` lists.
        size: hidden units of a network.
        rule: a name that `onward info` lists, with options as `name:field=value,...`.
        optimizer: a name, or "auto"; see `onward.Learner`.
        learning_rate: None for the optimizer's default.
        horizon: rows from a row to the one with which its label is known. At 0 a label is known
            right after its row was predicted.
        feedback: whether the newest label that is known is an input.
        missing: where a feature that is missing stands: "mean", "last" or "skip"; see
            `onward.Learner`.
        members: None for the mixture of `onward.default_mixture`, of networks, lines and
            forecasters weighed by how well they predict; a tuple of names for some of its
            members; 1 for one network.
        random_state: a seed, which makes the network that `onward run --seed` makes; or as
            everywhere in scikit-learn.

    Attributes:
        predictions_: what was predicted of each row that the last `fit` or `partial_fit` passed
            over, before its label was known; of the shape of y.
        n_features_in_: columns of X.
        feature_names_in_: their names, where X has names.
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> Self:
        """Begin afresh, and learn from rows in their order.

        Args:
            X: features, shape (rows, features).
            y: labels, shape (rows,) or (rows, targets); NaN where one is missing.
            sample_weight: multiplies the loss of the row's label. One of weight 0 is fed back, but
                not learnt from.
            groups: a sequence begins where the group differs from that of the row before: the
                recurrent state and the label fed back begin afresh there. Without, rows go on.

        Raises:
            ValueError: something of another shape, a setting that does not fit, or no row that
                could be learnt from.
        """
        xs = self._features(X, y, begins=True)
        return self._fit(xs, self._first(y), sample_weight, groups)

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> Self:
        """Go on learning from rows that follow those seen.

        However rows are cut into calls, what is learnt is the same, bit for bit.

        Args:
            X: as in `fit`.
            y: as in `fit`.
            sample_weight: as in `fit`.
            groups: as in `fit`.
        """
        begins = not self.__sklearn_is_fitted__()
        xs = self._features(X, y, begins)
        labels = self._first(y) if begins else self._labels(y)
        passage = self._fresh(xs, labels) if begins else self._passage
        return self._learn(passage, xs, labels, sample_weight, groups)

    def predict(self, X: Any, groups: Any = None) -> np.ndarray:
        """Predict rows that follow those seen; the estimator is left as it is.

        The network moves on through the rows without learning, in a copy of its state. Where no
        label is known, it reads its own prediction in place of the label.

        Args:
            X: features, shape (rows, features).
            groups: as in `fit`.

        Returns:
            Predictions of the shape that y had.
        """
        return self._shaped(self._ahead(X, groups))

    def _first(self, y: Any) -> np.ndarray:
        """Labels whose shape predictions are to have."""
        self._flat = real(y).ndim == 1
        return self._labels(y)

    def _labels(self, y: Any) -> np.ndarray:
        labels = real(y)
        return labels.reshape(len(labels), -1)

    def _loss(self) -> AbstractLoss:
        return Squared()

    def _keep(self, outputs: np.ndarray) -> None:
        self.predictions_ = self._shaped(outputs)

    def _shaped(self, outputs: np.ndarray) -> np.ndarray:
        """As y was."""
        return outputs[:, 0] if self._flat else outputs


def real(y: Any) -> np.ndarray:
    """Labels as real numbers or NaN."""
    read: Any = {"dtype": float, "ensure_2d": False, "ensure_all_finite": "allow-nan"}
    return check_array(y, input_name="y", **read)
