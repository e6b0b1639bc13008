"""What a regressor and a classifier share."""

from abc import abstractmethod
from numbers import Integral
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import Tags, check_array, check_consistent_length, check_random_state
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data

from onward.adapters.make import Members
from onward.adapters.sklearn.passage import Passage
from onward.learning.inputs import Missing
from onward.losses import AbstractLoss

# What of an estimator its network is made from.
SETTINGS = (
    *("cell", "size", "rule", "optimizer", "learning_rate"),
    *("horizon", "feedback", "missing", "members"),
)


class AbstractRecurrent(BaseEstimator):
    """A recurrent network that passes over ordered rows, as an estimator of scikit-learn.

    A child writes `fit`, `partial_fit` and `predict`, which read y and shape what is predicted,
    and the hooks below.
    """

    def __init__(
        self,
        *,
        cell: str = "gru",
        size: int = 64,
        rule: str = "immediate",
        optimizer: Any = "auto",
        learning_rate: Any = None,
        horizon: int = 0,
        feedback: bool = True,
        missing: Missing = "mean",
        members: Members = None,
        random_state: Any = None,
    ):
        self.cell = cell
        self.size = size
        self.rule = rule
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.horizon = horizon
        self.feedback = feedback
        self.missing = missing
        self.members = members
        self.random_state = random_state

    def continue_state(self, X: Any, y: Any = None, groups: Any = None) -> Self:
        """Move on through rows that follow those seen, and learn nothing.

        The recurrent state and the scale of the features move. The weights and the scale of the
        targets stand still. Late labels that come meanwhile are fed back, but not learnt from.

        Args:
            X: features, shape (rows, features).
            y: the labels of these rows, as in `fit`, to be fed back; None where nobody knows them,
                and what is predicted is fed back.
            groups: as in `fit`.
        """
        check_is_fitted(self)
        xs = self._features(X)
        labels = None if y is None else self._labels(y)
        check_consistent_length(xs, labels)
        self._passage.move(xs, labels, groups_of(xs, groups))
        return self

    @abstractmethod
    def _labels(self, y: Any) -> np.ndarray:
        """Labels as numbers, shape (rows, targets), NaN where one is missing."""

    @abstractmethod
    def _loss(self) -> AbstractLoss:
        """The loss for such labels."""

    @abstractmethod
    def _keep(self, outputs: np.ndarray) -> None:
        """Set the attributes that tell what was predicted of the rows just learnt from."""

    def _features(self, X: Any, y: Any = "no_validation", begins: bool = False) -> np.ndarray:
        # Scikit-learn's check of y refuses labels that are missing. It is told of y only where
        # there is none at all, for its error.
        told: Any = None if y is None else "no_validation"
        read: Any = {"dtype": [np.float64, np.float32], "ensure_all_finite": "allow-nan"}
        return np.asarray(validate_data(self, X, told, reset=begins, **read))

    def _fit(self, xs: np.ndarray, labels: np.ndarray, sample_weight: Any, groups: Any) -> Self:
        """Begin afresh, and pass over rows some of which can be learnt from."""
        check_consistent_length(xs, labels)
        if not weights_of(xs, sample_weight).any():
            raise ValueError(
                "Expected a weight above zero for some row; got zero for all. Try "
                "sample_weight=None."
            )
        passage = self._fresh(xs, labels)
        if np.isnan(labels[: max(len(xs) - len(passage.late), 0)]).all():
            raise ValueError(
                f"Expected a label that is known within the rows, {len(passage.late)} after its "
                f"own; got none, with n_samples = {len(xs)}. Try more rows, or partial_fit."
            )
        return self._learn(passage, xs, labels, sample_weight, groups)

    def _fresh(self, xs: np.ndarray, labels: np.ndarray) -> Passage:
        """Before the first row."""
        given = self.random_state
        seed = given if isinstance(given, Integral) else check_random_state(given).randint(2**31)
        settings = {name: getattr(self, name) for name in SETTINGS}
        return Passage(
            features=xs.shape[1],
            targets=labels.shape[1],
            loss=self._loss(),
            seed=int(seed),
            # A search over an array hands over numbers of NumPy.
            **{k: v.item() if isinstance(v, np.generic) else v for k, v in settings.items()},
        )

    def _learn(
        self, passage: Passage, xs: np.ndarray, labels: np.ndarray, sample_weight: Any, groups: Any
    ) -> Self:
        """Pass over rows that follow those of a passage, learning."""
        check_consistent_length(xs, labels)
        weights = weights_of(xs, sample_weight)
        outputs = passage.learn(xs, labels, weights, groups_of(xs, groups))
        self._passage = passage
        self._keep(outputs)
        return self

    def _ahead(self, X: Any, groups: Any) -> np.ndarray:
        """What is predicted of rows that follow; nothing is changed."""
        check_is_fitted(self)
        xs = self._features(X)
        return self._passage.ahead(xs, groups_of(xs, groups))

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_passage")

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


def groups_of(xs: np.ndarray, groups: Any) -> np.ndarray | None:
    """One group a row."""
    if groups is None:
        return None
    groups = np.asarray(column_or_1d(groups))
    check_consistent_length(xs, groups)
    return groups


def weights_of(xs: np.ndarray, sample_weight: Any) -> np.ndarray:
    """One weight a row, none negative; ones where none are given."""
    if sample_weight is None:
        return np.ones(len(xs))
    read: Any = {"dtype": float, "ensure_2d": False, "input_name": "sample_weight"}
    found = check_array(sample_weight, **read)
    if found.shape != (len(xs),) or (found < 0).any():
        raise ValueError(
            f"Expected sample_weight of shape ({len(xs)},), none below zero; got shape "
            f"{found.shape}, the lowest {found.min()}. Try sample_weight=None."
        )
    return found
