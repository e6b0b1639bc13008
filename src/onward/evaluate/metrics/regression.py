"""R², mean absolute error, root mean squared error and SMAPE."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from onward.evaluate.metrics.base import AbstractScore, mean_of_present, plain
from onward.evaluate.metrics.metric import Metric
from onward.evaluate.moments import Moments
from onward.evaluate.state import State, copy_arrays, entries_under, load_arrays, nest

# A prediction beyond this is scored as this, so that the score of a learner that has diverged is
# a number (its squares still fit in float64) and not a gap that reads as "no data".
LARGEST_PREDICTION = 1e100


class RegressionScore(AbstractScore):
    """R², MAE, RMSE and SMAPE, per target and averaged.

    A (row, target) counts where its label is finite and its prediction is not NaN; infinite and
    larger predictions are scored as ±1e100. R² compares with the mean of the scored labels of the
    same target: R² = 1 - Σ (y - ŷ)² / Σ (y - ȳ)². It is None for a target that is constant (or
    has a single label). The mean absolute and the root mean squared error are in the target's
    units. SMAPE = 200 / n Σ |y - ŷ| / (|y| + |ŷ|), in percent from 0 to 200, where a label of 0
    that is predicted as 0 adds nothing. It means little near and below 0, so it is None for a
    target with a negative label. The averages are uniform over the targets for which a value
    exists.

    Memory: eight numbers a target.

    Args:
        targets: number of targets.
    """

    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric("r2", "R²", higher_is_better=True, decimals=3),
        Metric("mae", "MAE", higher_is_better=False, decimals=None),
        Metric("rmse", "RMSE", higher_is_better=False, decimals=None),
        Metric("smape", "SMAPE %", higher_is_better=False, decimals=1),
    )

    def __init__(self, targets: int):
        self.labels = Moments(targets)
        self.absolute = np.zeros(targets)
        self.squared = np.zeros(targets)
        self.relative = np.zeros(targets)

    @staticmethod
    def errors(y: np.ndarray, prediction: np.ndarray) -> np.ndarray:
        """Absolute errors, shape (rows, targets), NaN where not scored."""
        truth = np.where(np.isfinite(y), y, np.nan).astype(np.float64)
        return np.abs(truth - _bounded(prediction))

    def update(self, y: np.ndarray, prediction: np.ndarray) -> None:
        """Score a block of rows.

        Args:
            y: labels, shape (rows, targets).
            prediction: predictions in the units of the labels, shape (rows, targets).

        Raises:
            ValueError: if the shapes differ from each other or from `targets`.
        """
        expected = (len(y), len(self.absolute))
        if y.shape != expected or prediction.shape != expected:
            raise ValueError(
                f"Expected labels and predictions of shape {expected}; got {y.shape} and "
                f"{prediction.shape}; try one column per target."
            )
        errors = self.errors(y, prediction)
        valid = ~np.isnan(errors)
        errors = np.where(valid, errors, 0.0)
        self.labels.update(y.astype(np.float64), valid)
        self.absolute += errors.sum(axis=0)
        self.squared += np.square(errors).sum(axis=0)
        size = np.where(valid, np.abs(y) + np.abs(_bounded(prediction)), 0.0)
        self.relative += np.where(size > 0, errors / np.where(size > 0, size, 1.0), 0.0).sum(axis=0)

    def merge(self, other: "RegressionScore") -> None:
        self.labels.merge(other.labels)
        for name, array in self._sums().items():
            array += other._sums()[name]

    def result(self) -> dict[str, Any]:
        """`scored` (labels), `r2`, `mae`, `rmse`, `smape`, and `per_target`: a list of each."""
        count, varies = self.labels.count, self.labels.varies
        divisor = np.maximum(count, 1)
        total = np.where(varies, self.labels.squares, 1.0)
        per_target = {
            "r2": np.where(varies, 1.0 - self.squared / total, np.nan),
            "mae": np.where(count > 0, self.absolute / divisor, np.nan),
            "rmse": np.where(count > 0, np.sqrt(self.squared / divisor), np.nan),
            "smape": np.where(
                (count > 0) & (self.labels.low >= 0), 200 * self.relative / divisor, np.nan
            ),
        }
        return {
            "scored": int(count.sum()),
            **{name: mean_of_present(values) for name, values in per_target.items()},
            "per_target": {name: plain(values) for name, values in per_target.items()},
        }

    def state(self) -> State:
        return {**copy_arrays(self._sums()), **nest("labels", self.labels.state())}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        load_arrays(self._sums(), state)
        self.labels.restore(entries_under("labels", state))

    def _sums(self) -> dict[str, np.ndarray]:
        return {"absolute": self.absolute, "squared": self.squared, "relative": self.relative}


def _bounded(prediction: np.ndarray) -> np.ndarray:
    return np.clip(prediction.astype(np.float64), -LARGEST_PREDICTION, LARGEST_PREDICTION)
