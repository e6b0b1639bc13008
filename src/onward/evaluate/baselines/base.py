"""What a baseline is: an obvious opponent that is told exactly what the learner is told."""

from abc import ABC, abstractmethod
from collections.abc import Mapping

import numpy as np

from onward.evaluate.metrics.classification import class_indices
from onward.evaluate.state import State
from onward.streams.base import Task


class AbstractBaseline(ABC):
    """A predictor that learns from a stream, row by row, without looking ahead.

    The label y[t] that arrives at row t belongs to the prediction made at row t - horizon. With
    horizon 0 it arrives after the prediction of row t is made; with horizon >= 1 before it.

    A new member is a file in this folder with a class that defines `name`, `observe`, `state` and
    `restore`, and `begin` where it keeps something that belongs to one sequence; a row in
    `BASELINES`; and a row in the catalogue of `tests/evaluate/test_baselines.py`, whose
    laws (no peeking, any cut into chunks gives the same predictions, resumable) then run on it.
    `observe` may be vectorised over a chunk as long as it keeps them.

    Args:
        task: `"regression"` or `"classification"`.
        features: columns of x.
        outputs: columns of a prediction: the number of targets, or of classes.
        horizon: rows between a prediction and its target row, >= 0.
    """

    def __init__(self, task: Task, features: int, outputs: int, horizon: int):
        self.task: Task = task
        self.features = features
        self.outputs = outputs
        self.horizon = horizon

    @property
    @abstractmethod
    def name(self) -> str:
        """What the baseline is called in tables."""

    @abstractmethod
    def observe(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Pass over the next rows of the stream.

        Args:
            x: features, shape (rows, features).
            y: the labels that arrive at these rows, shape (rows, targets), NaN where missing. In
                classification shape (rows, 1), indices of classes.

        Returns:
            The prediction made at every row, float64, shape (rows, outputs): targets in their
            units or probabilities of the classes; NaN where there is nothing to predict from yet.

        Raises:
            ValueError: in classification, if a label is not an index of a class.
        """

    def begin(self) -> None:  # noqa: B027, not abstract: most members keep nothing of the kind
        """Forget what belongs to the last sequence alone, as another one begins: here nothing."""

    def pass_over(self, x: np.ndarray, y: np.ndarray, start: np.ndarray | None) -> np.ndarray:
        """`observe`, with a `begin` at each row where `start`, shape (rows,), is true."""
        if start is None:
            return self.observe(x, y)
        made = []
        for rows in np.split(np.arange(len(x)), np.flatnonzero(start)):
            if len(rows):
                if start[rows[0]]:
                    self.begin()
                made.append(self.observe(x[rows], y[rows]))
        return np.concatenate(made)

    @abstractmethod
    def state(self) -> State:
        """All that the next row needs, as a flat dictionary of arrays."""

    @abstractmethod
    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Continue from `state()` of a baseline made with the same arguments.

        Raises:
            ValueError: if an array is absent, or has another shape or dtype.
        """

    def as_outputs(self, y: np.ndarray) -> np.ndarray:
        """Labels in the form of predictions: float64, shape (rows, outputs), NaN where missing.

        In classification a label becomes a row with 1 at its class.
        """
        finite = np.isfinite(y)
        if self.task == "regression":
            return np.where(finite, y, np.nan).astype(np.float64)
        labelled = finite[:, 0]
        encoded = np.full((len(y), self.outputs), np.nan)
        encoded[labelled] = np.eye(self.outputs)[class_indices(y[labelled, 0], self.outputs)]
        return encoded

    def arrived(self, after_each_row: np.ndarray) -> np.ndarray:
        """Of a running quantity, what is known when each row is predicted.

        Args:
            after_each_row: its value before the chunk and after the label of each of its rows,
                shape (1 + rows, ...).

        Returns:
            Shape (rows, ...).
        """
        return after_each_row[1:] if self.horizon else after_each_row[:-1]
