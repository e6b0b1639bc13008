"""What an opponent is: a decoder from the literature, fitted on sessions, that is causal."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Rows:
    """Consecutive bins of one recording.

    Args:
        counts: spikes in each bin, shape (T, channels), NaN where a channel is masked or missing.
        targets: what is decoded, shape (T, targets), NaN where there is no label.
        start: where a trial begins or a gap has passed, shape (T,), bool. Nothing from before such
            a row is used at it or after it.
        scored: which rows may be learnt from and are scored, shape (T,), bool.

    Raises:
        ValueError: if the shapes do not fit each other.
    """

    counts: np.ndarray
    targets: np.ndarray
    start: np.ndarray
    scored: np.ndarray

    def __post_init__(self) -> None:
        rows = len(self.counts)
        shapes = (self.counts.ndim, self.targets.ndim, self.start.shape, self.scored.shape)
        if shapes != (2, 2, (rows,), (rows,)) or len(self.targets) != rows:
            raise ValueError(
                "Expected counts (T, channels), targets (T, targets), start (T,) and scored (T,); "
                f"got {self.counts.shape}, {self.targets.shape}, {self.start.shape} and "
                f"{self.scored.shape}. Try one row a bin in each of them."
            )

    def __len__(self) -> int:
        return len(self.counts)

    @property
    def learnable(self) -> np.ndarray:
        """The scored rows where every target has a label, shape (T,), bool."""
        return self.scored & np.isfinite(self.targets).all(axis=1)

    def cut(self, rows: slice) -> "Rows":
        """Some of the rows. The first of them counts as a start wherever it is decoded."""
        return Rows(self.counts[rows], self.targets[rows], self.start[rows], self.scored[rows])


class AbstractOpponent(ABC):
    """A decoder that Onward is compared with.

    Laws, which `tests/decoding/opponents/test_laws.py` checks for every member:

    - causal: the prediction of row t depends on the counts of rows <= t alone;
    - nothing crosses a start: rows before it do not change the predictions from it on, but for the
      running means that stand in for missing channels;
    - rows that are not scored are not learnt from;
    - a missing channel leaves every prediction finite.

    A new member is a file in this folder with a class that defines `name`, `fit` and `predict`,
    and `renew` where a day asks for less than a new fit; and a row in `OPPONENTS`. Frozen, it is
    fitted on the training sessions alone; otherwise it is renewed on the first part of each day.
    """

    @property
    @abstractmethod
    def name(self) -> str:
        """What the opponent is called in tables."""

    @abstractmethod
    def fit(self, sessions: Sequence[Rows]) -> None:
        """Learn from whole sessions; what was learnt before is forgotten.

        Raises:
            ValueError: if no row can be learnt from, or the sessions differ in channels or targets.
        """

    def renew(self, rows: Rows) -> None:
        """Take in the first part of a new day: here a fit on those rows and nothing else."""
        self.fit([rows])

    @abstractmethod
    def predict(self, counts: np.ndarray, start: np.ndarray) -> np.ndarray:
        """Decode rows in order, learning nothing. The first row counts as a start.

        Args:
            counts: shape (T, channels), NaN where missing.
            start: shape (T,), bool.

        Returns:
            Predictions in the units of the targets, float64, shape (T, targets).

        Raises:
            ValueError: if the opponent is not fitted, or the channels are not those it was
                fitted on.
        """


class AbstractOnlineOpponent(AbstractOpponent):
    """An opponent that also learns row by row: each row is predicted before its label is told."""

    @abstractmethod
    def observe(self, rows: Rows, told: np.ndarray | None = None) -> np.ndarray:
        """Predict every row, then learn from the labels that are told after it.

        Args:
            rows: consecutive bins.
            told: for each label the row after whose prediction it is told, ascending, shape (T,),
                int. T or more: never. Without it every label is told after its own row.

        Returns:
            Predictions, float64, shape (T, targets).

        Raises:
            ValueError: if the opponent is not fitted, the channels are not those it was fitted on,
                or `told` is not ascending.
        """

    def renew(self, rows: Rows) -> None:
        """Take in the first part of a new day: it is observed, and what came before is kept."""
        self.observe(rows)


def check_told(told: np.ndarray | None, rows: int) -> np.ndarray:
    """When each label is told; after its own row where nothing else is said.

    Args:
        told: ascending, shape (T,), int, or None.
        rows: T.

    Raises:
        ValueError: if it has another length, goes back, or tells a label before its row.
    """
    now = np.arange(rows)
    if told is None:
        return now
    if told.shape != (rows,) or (np.diff(told) < 0).any() or (told < now).any():
        raise ValueError(
            f"Expected for each of {rows} labels a row >= its own, ascending; got shape "
            f"{told.shape}. Try `told_at`."
        )
    return told


def check_sessions(sessions: Sequence[Rows]) -> None:
    """Refuse sessions that nothing can be fitted on.

    Raises:
        ValueError: if no row can be learnt from, or the sessions differ in channels or targets.
    """
    widths = {(rows.counts.shape[1], rows.targets.shape[1]) for rows in sessions}
    if len(widths) > 1:
        raise ValueError(
            f"Expected sessions with the same channels and targets; got {sorted(widths)}. Try "
            "matching their channels by label first."
        )
    if not any(rows.learnable.any() for rows in sessions):
        raise ValueError(
            f"Expected a row with a label to learn from; got none in {len(sessions)} sessions. "
            "Try sessions whose scored rows have labels."
        )
