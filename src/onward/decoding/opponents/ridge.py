"""Ridge regression on lagged bins."""

from collections.abc import Iterable, Sequence

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from onward.decoding.opponents.base import AbstractOpponent, Rows, check_sessions
from onward.decoding.opponents.features import LAGS, Centre, fitted, lagged

PENALTIES = (1.0, 10.0, 100.0, 1e3, 1e4, 1e5)
# Rows whose features are held at once.
PIECE = 4096


class Sums:
    """What least squares needs of rows: sums of products of features and targets.

    Both are taken with a constant 1 behind them, so that the sums hold the means as well.

    Args:
        features: columns of a feature row.
        targets: columns of a target row.
    """

    def __init__(self, features: int, targets: int):
        self.inner = np.zeros((features + 1, features + 1))
        self.cross = np.zeros((features + 1, targets))
        self.squares = np.zeros(targets)

    def add(self, features: np.ndarray, targets: np.ndarray) -> None:
        """Take in rows.

        Args:
            features: shape (n, features).
            targets: shape (n, targets).
        """
        extended = np.column_stack([features, np.ones(len(features))])
        self.inner += extended.T @ extended
        self.cross += extended.T @ targets
        self.squares += np.square(targets).sum(axis=0)

    def __add__(self, other: "Sums") -> "Sums":
        total = Sums(len(self.inner) - 1, len(self.squares))
        total.inner = self.inner + other.inner
        total.cross = self.cross + other.cross
        total.squares = self.squares + other.squares
        return total

    def __sub__(self, other: "Sums") -> "Sums":
        rest = Sums(len(self.inner) - 1, len(self.squares))
        rest.inner = self.inner - other.inner
        rest.cross = self.cross - other.cross
        rest.squares = self.squares - other.squares
        return rest

    def solve(self, penalty: float) -> np.ndarray:
        """The weights that minimise Σ |y - Wᵀ (φ, 1)|² + penalty |W|², where the constant is free.

        Returns:
            W, shape (features + 1, targets).
        """
        # A thousandth of a row: without it a fit on no rows at all would have no answer.
        penalties = np.append(np.full(len(self.inner) - 1, penalty), 1e-3)
        return cho_solve(cho_factor(self.inner + np.diag(penalties)), self.cross)

    def error(self, weights: np.ndarray) -> float:
        """Σ |y - Wᵀ (φ, 1)|² relative to Σ (y - ȳ)², summed over targets."""
        count = self.inner[-1, -1]
        spread = self.squares - np.square(self.cross[-1]) / count
        wrong = (
            self.squares
            - 2.0 * (weights * self.cross).sum(axis=0)
            + (weights * (self.inner @ weights)).sum(axis=0)
        )
        return float((wrong / np.where(spread > 0, spread, 1.0)).sum())


class LaggedRidge:
    """Ridge regression on the last rows of given values.

        ŷ_t = Wᵀ φ_t + b,   W, b = argmin Σ_t |y_t - Wᵀ φ_t - b|² + λ |W|²

    λ is chosen from `penalties`. Of several sessions each is predicted from all others; of one, its
    last fifth from the rows before. That with the least error is taken, and the weights are then
    those of all rows.

    Args:
        lags: rows, the newest included.
        penalties: λ to choose from.
    """

    def __init__(self, lags: int, penalties: Sequence[float] = PENALTIES):
        self.lags = lags
        self.penalties = tuple(penalties)
        self.penalty = self.penalties[len(self.penalties) // 2]
        self.weights: np.ndarray | None = None

    def fit(self, values: Iterable[np.ndarray], sessions: Sequence[Rows]) -> None:
        """Fit anew.

        Args:
            values: of each session, shape (T, columns); taken one at a time.
            sessions: where the targets are, and which rows are learnt from.
        """
        # What stands where there are too few rows to choose by.
        self.penalty = self.penalties[len(self.penalties) // 2]
        folds: list[Sums] = []
        for seen, rows in zip(values, sessions, strict=True):
            learnable = np.flatnonzero(rows.learnable)
            cut = np.searchsorted(learnable, len(rows) * 4 // 5)
            parts = [learnable] if len(sessions) > 1 else [learnable[:cut], learnable[cut:]]
            folds += [self._sums(seen, rows, part) for part in parts if len(part)]
        total = folds[0]
        for fold in folds[1:]:
            total = total + fold
        if len(folds) > 1 and len(self.penalties) > 1:
            tried = folds if len(sessions) > 1 else folds[-1:]
            errors = [
                sum(fold.error((total - fold).solve(penalty)) for fold in tried)
                for penalty in self.penalties
            ]
            self.penalty = self.penalties[int(np.argmin(errors))]
        self.weights = total.solve(self.penalty)

    def predict(self, values: np.ndarray, start: np.ndarray) -> np.ndarray:
        """Predictions from values, shape (T, columns), as (T, targets)."""
        assert self.weights is not None
        predicted = np.empty((len(values), self.weights.shape[1]))
        for begin in range(0, len(values), PIECE):
            piece = np.arange(begin, min(begin + PIECE, len(values)))
            design = lagged(values, start, piece, self.lags)
            predicted[piece] = design @ self.weights[:-1] + self.weights[-1]
        return predicted

    def _sums(self, values: np.ndarray, rows: Rows, which: np.ndarray) -> Sums:
        """Of some rows of a session."""
        sums = Sums(self.lags * values.shape[1], rows.targets.shape[1])
        for begin in range(0, len(which), PIECE):
            piece = which[begin : begin + PIECE]
            design = lagged(values, rows.start, piece, self.lags)
            sums.add(design, rows.targets[piece].astype(np.float64))
        return sums


class Ridge(AbstractOpponent):
    """Ridge regression on the last bins of every channel's square root of counts.

        ŷ_t = Wᵀ φ_t + b,   W, b = argmin Σ_t |y_t - Wᵀ φ_t - b|² + λ |W|²

    λ is chosen from 1, 10 ... 100,000. Of several sessions each is predicted from all others, since
    days to come will differ as they do; of one, its last fifth from the rows before. That with the
    least error is taken, and the weights are then those of all rows.

    Exact: by the normal equations in float64. For q = lags · channels a fit costs T q², and q³ / 3
    for each λ and session; its memory is q² a session, whatever the length.

    Source: Hoerl and Kennard (1970), Ridge regression, Technometrics 12.

    Args:
        lags: bins, the newest included.
        penalties: λ to choose from.
    """

    def __init__(self, lags: int = LAGS, penalties: Sequence[float] = PENALTIES):
        self._line = LaggedRidge(lags, penalties)
        self._centre: Centre | None = None

    @property
    def name(self) -> str:
        return f"ridge, {self._line.lags} lags"

    @property
    def penalty(self) -> float:
        """λ of the last fit."""
        return self._line.penalty

    def fit(self, sessions: Sequence[Rows]) -> None:
        check_sessions(sessions)
        centre = self._centre = Centre.of(sessions)
        self._line.fit((centre.see(rows.counts) for rows in sessions), sessions)

    def predict(self, counts: np.ndarray, start: np.ndarray) -> np.ndarray:
        return self._line.predict(fitted(self._centre).see(counts), start)
