"""The newest label that has been told: what any decoder must beat that is told labels."""

from collections.abc import Sequence

import numpy as np

from onward.decoding.opponents.base import AbstractOnlineOpponent, Rows, check_sessions, check_told


class LastLabel(AbstractOnlineOpponent):
    """Repeats the newest label that has been told; it does not look at the counts.

        ŷ_t = y_s,   s = max {r : told_r < t}

    Before any label of a session it gives the mean label of the fit. A start does not make it
    forget: where labels come after a trial, the last one of the trial before is all there is.
    Frozen, it repeats the newest label of what it has observed.
    """

    def __init__(self) -> None:
        self._newest: np.ndarray | None = None

    @property
    def name(self) -> str:
        return "last label"

    def fit(self, sessions: Sequence[Rows]) -> None:
        check_sessions(sessions)
        labels = [rows.targets[rows.learnable].astype(np.float64) for rows in sessions]
        self._newest = np.concatenate(labels).mean(axis=0)

    def predict(self, counts: np.ndarray, start: np.ndarray) -> np.ndarray:
        if self._newest is None:
            raise ValueError("Expected an opponent that is fitted; got a new one. Try `fit` first.")
        return np.tile(self._newest, (len(counts), 1))

    def observe(self, rows: Rows, told: np.ndarray | None = None) -> np.ndarray:
        predicted = self.predict(rows.counts, rows.start)
        told = check_told(told, len(rows))
        learnt = np.flatnonzero(rows.learnable & (told < len(rows)))
        known = np.searchsorted(told[learnt], np.arange(len(rows)))
        predicted[known > 0] = rows.targets[learnt[known[known > 0] - 1]]
        if len(learnt):
            self._newest = rows.targets[learnt[-1]].astype(np.float64)
        return predicted
