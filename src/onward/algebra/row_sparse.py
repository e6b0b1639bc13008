"""A recurrent Jacobian of which some entries of each row are kept."""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from onward._typing import Array, Bool, Float, Int
from onward.algebra.jacobian import AbstractJacobian, columnwise

# Entries of an influence that are moved together: 256 kB in float32, within a core's own cache.
BLOCK = 1 << 16


def _in_blocks(product: Callable[[Array], Array], rows: Array) -> Array:
    """`product` of a matrix with rows (N, ...), some columns at a time.

    Column by column the product stands alone. Blocks of columns that fit into a core's cache are
    therefore moved in place: memory is read and written once, and an enclosing loop needs no
    second influence to write to and copy back.
    """
    flat = rows.reshape(rows.shape[0], -1)
    count = flat.shape[1]
    width = min(max(BLOCK // flat.shape[0], 1), count)

    def move(start: int | Array, flat: Array, width: int) -> Array:
        block = product(jax.lax.dynamic_slice_in_dim(flat, start, width, 1))
        return jax.lax.dynamic_update_slice_in_dim(flat, block, start, 1)

    flat = jax.lax.fori_loop(
        0, count // width, lambda index, flat: move(index * width, flat, width), flat
    )
    if rest := count % width:
        flat = move(count - rest, flat, rest)
    return flat.reshape(rows.shape)


class RowSparse(AbstractJacobian):
    """k kept entries per row; the others are not stored and cost nothing.

    Attributes:
        columns: column index of each kept entry.
        values: the kept entries.
    """

    columns: Int[Array, "N k"]
    values: Float[Array, "N k"]

    def apply(self, rows: Float[Array, "N ..."]) -> Float[Array, "N ..."]:
        return _in_blocks(self._mix, rows)

    def _mix(self, rows: Float[Array, "N q"]) -> Float[Array, "N q"]:
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
