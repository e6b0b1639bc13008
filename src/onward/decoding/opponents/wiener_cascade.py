"""The Wiener cascade: a linear filter, then a cubic for each target."""

from collections.abc import Sequence

import numpy as np
from numpy.polynomial import Polynomial

from onward.decoding.opponents.base import AbstractOpponent, Rows
from onward.decoding.opponents.features import LAGS
from onward.decoding.opponents.ridge import Ridge

DEGREE = 3


class WienerCascade(AbstractOpponent):
    """Ridge regression on lagged bins, then a cubic of each of its outputs.

        u_t = Wᵀ φ_t + b,   ŷ_t = c_0 + c_1 u_t + c_2 u_t² + c_3 u_t³

    The cubic is fitted by least squares to the outputs on the rows of the fit. An output beyond
    the range of those counts as one at its end, because a cubic soon runs away.

    Cost: that of `Ridge`.

    Source: Pohlmeyer, Solla, Perreault and Miller (2007), Prediction of upper limb muscle activity
    from motor cortical discharge during reaching, Journal of Neural Engineering 4.

    Args:
        lags: bins, the newest included.
    """

    def __init__(self, lags: int = LAGS):
        self._filter = Ridge(lags)
        self._cubics: list[Polynomial] = []

    @property
    def name(self) -> str:
        return "Wiener cascade"

    def fit(self, sessions: Sequence[Rows]) -> None:
        self._filter.fit(sessions)
        learnable = [rows.learnable for rows in sessions]
        outputs = np.concatenate(
            [
                self._filter.predict(rows.counts, rows.start)[where]
                for rows, where in zip(sessions, learnable, strict=True)
            ]
        )
        targets = np.concatenate(
            [rows.targets[where] for rows, where in zip(sessions, learnable, strict=True)]
        )
        self._cubics = [
            Polynomial.fit(output, target, min(DEGREE, len(np.unique(output)) - 1))
            for output, target in zip(outputs.T, targets.T, strict=True)
        ]

    def predict(self, counts: np.ndarray, start: np.ndarray) -> np.ndarray:
        outputs = self._filter.predict(counts, start)
        for column, cubic in enumerate(self._cubics):
            lowest, highest = cubic.domain
            outputs[:, column] = cubic(np.clip(outputs[:, column], lowest, highest))
        return outputs
