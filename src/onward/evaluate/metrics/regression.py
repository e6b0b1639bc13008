"""R², mean absolute error and root mean squared error."""

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
    """R², mean absolute error and root mean squared error, per target and averaged.

    A (row, target) counts where its label is finite and its prediction is not NaN; infinite and
    larger predictions are scored as ±1e100. R² compares with the mean of the scored labels of the
    same target: R² = 1 - Σ (y - ŷ)² / Σ (y - ȳ)². It is None for a target that is constant (or
    has a single label). The averages are uniform over the targets for which a value exists.

    Memory: seven numbers a target.

    Args:
        targets: number of targets.
    """

    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric("r2", "R²", higher_is_better=True, decimals=3),
        Metric("mae", "MAE", higher_is_better=False, decimals=None),
        Metric("rmse", "RMSE", higher_is_better=False, decimals=None),
    )

    def __init__(self, targets: int):
        self.labels = Moments(targets)
        self.absolute = np.zeros(targets)
        self.squared = np.zeros(targets)

    @staticmethod
    def errors(y: np.ndarray, prediction: np.ndarray) -> np.ndarray:
        """Absolute errors, shape (rows, targets), NaN where not scored."""
        bounded = np.clip(prediction.astype(np.float64), -LARGEST_PREDICTION, LARGEST_PREDICTION)
        return np.abs(np.where(np.isfinite(y), y, np.nan).astype(np.float64) - bounded)

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

    def result(self) -> dict[str, Any]:
        """`scored` (labels), `r2`, `mae`, `rmse`, and `per_target`: a list of each."""
        count, varies = self.labels.count, self.labels.varies
        divisor = np.maximum(count, 1)
        total = np.where(varies, self.labels.squares, 1.0)
        per_target = {
            "r2": np.where(varies, 1.0 - self.squared / total, np.nan),
            "mae": np.where(count > 0, self.absolute / divisor, np.nan),
            "rmse": np.where(count > 0, np.sqrt(self.squared / divisor), np.nan),
        }
        return {
            "scored": int(count.sum()),
            **{name: mean_of_present(values) for name, values in per_target.items()},
            "per_target": {name: plain(values) for name, values in per_target.items()},
        }

    def state(self) -> State:
        arrays = {"absolute": self.absolute, "squared": self.squared}
        return {**copy_arrays(arrays), **nest("labels", self.labels.state())}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        load_arrays({"absolute": self.absolute, "squared": self.squared}, state)
        self.labels.restore(entries_under("labels", state))
