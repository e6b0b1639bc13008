"""Recurrent Jacobians J = ds_t/ds_{t-1}, each stored as what its structure needs and no more.

A state of `S` slots (an LSTM has two: h and c) with `n` units each is the flat vector of its
slots one after the other, N = S·n components. All arrays are real.
"""

import math
from abc import abstractmethod
from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._typing import Array, Bool, Float, Int

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


def _columnwise(vector: Array, like: Array) -> Array:
    """`vector` (N,) with axes appended so that it scales the rows of `like` (N, ...)."""
    return jnp.expand_dims(vector, tuple(range(1, like.ndim)))


class AbstractJacobian(eqx.Module):
    """A linear map on state vectors.

    A new structure is a subclass that says how to `apply` itself to the rows of an influence,
    `materialise` itself, and how many nonzeros a row has by structure (`pattern`).
    """

    @abstractmethod
    def apply(self, rows: Float[Array, "N ..."]) -> Float[Array, "N ..."]:
        """J @ rows, contracting over the first axis."""

    @abstractmethod
    def materialise(self) -> Float[Array, "N N"]:
        """The whole matrix. Time and memory N²."""

    @abstractmethod
    def pattern(self) -> Bool[Array, "N N"]:
        """Where the matrix may be nonzero by structure."""

    @property
    @abstractmethod
    def nonzeros_per_row(self) -> int:
        """The largest number of structural nonzeros in a row."""

    @property
    @abstractmethod
    def unitwise(self) -> bool:
        """Whether every component depends on components of the same unit alone."""

    @property
    def reach(self) -> float:
        """Steps after which nothing is left of a state, by structure; infinite for most."""
        return math.inf

    def apply_to_units(
        self, leaf: Float[Array, "S ..."], along: Callable[[Array], Array]
    ) -> Float[Array, "S ..."]:
        """J of a unit-wise map on numbers that units have of their own.

        Args:
            leaf: slots, then axes among which are those of the grid of units.
            along: lays an array over the grid (its last axes) along the axes of `leaf`.
        """
        raise NotImplementedError(f"{type(self).__name__} is not unit-wise")

    def diagonal(self) -> Float[Array, " N"]:
        """The diagonal of the matrix (the self-propagation of each component)."""
        return jnp.diagonal(self.materialise())


class Dense(AbstractJacobian):
    """A full matrix. `apply` is one GEMM."""

    matrix: Float[Array, "N N"]

    def apply(self, rows: Float[Array, "N ..."]) -> Float[Array, "N ..."]:
        flat = rows.reshape(rows.shape[0], -1)
        return (self.matrix @ flat).reshape(rows.shape)

    def materialise(self) -> Float[Array, "N N"]:
        return self.matrix

    def pattern(self) -> Bool[Array, "N N"]:
        return jnp.ones(self.matrix.shape, bool)

    @property
    def nonzeros_per_row(self) -> int:
        return self.matrix.shape[0]

    @property
    def unitwise(self) -> bool:
        return False


class Diagonal(AbstractJacobian):
    """Each component sees only itself.

    Attributes:
        values: the diagonal; the units of a slot may stand in a grid, for example (heads, keys,
            values) of a matrix state.
    """

    values: Float[Array, "S *grid"]

    def apply(self, rows: Float[Array, "N ..."]) -> Float[Array, "N ..."]:
        return _columnwise(self.values.ravel(), rows) * rows

    def apply_to_units(self, leaf: Array, along: Callable[[Array], Array]) -> Array:
        return along(self.values) * leaf

    def materialise(self) -> Float[Array, "N N"]:
        return jnp.diag(self.values.ravel())

    def pattern(self) -> Bool[Array, "N N"]:
        return jnp.eye(self.values.size, dtype=bool)

    @property
    def nonzeros_per_row(self) -> int:
        return 1

    @property
    def unitwise(self) -> bool:
        return True


class Unitwise(AbstractJacobian):
    """Each unit sees only itself: an S×S block per unit (S = 1: a diagonal matrix).

    The units may stand in a grid, for example (heads, values) of a matrix state.

    Attributes:
        blocks: `blocks[a, b, i]` = d slot a of unit i / d slot b of unit i.
    """

    blocks: Float[Array, "S S *grid"]

    @property
    def _flat(self) -> Float[Array, "S S n"]:
        return self.blocks.reshape(*self.blocks.shape[:2], -1)

    def apply(self, rows: Float[Array, "N ..."]) -> Float[Array, "N ..."]:
        slots, _, units = self._flat.shape
        split = rows.reshape(slots, units, *rows.shape[1:])
        return self.apply_to_slots(split).reshape(rows.shape)

    def apply_to_units(self, leaf: Array, along: Callable[[Array], Array]) -> Array:
        blocks, slots = along(self.blocks), range(len(leaf))
        return jnp.stack([sum(blocks[a, b] * leaf[b] for b in slots) for a in slots])

    def apply_to_slots(self, split: Float[Array, "S n ..."]) -> Float[Array, "S n ..."]:
        """The same map on rows whose slot axis has been split off."""
        return jnp.stack(
            [
                sum(_columnwise(block, part) * part for block, part in zip(row, split, strict=True))
                for row in self._flat
            ]
        )

    def materialise(self) -> Float[Array, "N N"]:
        slots, _, units = self._flat.shape
        matrix = jnp.einsum("abi,ij->aibj", self._flat, jnp.eye(units, dtype=self.blocks.dtype))
        return matrix.reshape(slots * units, slots * units)

    def pattern(self) -> Bool[Array, "N N"]:
        slots, _, units = self._flat.shape
        return jnp.tile(jnp.eye(units, dtype=bool), (slots, slots))

    @property
    def nonzeros_per_row(self) -> int:
        return self.blocks.shape[0]

    @property
    def unitwise(self) -> bool:
        return True


class Gated(AbstractJacobian):
    """Dense columns for the hidden slot (the first one) plus a unit-wise map of all slots.

    The Jacobian of every gated cell whose gates read the hidden slot through a matrix:
    for an LSTM half the work of a dense 2n×2n product.

    Attributes:
        dense: `dense[a]` = the part of d slot a / d hidden slot that passes through matrices.
        direct: the unit-wise remainder.
    """

    dense: Float[Array, "S n n"]
    direct: Unitwise

    def apply(self, rows: Float[Array, "N ..."]) -> Float[Array, "N ..."]:
        slots, units = self.dense.shape[:2]
        split = rows.reshape(slots, units, *rows.shape[1:])
        hidden = split[0].reshape(units, -1)
        mixed = (self.dense.reshape(slots * units, units) @ hidden).reshape(split.shape)
        return (mixed + self.direct.apply_to_slots(split)).reshape(rows.shape)

    def materialise(self) -> Float[Array, "N N"]:
        slots, units = self.dense.shape[:2]
        columns = self.dense.reshape(slots * units, units)
        return self.direct.materialise().at[:, :units].add(columns)

    def pattern(self) -> Bool[Array, "N N"]:
        return self.direct.pattern().at[:, : self.dense.shape[1]].set(True)

    @property
    def nonzeros_per_row(self) -> int:
        return self.dense.shape[1] + self.dense.shape[0] - 1

    @property
    def unitwise(self) -> bool:
        return False


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
            total = total + _columnwise(value, rows) * rows[column]
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
