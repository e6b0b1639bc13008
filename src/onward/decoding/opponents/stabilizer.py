"""Factors of the counts that are turned, day by day, to those of the first day."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from onward.decoding.opponents.base import AbstractOpponent, Rows, check_sessions
from onward.decoding.opponents.features import LAGS, Centre, fitted
from onward.decoding.opponents.ridge import LaggedRidge

# Of each channel's variance, at least this is its own.
LEAST_OWN = 0.01
MOST_TURNS, PRECISION = 500, 1e-5


@dataclass(frozen=True)
class Factors:
    """Factor analysis of one day: z ~ N(0, I), v = Λ z + e, e ~ N(0, Ψ) with Ψ diagonal.

    Args:
        loadings: Λ, shape (channels, factors).
        own: the diagonal of Ψ, shape (channels,).
    """

    loadings: np.ndarray
    own: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray, count: int) -> "Factors":
        """By expectation and maximisation on the covariance, begun at its principal axes.

        With S the covariance and β = Λᵀ (Λ Λᵀ + Ψ)⁻¹,

            Λ ← S βᵀ (I - β Λ + β S βᵀ)⁻¹,   Ψ ← diag(S - Λ β S)

        Args:
            values: shape (T, channels).
            count: how many factors.

        Source: Rubin and Thayer (1982), EM algorithms for ML factor analysis, Psychometrika 47.
        """
        centred = values - values.mean(axis=0)
        covariance = centred.T @ centred / len(centred)
        variances = np.diag(covariance)
        least = np.where(variances > 0, LEAST_OWN * variances, 1.0)
        powers, axes = np.linalg.eigh(covariance)
        loadings = axes[:, -count:] * np.sqrt(np.maximum(powers[-count:], 0.0) / 2.0)
        own = np.maximum(variances - np.square(loadings).sum(axis=1), least)
        for _ in range(MOST_TURNS):
            look = cls(loadings, own).posterior()
            product = covariance @ look.T
            inner = np.eye(count) - look @ loadings + look @ product
            loadings = np.linalg.solve(inner.T, product.T).T
            before = own
            own = np.maximum(variances - (loadings * product).sum(axis=1), least)
            if np.abs(own - before).max() <= PRECISION * own.max():
                break
        return cls(loadings, own)

    def posterior(self) -> np.ndarray:
        """β: E[z | v] = β v, shape (factors, channels)."""
        weighted = self.loadings / self.own[:, None]
        return np.linalg.solve(
            np.eye(self.loadings.shape[1]) + self.loadings.T @ weighted, weighted.T
        )

    def turned_to(self, reference: "Factors", stable: int) -> "Factors":
        """The same model with its factors turned to match those of another day.

            O = argmin over rotations of |Λ_ref - Λ O|_F over the stable channels

        All channels are stable at first. The one whose turned loadings differ most is dropped,
        one at a time, until `stable` are left.

        Args:
            reference: of the day to match.
            stable: how many channels are trusted to have kept their loadings.
        """
        kept = np.arange(len(self.loadings))
        while True:
            turn = rotation(self.loadings[kept], reference.loadings[kept])
            if len(kept) <= stable:
                return Factors(self.loadings @ turn, self.own)
            moved = self.loadings[kept] @ turn - reference.loadings[kept]
            kept = np.delete(kept, np.argmax(np.square(moved).sum(axis=1)))


def rotation(given: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The orthogonal O that minimises |wanted - given O|_F.

    Source: Schönemann (1966), A generalized solution of the orthogonal Procrustes problem,
    Psychometrika 31.
    """
    left, _, right = np.linalg.svd(given.T @ wanted)
    return left @ right


class Stabilizer(AbstractOpponent):
    """Ridge regression on factors of the counts, which each new day are turned to the first day's.

    Each day has its own factor analysis of square roots of counts, Λ_day. Factors are known only
    up to a rotation, so that of the channels that kept their loadings brings them back:

        Λ_day O ≈ Λ_first over the stable channels,   z_t = E[z | v_t; Λ_day O],   ŷ from z_t

    The last bins of z are decoded by a ridge regression, fitted once. A new day needs counts only,
    and no label.

    Cost of a day: channels² T for the covariance, then some tens of milliseconds.

    Source: Degenhart, Bishop, Oby, Tyler-Kabara, Chase, Batista and Yu (2020), Stabilization of a
    brain-computer interface via the alignment of low-dimensional spaces of neural activity,
    Nature Biomedical Engineering 4. Theirs decodes by a Kalman filter.

    Args:
        factors: dimensions of z, but no more than half the channels.
        stable: of the channels, the share that is trusted to have kept its loadings.
        lags: bins of z, the newest included.
    """

    def __init__(self, factors: int = 10, stable: float = 0.6, lags: int = LAGS):
        self.factors = factors
        self.stable = stable
        self._line = LaggedRidge(lags)
        self._centre: Centre | None = None
        self._reference: Factors | None = None

    @property
    def name(self) -> str:
        return "aligned factors"

    def fit(self, sessions: Sequence[Rows]) -> None:
        check_sessions(sessions)
        self._reference = None
        self._line.fit((self._take_in(rows) for rows in sessions), sessions)

    def renew(self, rows: Rows) -> None:
        """Turn the factors of a new day; its labels are not looked at."""
        fitted(self._centre).check(rows.counts)
        self._take_in(rows)

    def predict(self, counts: np.ndarray, start: np.ndarray) -> np.ndarray:
        return self._line.predict(fitted(self._centre).see(counts) @ self._look.T, start)

    def _take_in(self, rows: Rows) -> np.ndarray:
        """The factors of a day, shape (T, factors), after its model has become the one in use."""
        self._centre = Centre.of([rows])
        values = self._centre.see(rows.counts)
        model = Factors.of(values, max(1, min(self.factors, values.shape[1] // 2)))
        if self._reference is None:
            self._reference = model
        else:
            least = max(self.factors, round(self.stable * values.shape[1]))
            model = model.turned_to(self._reference, least)
        self._look = model.posterior()
        return values @ self._look.T
