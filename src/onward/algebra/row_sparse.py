"""A recurrent Jacobian of which some entries of each row are kept."""

import jax.numpy as jnp

from onward._typing import Array, Bool, Float, Int
from onward.algebra.jacobian import AbstractJacobian, columnwise

# Columns of an influence that are moved together on CPUs. Fewer are compiled to a loop
# that takes up to twice as long, of more the rows that are gathered leave the nearest caches.
GATHERED = 128


class RowSparse(AbstractJacobian):
    """k kept entries per row; the others are not stored and cost nothing.

    Attributes:
        columns: column index of each kept entry.
        values: the kept entries.
    """

    columns: Int[Array, "N k"]
    values: Float[Array, "N k"]

    def block(self, entries: int) -> int:
        del entries
        return GATHERED * len(self.columns)

    def apply(self, rows: Float[Array, "N ..."]) -> Float[Array, "N ..."]:
        # One gather after another, unrolled: each fuses with its multiply-add. A gather of all
        # k would be written out first.
        total = jnp.zeros_like(rows)
        for column, value in zip(self.columns.T, self.values.T, strict=True):
            total = total + columnwise(value, rows) * rows[column]
        return total

    def materialise(self) -> Float[Array, "N N"]:
        count = self.columns.shape[0]
        empty = jnp.zeros((count, count), self.values.dtype)
        return empty.at[jnp.arange(count)[:, None], self.columns].add(self.values)

    def pattern(self) -> Bool[Array, "N N"]:
        count = self.columns.shape[0]
        empty = jnp.zeros((count, count), bool)
        return empty.at[jnp.arange(count)[:, None], self.columns].set(True)

    @property
    def nonzeros_per_row(self) -> int:
        return self.columns.shape[1]

    @property
    def unitwise(self) -> bool:
        return False
