"""The Kalman filter of the first closed-loop decoders."""

from collections.abc import Sequence

import numpy as np

from onward.decoding.opponents.base import AbstractOpponent, Rows, check_sessions
from onward.decoding.opponents.features import Centre, fitted

# Of the mean variance of a channel's noise: keeps the noise of channels that were silent in the
# fit from being zero.
FLOOR = 1e-6
# Relative change of a covariance below which it has settled.
SETTLED = 1e-12


class Kalman(AbstractOpponent):
    """A Kalman filter from square roots of counts to targets, its matrices fitted by least squares.

        x_t = A x_{t-1} + w_t,   w ~ N(0, W);      z_t = H x_t + q_t,   q ~ N(0, Q)

    x holds the targets less their means and, with `with_position`, also their sums since the last
    start: of a velocity, the position. z holds the newest bin of every channel. At a start the
    filter begins from the mean and covariance of the states of the fit.

    A missing channel is left out of its bin's update. That is exact, for what remains of z is
    Gaussian with the same H and Q.

    Cost of a row: k³ for k numbers of x, some 30 µs; besides channels³ once for each pattern of
    missing channels.

    Source: Wu, Gao, Bienenstock, Donoghue and Black (2006), Bayesian population decoding of motor
    cortical activity using a Kalman filter, Neural Computation 18.

    Args:
        with_position: whether x holds the targets' sums too.
    """

    def __init__(self, with_position: bool = True):
        self.with_position = with_position
        self.centre: Centre | None = None

    @property
    def name(self) -> str:
        return "Kalman, position and velocity" if self.with_position else "Kalman, velocity"

    def fit(self, sessions: Sequence[Rows]) -> None:
        check_sessions(sessions)
        self.centre = Centre.of(sessions)
        states = [self._states(rows) for rows in sessions]
        known = [rows.learnable for rows in sessions]
        seen = np.concatenate([self.centre.see(rows.counts) for rows in sessions])
        start = np.concatenate([np.append(True, rows.start[1:]) for rows in sessions])
        state, learnable = np.concatenate(states), np.concatenate(known)
        self.mean = state[learnable].mean(axis=0)
        state = state - self.mean
        self.spread = _covariance(state[learnable])
        moved = np.flatnonzero(learnable[1:] & learnable[:-1] & ~start[1:]) + 1
        self.transition, self.jitter = _regress(state[moved - 1], state[moved])
        observed = seen[learnable]
        self.level = observed.mean(axis=0)
        self.observation, noise = _regress(state[learnable], observed - self.level)
        self.noise = noise + np.eye(len(noise)) * (FLOOR * np.trace(noise) / len(noise) or 1.0)
        self._targets = sessions[0].targets.shape[1]

    def predict(self, counts: np.ndarray, start: np.ndarray) -> np.ndarray:
        seen = fitted(self.centre).see(counts) - self.level
        missing = np.isnan(counts)
        evidence = np.empty((len(counts), len(self.mean)))
        patterns, which = np.unique(missing, axis=0, return_inverse=True)
        which = which.reshape(-1)
        information = []
        for number, pattern in enumerate(patterns):
            present = np.flatnonzero(~pattern)
            seen_by = self.observation[present]
            weighted = np.linalg.solve(self.noise[np.ix_(present, present)], seen_by)
            evidence[which == number] = seen[which == number][:, present] @ weighted
            information.append(seen_by.T @ weighted)
        return self._filter(evidence, information, which, start)[:, : self._targets]

    def _filter(
        self,
        evidence: np.ndarray,
        information: Sequence[np.ndarray],
        which: np.ndarray,
        start: np.ndarray,
    ) -> np.ndarray:
        """The mean of x_t given all rows up to t since the last start, shape (T, k).

        Args:
            evidence: Hᵀ Q⁻¹ z_t, shape (T, k).
            information: Hᵀ Q⁻¹ H for each pattern of missing channels.
            which: the pattern of each row, shape (T,).
            start: shape (T,), bool.
        """
        states = np.empty_like(evidence)
        size = evidence.shape[1]
        state, spread, settled = np.zeros(size), self.spread, False
        for row in range(len(evidence)):
            told = information[which[row]]
            begins = row == 0 or bool(start[row])
            settled = settled and not begins and which[row] == which[row - 1]
            state = np.zeros(size) if begins else self.transition @ state
            if not settled:
                before = self.transition @ spread @ self.transition.T + self.jitter
                before = self.spread if begins else before
                # (before⁻¹ + told)⁻¹ without an inverse of `before`, which may be singular.
                new = np.linalg.solve(np.eye(size) + before @ told, before)
                settled = not begins and np.allclose(new, spread, rtol=SETTLED, atol=0.0)
                spread = new
            state = state + spread @ (evidence[row] - told @ state)
            states[row] = state
        return states + self.mean

    def _states(self, rows: Rows) -> np.ndarray:
        """x of every row before its mean is taken off, shape (T, k)."""
        if not self.with_position:
            return rows.targets.astype(np.float64)
        # Where there is no label nothing is known of a movement: the position stays.
        moves = np.where(rows.learnable[:, None], rows.targets, 0.0).astype(np.float64)
        total = np.cumsum(moves, axis=0)
        began = np.maximum.accumulate(np.where(rows.start, np.arange(len(rows)), 0))
        return np.column_stack([rows.targets, total - (total - moves)[began]])


def _covariance(values: np.ndarray) -> np.ndarray:
    return values.T @ values / max(len(values), 1)


def _regress(given: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """M of wanted ≈ M given by least squares, and the covariance of what remains."""
    matrix = np.linalg.lstsq(given, wanted, rcond=None)[0]
    return matrix.T, _covariance(wanted - given @ matrix)
