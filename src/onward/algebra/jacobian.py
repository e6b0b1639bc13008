"""Recurrent Jacobians J = ds_t/ds_{t-1}, each stored as what its structure needs and no more.

A state of `S` slots (an LSTM has two: h and c) with `n` units each is the flat vector of its
slots one after the other, N = S·n components. All arrays are real.
"""

import math
from abc import abstractmethod
from collections.abc import Callable
from functools import reduce

import equinox as eqx
import jax.numpy as jnp

from onward._typing import Array, Bool, Float
from onward.algebra.blocks import CACHED, threaded
from onward.algebra.slots import UNROLLED, stack_slots


def columnwise(vector: Array, like: Array) -> Array:
    """`vector` (N,) with axes appended so that it scales the rows of `like` (N, ...)."""
    return jnp.expand_dims(vector, tuple(range(1, like.ndim)))


class AbstractJacobian(eqx.Module):
    """A linear map on state vectors.

    A new structure is a subclass that says how to `apply` itself to the rows of an influence,
    `materialise` itself, and how many nonzeros a row has by structure (`pattern`).
    Where it knows which part passes through no recurrent matrix it says so (`beside_matrices`).
    """

    def block(self, entries: int) -> int:
        """Of so many entries of an influence those that `apply` is best given at a time, on
        CPUs."""
        del entries
        return CACHED

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

    def within_units(self, units: tuple[int, ...]) -> "AbstractJacobian":
        """What stays within a unit by whatever path: the units' own blocks of the matrix.

        Args:
            units: the shape in which the state's components are units, slots first.
        """
        matrix = self.materialise()
        split = matrix.reshape(2 * (units[0], matrix.shape[0] // units[0]))
        blocks = jnp.diagonal(split, axis1=1, axis2=3)
        return Unitwise(blocks.reshape(units[0], *units))

    def beside_matrices(self, units: tuple[int, ...]) -> "AbstractJacobian | None":
        """The unit-wise part that passes through no recurrent matrix: a leak, a forget gate.

        `within_units` without the self-connections of the matrices. None where the structure
        does not tell the two apart.
        """
        del units


class Dense(AbstractJacobian):
    """A full matrix. `apply` is one GEMM.

    Attributes:
        matrix: its entries.
        recurrent: whether all of it is declared to pass through a recurrent matrix.
    """

    matrix: Float[Array, "N N"]
    recurrent: bool = eqx.field(static=True, default=False)

    def block(self, entries: int) -> int:
        return threaded(entries)

    def beside_matrices(self, units: tuple[int, ...]) -> "Unitwise | None":
        nothing = jnp.zeros((units[0], *units), self.matrix.dtype)
        return Unitwise(nothing) if self.recurrent else None

    def apply(self, rows: Float[Array, "N ..."]) -> Float[Array, "N ..."]:
        return jnp.tensordot(self.matrix, rows, 1)

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

    def within_units(self, units: tuple[int, ...]) -> "Diagonal":
        return self

    def beside_matrices(self, units: tuple[int, ...]) -> "Diagonal | None":
        return self

    def apply(self, rows: Float[Array, "N ..."]) -> Float[Array, "N ..."]:
        return columnwise(self.values.ravel(), rows) * rows

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

    def within_units(self, units: tuple[int, ...]) -> "Unitwise":
        return self

    def beside_matrices(self, units: tuple[int, ...]) -> "Unitwise | None":
        return self

    def apply(self, rows: Float[Array, "N ..."]) -> Float[Array, "N ..."]:
        slots, _, units = self._flat.shape
        split = rows.reshape(slots, units, *rows.shape[1:])
        return self.apply_to_slots(split).reshape(rows.shape)

    def apply_to_units(self, leaf: Array, along: Callable[[Array], Array]) -> Array:
        blocks = along(self.blocks)
        if len(leaf) > UNROLLED:
            return jnp.einsum("ab...,b...->a...", blocks, leaf)
        return stack_slots([reduce(jnp.add, map(jnp.multiply, row, leaf)) for row in blocks])

    def apply_to_slots(self, split: Float[Array, "S n ..."]) -> Float[Array, "S n ..."]:
        """The same map on rows whose slot axis has been split off."""
        beside = range(3, split.ndim + 1)
        return self.apply_to_units(split, lambda _: jnp.expand_dims(self._flat, beside))

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

    def block(self, entries: int) -> int:
        return threaded(entries)

    def within_units(self, units: tuple[int, ...]) -> Unitwise:
        itself = jnp.diagonal(self.dense, axis1=1, axis2=2)
        return Unitwise(self.direct.blocks.at[:, 0].add(itself))

    def beside_matrices(self, units: tuple[int, ...]) -> Unitwise | None:
        return self.direct

    def apply(self, rows: Float[Array, "N ..."]) -> Float[Array, "N ..."]:
        slots, units = self.dense.shape[:2]
        split = rows.reshape(slots, units, -1)
        mixed = (self.dense.reshape(slots * units, units) @ split[0]).reshape(split.shape)
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
