"""The moments that a linear model judges its numbers by."""

from collections.abc import Mapping

import numpy as np

from onward.evaluate.state import State, copy_arrays, load_arrays

# In standard deviations: what is farther out is taken for an outlier, and moved to there.
REACH = 10.0
# Values before a variance says something, values before outliers are recognised, and values that
# are remembered.
SETTLED, TRUST, MEMORY = 8, 32, 1000.0


class Scale:
    """Mean and variance of columns, over all values at first and then the last 1,000 or so.

    With n values so far, a = 1 / min(n, 1000) and d = value - mean,

        mean ← mean + a d,    variance ← (1 - a) (variance + a d²)

    A value beyond 10 standard deviations counts as one at 10. So a single wild value spoils
    nothing, and a lasting change of level or scale is followed within some dozens of values.
    `clean` gives values relative to the first one of their column, which costs no digits where an
    offset is large.

    Args:
        columns: how many.
    """

    def __init__(self, columns: int):
        self.first = np.zeros(columns)
        self.count = np.zeros(columns)
        self.mean = np.zeros(columns)
        self.variance = np.zeros(columns)
        # How many values each column has had at least, as far as it has been asked for.
        self._least = 0.0

    def clean(self, values: np.ndarray) -> np.ndarray:
        """Take in one row, and give it back relative to `first`, within 10 standard deviations.

        Args:
            values: float64, shape (columns,); NaN is missing and stands at the mean.
        """
        known = np.isfinite(values)
        whole = known.all()
        if not whole:
            values = np.where(known, values, self.mean + self.first)
        if not self._all_had(1):
            new = known & (self.count == 0)
            self.first[new] = values[new]
        reach = REACH * np.sqrt(self.variance)
        if not (self._all_had(TRUST) and reach.all()):
            reach[(self.count < TRUST) | (reach == 0)] = np.inf
        near = np.minimum(np.maximum(values - self.first, self.mean - reach), self.mean + reach)
        self.count += known
        if whole and self._all_had(MEMORY):
            share = 1.0 / MEMORY
        else:
            share = known / np.minimum(np.maximum(self.count, 1.0), MEMORY)
        gap = near - self.mean
        step = share * gap
        self.mean += step
        self.variance += step * gap
        self.variance *= 1.0 - share
        return near

    def settled(self) -> np.ndarray:
        """The variances, 0 in columns with too few values to tell. Shape (columns,)."""
        if self._all_had(SETTLED):
            return self.variance.copy()
        return np.where(self.count >= SETTLED, self.variance, 0.0)

    def restore_level(self, values: np.ndarray) -> np.ndarray:
        """Values relative to `first` in their units, none beyond 10 standard deviations; NaN in a
        column that has had no value yet."""
        reach = REACH * np.sqrt(self.variance)
        held = np.minimum(np.maximum(values, self.mean - reach), self.mean + reach)
        if self._all_had(1):
            return held + self.first
        return np.where(self.count > 0, held + self.first, np.nan)

    def state(self) -> State:
        return copy_arrays(self._arrays())

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        load_arrays(self._arrays(), state)
        self._least = 0.0

    def _all_had(self, values: float) -> bool:
        """Whether every column has had so many values; most rows know it from one before."""
        if self._least < values:
            self._least = float(self.count.min(initial=np.inf))
        return self._least >= values

    def _arrays(self) -> dict[str, np.ndarray]:
        names = ("first", "count", "mean", "variance")
        return {name: getattr(self, name) for name in names}
