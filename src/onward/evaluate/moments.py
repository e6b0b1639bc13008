"""Running mean and variance of several columns, stable for large offsets."""

from collections.abc import Mapping

import numpy as np

from onward.evaluate.state import State, copy_arrays, load_arrays


class Moments:
    """Count, mean and centred sum of squares per column, merged block by block.

    With n, μ, M of the rows so far and n', μ', M' of a block, and δ = μ' - μ:

        μ ← μ + δ n' / (n + n'),    M ← M + M' + δ² n n' / (n + n')

    in float64. Nothing is squared before it is centred, so an offset of 1e8 costs no digits of
    the variance. Memory: five numbers a column.

    Reference: T. F. Chan, G. H. Golub, R. J. LeVeque (1983), The American Statistician 37(3).

    Args:
        columns: number of columns.
    """

    def __init__(self, columns: int):
        self.count = np.zeros(columns, np.int64)
        self.mean = np.zeros(columns)
        self.squares = np.zeros(columns)
        self.low = np.full(columns, np.inf)
        self.high = np.full(columns, -np.inf)

    @property
    def variance(self) -> np.ndarray:
        """Population variance per column; 0 where there is no data. Shape (columns,)."""
        return self.squares / np.maximum(self.count, 1)

    @property
    def varies(self) -> np.ndarray:
        """Whether two different values were seen, per column. Shape (columns,).

        Rounding leaves a constant column with a tiny variance; its extremes are exact.
        """
        return self.low < self.high

    def update(self, values: np.ndarray, valid: np.ndarray) -> None:
        """Add the valid entries of a block.

        Args:
            values: float64, shape (rows, columns).
            valid: bool, shape (rows, columns); what `values` holds elsewhere does not matter.
        """
        block = Moments(len(self.count))
        block.count = valid.sum(axis=0)
        block.mean = np.where(valid, values, 0.0).sum(axis=0) / np.maximum(block.count, 1)
        block.squares = np.square(np.where(valid, values - block.mean, 0.0)).sum(axis=0)
        block.low = np.where(valid, values, np.inf).min(axis=0, initial=np.inf)
        block.high = np.where(valid, values, -np.inf).max(axis=0, initial=-np.inf)
        self.merge(block)

    def merge(self, other: "Moments") -> None:
        """Add the rows that `other` has seen."""
        total = np.maximum(self.count + other.count, 1)
        delta = np.where(other.count > 0, other.mean - self.mean, 0.0)
        self.squares += other.squares + delta**2 * (self.count * other.count / total)
        self.mean += delta * (other.count / total)
        self.count += other.count
        self.low[...] = np.minimum(self.low, other.low)
        self.high[...] = np.maximum(self.high, other.high)

    def state(self) -> State:
        return copy_arrays(vars(self))

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        load_arrays(vars(self), state)
