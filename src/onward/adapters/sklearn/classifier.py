"""Classes."""

from typing import Any, Self

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils import assert_all_finite
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

from onward.adapters.sklearn.base import AbstractRecurrent
from onward.losses import AbstractLoss, CrossEntropy


class RecurrentClassifier(ClassifierMixin, AbstractRecurrent):
    """Predicts classes from ordered rows, by a recurrent network that learns online.

    As `RecurrentRegressor`, with a softmax of the readout:

        h_t = cell(h_{t-1}, [x_t, newest class]),    p_t = softmax(readout(h_t, x_t))

    A class may be missing, as NaN or None: its row moves the state, and teaches nothing.

    Args:
        cell: a name that `onward info` lists.
        size: hidden units of a network.
        rule: a name that `onward info` lists, with options as `name:field=value,...`.
        optimizer: a name, or "auto"; see `onward.Learner`.
        learning_rate: None for the optimizer's default.
        horizon: rows from a row to the one with which its class is known; see
            `RecurrentRegressor`.
        feedback: whether the newest class that is known is an input.
        missing: where a feature that is missing stands: "mean", "last" or "skip"; see
            `onward.Learner`.
        members: None for the mixture of `onward.default_mixture`, of networks, lines and
            forecasters weighed by how well they predict; a tuple of names for some of its
            members; 1 for one network.
        random_state: a seed, which makes the network that `onward run --seed` makes; or as
            everywhere in scikit-learn.

    Attributes:
        classes_: in the order of the columns of probabilities.
        predictions_: the class that was predicted of each row that the last `fit` or `partial_fit`
            passed over, before its class was known.
        probabilities_: the same as probabilities, shape (rows, classes).
        n_features_in_: columns of X.
        feature_names_in_: their names, where X has names.
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> Self:
        """Begin afresh, and learn from rows in their order.

        Args:
            X: features, shape (rows, features).
            y: classes, shape (rows,): numbers or text; NaN or None where one is missing.
            sample_weight: multiplies the loss of the row's class. One of weight 0 is fed back, but
                not learnt from.
            groups: a sequence begins where the group differs from that of the row before; see
                `RecurrentRegressor`.

        Raises:
            ValueError: something of another shape, a setting that does not fit, fewer than two
                classes, or no row that could be learnt from.
        """
        xs = self._features(X, y, begins=True)
        self.classes_ = distinct(read(y)[1])
        return self._fit(xs, self._labels(y), sample_weight, groups)

    def partial_fit(
        self,
        X: Any,
        y: Any,
        classes: Any = None,
        sample_weight: Any = None,
        groups: Any = None,
    ) -> Self:
        """Go on learning from rows that follow those seen.

        However rows are cut into calls, what is learnt is the same, bit for bit.

        Args:
            X: as in `fit`.
            y: as in `fit`.
            classes: all that will ever come; needed by the first call, unless `fit` came before.
            sample_weight: as in `fit`.
            groups: as in `fit`.

        Raises:
            ValueError: no classes at the first call, others later, or a class in y that is none.
        """
        begins = not self.__sklearn_is_fitted__()
        xs = self._features(X, y, begins)
        if begins and classes is None:
            raise ValueError(
                "Expected classes at the first call of partial_fit; got none. Try "
                "classes=np.unique(y)."
            )
        if begins:
            self.classes_ = distinct(classes)
        elif classes is not None and not np.array_equal(self.classes_, np.unique(classes)):
            raise ValueError(
                f"Expected the classes of the first call, {list(self.classes_)}; got "
                f"{list(classes)}. Try classes=None."
            )
        labels = self._labels(y)
        passage = self._fresh(xs, labels) if begins else self._passage
        return self._learn(passage, xs, labels, sample_weight, groups)

    def predict(self, X: Any, groups: Any = None) -> np.ndarray:
        """The likeliest class of rows that follow those seen; see `predict_proba`.

        Args:
            X: features, shape (rows, features).
            groups: as in `fit`.
        """
        probabilities = self.predict_proba(X, groups)
        return self.classes_[probabilities.argmax(1)]

    def predict_proba(self, X: Any, groups: Any = None) -> np.ndarray:
        """Probabilities of rows that follow those seen; the estimator is left as it is.

        The network moves on through the rows without learning, in a copy of its state. Where no
        class is known, it reads its own probabilities in place of the class.

        Args:
            X: features, shape (rows, features).
            groups: as in `fit`.

        Returns:
            Shape (rows, classes), in the order of `classes_`.
        """
        return self._ahead(X, groups)

    def _labels(self, y: Any) -> np.ndarray:
        known, classes = read(y)
        foreign = ~np.isin(classes, self.classes_)
        if foreign.any():
            raise ValueError(
                f"Expected classes among {self.classes_.tolist()}; got {classes[foreign][0]!r}. "
                "Try fit, or partial_fit with all classes at its first call."
            )
        places = np.full((len(known), 1), np.nan)
        places[known, 0] = np.searchsorted(self.classes_, classes)
        return places

    def _loss(self) -> AbstractLoss:
        return CrossEntropy(len(self.classes_))

    def _keep(self, outputs: np.ndarray) -> None:
        self.probabilities_ = outputs
        self.predictions_ = self.classes_[outputs.argmax(1)]


def read(y: Any) -> tuple[np.ndarray, np.ndarray]:
    """Where a class is known, neither None nor NaN, and which it is there."""
    found = np.asarray(column_or_1d(y, warn=True))
    known = np.asarray([label is not None and label == label for label in found], bool)
    classes = found[known]
    if known.any():
        assert_all_finite(classes, input_name="y")
        check_classification_targets(classes)
    return known, classes


def distinct(classes: Any) -> np.ndarray:
    """Two classes or more, in order."""
    found = np.unique(classes)
    if len(found) < 2:
        one = "one class" if len(found) else "no class"
        raise ValueError(
            f"Expected at least 2 classes; got {one}. Try partial_fit with all classes that will "
            "come."
        )
    return found
