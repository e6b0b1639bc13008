"""Recursive least squares with forgetting on lagged bins, exact for every row, in blocks."""

from collections.abc import Sequence

import numpy as np
from scipy.linalg import cho_factor, cho_solve, solve_triangular

from onward.decoding.opponents.base import AbstractOnlineOpponent, Rows, check_sessions, check_told
from onward.decoding.opponents.features import LAGS, Centre, fitted, lagged
from onward.decoding.opponents.ridge import Ridge

# Rows that are remembered for each feature.
TIMES_WIDTH = 10
# As much as this many rows say that the constant is 0.
CONSTANT = 1e-3


class RLS(AbstractOnlineOpponent):
    """Ridge regression on lagged bins in which old rows weigh less, with every row's weights.

    After n rows have been learnt, of features φ_i with a constant 1 behind them,

        A = Σ_i λ^{n-i} φ_i φ_iᵀ,   B = Σ_i λ^{n-i} φ_i y_iᵀ,   W = (A + δ I)⁻¹ B

    λ = 1 - 1 / (10 q) for q features, and δ is the penalty that `Ridge` chooses on the last session
    of the fit. All of them are then passed through row by row.

    The rows of a block are predicted together, each with the weights that the labels told before
    it leave. For the m rows learnt in the block, Z their features, R = diag(λ, λ² ... λ^m) and
    P = (A + δ I)⁻¹ at the block's start,

        L Lᵀ = Z P Zᵀ + R,   u = L⁻¹ (Y - Z W),   ŷ_t = Wᵀ φ_t + Σ_{j ≤ m(t)} (L⁻¹ Z P φ_t)_j u_j

    where m(t) of the m labels are told before row t. So the block decides only how often δ gets
    back what forgetting takes from it.

    Exact: equal to one update a row. Cost: q³ / 3 a block, and 5 q² a row. Memory q².

    Source: Haykin (2002), Adaptive filter theory, chapter 9; the block by the lemma of matrix
    inversion.

    Args:
        lags: bins, the newest included.
        block: rows that are predicted together.
    """

    def __init__(self, lags: int = LAGS, block: int = 128):
        self.lags = lags
        self.block = block
        self._centre: Centre | None = None

    @property
    def name(self) -> str:
        return "RLS with forgetting"

    def fit(self, sessions: Sequence[Rows]) -> None:
        check_sessions(sessions)
        labelled = [rows for rows in sessions if rows.learnable.any()]
        ridge = Ridge(self.lags)
        ridge.fit(labelled[-1:])
        self._centre = Centre.of(sessions)
        width = self.lags * len(self._centre.mean) + 1
        self.forgetting = 1.0 - 1.0 / (TIMES_WIDTH * width)
        self._prior = np.append(np.full(width - 1, ridge.penalty), CONSTANT)
        self._inner = np.zeros((width, width))
        self._cross = np.zeros((width, sessions[0].targets.shape[1]))
        for rows in sessions:
            learnt = np.flatnonzero(rows.learnable)
            values = self._centre.see(rows.counts)
            for begin in range(0, len(learnt), self.block):
                piece = learnt[begin : begin + self.block]
                self._learn(self._design(values, rows.start, piece), rows.targets[piece])

    def predict(self, counts: np.ndarray, start: np.ndarray) -> np.ndarray:
        values = fitted(self._centre).see(counts)
        weights = cho_solve(cho_factor(self._inner + np.diag(self._prior)), self._cross)
        predicted = np.empty((len(counts), weights.shape[1]))
        for begin in range(0, len(counts), self.block):
            rows = np.arange(begin, min(begin + self.block, len(counts)))
            predicted[rows] = self._design(values, start, rows) @ weights
        return predicted

    def observe(self, rows: Rows, told: np.ndarray | None = None) -> np.ndarray:
        values = fitted(self._centre).see(rows.counts)
        told = check_told(told, len(rows))
        learnt = np.flatnonzero(rows.learnable & (told < len(rows)))
        due = told[learnt]
        predicted = np.empty(rows.targets.shape)
        for begin in range(0, len(rows), self.block):
            now = np.arange(begin, min(begin + self.block, len(rows)))
            arriving = learnt[np.searchsorted(due, begin) : np.searchsorted(due, now[-1] + 1)]
            predicted[now] = self._pass_over(
                self._design(values, rows.start, now),
                self._design(values, rows.start, arriving),
                rows.targets[arriving].astype(np.float64),
                np.searchsorted(told[arriving], now),
            )
        return predicted

    def _design(self, values: np.ndarray, start: np.ndarray, rows: np.ndarray) -> np.ndarray:
        return np.column_stack([lagged(values, start, rows, self.lags), np.ones(len(rows))])

    def _pass_over(
        self, features: np.ndarray, learnt: np.ndarray, labels: np.ndarray, known: np.ndarray
    ) -> np.ndarray:
        """Predict the rows of a block, and learn the labels that are told in it.

        Args:
            features: of the rows of the block, shape (rows, q).
            learnt: of the rows whose labels are told in it, in their order, shape (m, q).
            labels: shape (m, targets).
            known: how many of the labels are told before each row, shape (rows,).
        """
        root = cho_factor(self._inner + np.diag(self._prior))
        weights = cho_solve(root, self._cross)
        predicted = features @ weights
        if not len(learnt):
            return predicted
        spread = cho_solve(root, learnt.T)
        ages = self.forgetting ** np.arange(1, len(learnt) + 1)
        lower = np.linalg.cholesky(learnt @ spread + np.diag(ages))
        news = solve_triangular(lower, labels - learnt @ weights, lower=True)
        shared = solve_triangular(lower, (features @ spread).T, lower=True)
        shared[np.arange(len(learnt))[:, None] >= known] = 0.0
        self._learn(learnt, labels)
        return predicted + shared.T @ news

    def _learn(self, features: np.ndarray, labels: np.ndarray) -> None:
        count = len(features)
        weight = self.forgetting ** np.arange(count - 1, -1, -1)
        weighted = features * weight[:, None]
        self._inner *= self.forgetting**count
        self._inner += weighted.T @ features
        self._cross *= self.forgetting**count
        self._cross += weighted.T @ labels
