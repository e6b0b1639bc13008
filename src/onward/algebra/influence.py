"""Influences P = ds/dθ, one class per structure. Leaves follow the cell's parameter tree, but for
`Unreached` in place of a parameter that does not move the state.

`push(J)` moves an influence through one step of time, `add(B)` adds the immediate derivative,
`pull(signal)` gives signalᵀ P, the gradient.
"""

import math
from abc import abstractmethod
from collections.abc import Callable
from functools import partial, reduce
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._typing import Array, Float, Gradients, Int, Parameters
from onward.algebra.blocks import in_blocks
from onward.algebra.jacobian import AbstractJacobian, Diagonal
from onward.algebra.slots import UNROLLED


class Unreached(eqx.Module):
    """In place of the rows of a parameter that does not move the state: zeros, not stored.

    Attributes:
        shape: the parameter's.
        dtype: the parameter's.
    """

    shape: tuple[int, ...] = eqx.field(static=True)
    dtype: Any = eqx.field(static=True)


def with_zeros(gradients: Any) -> Gradients:
    """The same tree with zeros for what was not stored."""

    def one(leaf: Array | Unreached) -> Array:
        return jnp.zeros(leaf.shape, leaf.dtype) if isinstance(leaf, Unreached) else leaf

    return jax.tree.map(one, gradients, is_leaf=lambda leaf: isinstance(leaf, Unreached))


class AbstractInfluence(eqx.Module):
    """The derivative of a state of N components by every parameter."""

    leaves: eqx.AbstractVar[Any]

    @abstractmethod
    def push(self, jacobian: AbstractJacobian) -> "AbstractInfluence":
        """J P."""

    @abstractmethod
    def add(self, immediate: "AbstractInfluence") -> "AbstractInfluence":
        """P + B."""

    @abstractmethod
    def pull(self, signal: Float[Array, " N"]) -> Gradients:
        """signalᵀ P, a tree of the parameters' shapes."""

    @abstractmethod
    def rows(self, support: Int[Array, " k"]) -> Parameters:
        """The rows of the chosen state components, leaves of shape (k, *parameter)."""

    @abstractmethod
    def full(self) -> "Full":
        """The same influence with every row written out."""

    @abstractmethod
    def within(self, wrap: Callable[[Parameters], Parameters]) -> "AbstractInfluence":
        """The same influence of a cell around this one; `wrap` makes its tree from this one's."""

    def add_to(
        self,
        rows: Parameters,
        support: Int[Array, " k"],
        add: Callable[[Array, Array], Array] | None = None,
    ) -> Parameters:
        """The rows of the chosen state components added to `rows`, leaves (k, *parameter).

        Where `rows` are no plain numbers, `add` takes entries of them and what to add to those.
        """
        return jax.tree.map(add or jnp.add, rows, self.rows(support))

    def scale(self, factor: float) -> "AbstractInfluence":
        """factor · P, of the same structure."""
        return jax.tree.map(lambda leaf: factor * leaf, self)

    def scale_rows(self, factors: Float[Array, " N"]) -> "AbstractInfluence":
        """diag(factors) P."""
        return self.full().push(Diagonal(factors))


class Full(AbstractInfluence):
    """Every state component against every parameter: leaves (N, *parameter). Memory N·p."""

    leaves: Any

    def push(self, jacobian: AbstractJacobian) -> "Full":
        def move(rows: Array) -> Array:
            return in_blocks(jacobian.apply, rows, jacobian.block(rows.size))

        return Full(jax.tree.map(move, self.leaves))

    def add(self, immediate: AbstractInfluence) -> "Full":
        if isinstance(immediate, Local):
            every = jnp.arange(jax.tree.leaves(self.leaves)[0].shape[0])
            return Full(immediate.add_to(self.leaves, every))
        return Full(jax.tree.map(jnp.add, self.leaves, immediate.full().leaves))

    def pull(self, signal: Float[Array, " N"]) -> Gradients:
        return with_zeros(mix(signal, self.leaves))

    def rows(self, support: Int[Array, " k"]) -> Parameters:
        return jax.tree.map(lambda leaf: leaf[support], self.leaves)

    def full(self) -> "Full":
        return self

    def within(self, wrap: Callable[[Parameters], Parameters]) -> "Full":
        return Full(wrap(self.leaves))

    def written(self) -> Parameters:
        """The leaves, with rows of zeros for parameters that do not move the state."""
        count = jax.tree.leaves(self.leaves)[0].shape[0]

        def one(leaf: Array | Unreached) -> Array:
            if isinstance(leaf, Unreached):
                return jnp.zeros((count, *leaf.shape), leaf.dtype)
            return leaf

        return jax.tree.map(one, self.leaves, is_leaf=lambda leaf: isinstance(leaf, Unreached))


class Local(AbstractInfluence):
    """Each unit has parameters of its own. Memory S·p, more where units share a parameter.

    The state is a grid of units, (n,) or for example (heads, keys, values), in S slots. Where an
    axis of a parameter counts the same as an axis of the grid, each entry moves only the units
    that it counts; along an axis of the grid that the parameter lacks, it moves all units, and
    the influence has a copy for each.

    Attributes:
        leaves: of shape (S, *lacking, *parameter): the derivative of each slot of the units that
            the parameter moves; `lacking` are the sizes of the grid's axes that it lacks.
        axes: for each leaf and each axis of the grid the parameter's axis that counts the same,
            or None where it lacks one.
    """

    leaves: Any
    axes: tuple[tuple[int | None, ...], ...] = eqx.field(static=True)

    def within(self, wrap: Callable[[Parameters], Parameters]) -> "Local":
        return Local(wrap(self.leaves), self.axes)

    @property
    def units(self) -> tuple[int, ...]:
        """The shape in which the state's components are units, slots first: (S, *grid)."""
        slots, *shape = jax.tree.leaves(self.leaves)[0].shape
        return slots, *(shape[place] for place in _places(self.axes[0]))

    def _map(self, function: Callable[..., Any], *trees: Any) -> Any:
        """A tree of `function(axes, leaf, *other leaves)`."""
        flat, structure = jax.tree.flatten(self.leaves)
        others = [jax.tree.leaves(tree) for tree in trees]
        found = [function(*each) for each in zip(self.axes, flat, *others, strict=True)]
        return jax.tree.unflatten(structure, found)

    def push(self, jacobian: AbstractJacobian) -> AbstractInfluence:
        if not jacobian.unitwise:
            return self.full().push(jacobian)

        def one(axes: tuple[int | None, ...], leaf: Array) -> Array:
            return jacobian.apply_to_units(leaf, partial(_along, axes=axes, ndim=leaf.ndim - 1))

        return Local(self._map(one), self.axes)

    def scale_rows(self, factors: Float[Array, " N"]) -> "Local":
        def one(axes: tuple[int | None, ...], leaf: Array) -> Array:
            return _by_rows(factors, axes, leaf) * leaf

        return Local(self._map(one), self.axes)

    def add(self, immediate: AbstractInfluence) -> AbstractInfluence:
        if isinstance(immediate, Local):
            return Local(jax.tree.map(jnp.add, self.leaves, immediate.leaves), self.axes)
        return self.full().add(immediate)

    def pull(self, signal: Float[Array, " N"]) -> Gradients:
        def one(axes: tuple[int | None, ...], leaf: Array) -> Array:
            weighted = _by_rows(signal, axes, leaf) * leaf
            # The slots are few: terms of a sum, not an axis.
            return jnp.sum(reduce(jnp.add, weighted), axis=tuple(range(axes.count(None))))

        return with_zeros(self._map(one))

    def add_to(
        self,
        rows: Parameters,
        support: Int[Array, " k"],
        add: Callable[[Array, Array], Array] | None = None,
    ) -> Parameters:
        """Writes the nonzeros only."""
        count = support.shape[0]

        def one(axes: tuple[int | None, ...], leaf: Array, rows: Array) -> Array:
            def move(row: Any, rows: Array) -> Array:
                place, values = _row_entries(axes, leaf, support[row])
                entries = (row, *place)
                if add is None and count > UNROLLED:
                    return rows.at[entries].add(values)
                return rows.at[entries].set((add or jnp.add)(rows[entries], values))

            # A few one after another are slices that move in place; many together a scatter.
            if count <= UNROLLED:
                return jax.lax.fori_loop(0, count, move, rows)
            return move(jnp.arange(count), rows)

        return self._map(one, rows)

    def rows(self, support: Int[Array, " k"]) -> Parameters:
        def empty(axes: tuple[int | None, ...], leaf: Array) -> Array:
            parameter = leaf.shape[1 + axes.count(None) :]
            return jnp.zeros((support.shape[0], *parameter), leaf.dtype)

        return self.add_to(self._map(empty), support)

    def full(self) -> Full:
        return Full(self.rows(jnp.arange(math.prod(self.units))))


def _places(axes: tuple[int | None, ...]) -> list[int]:
    """Where each axis of the grid stands in a leaf of `Local` without its slots."""
    lacking = [axis for axis, own in enumerate(axes) if own is None]
    return [
        lacking.index(axis) if own is None else len(lacking) + own for axis, own in enumerate(axes)
    ]


def _grid(axes: tuple[int | None, ...], leaf: Array) -> tuple[int, ...]:
    """The grid of units, read off a leaf of `Local`."""
    return tuple(leaf.shape[1 + place] for place in _places(axes))


def _along(
    of_units: Float[Array, "*grid"], axes: tuple[int | None, ...], ndim: int
) -> Float[Array, "*leaf"]:
    """Numbers of units laid along the axes of a leaf of `Local`, to scale it."""
    places, first = _places(axes), of_units.ndim - len(axes)
    order = sorted(range(len(axes)), key=places.__getitem__)
    turned = jnp.transpose(of_units, (*range(first), *(first + axis for axis in order)))
    missing = [first + place for place in range(ndim) if place not in places]
    return jnp.expand_dims(turned, missing)


def _by_rows(
    values: Float[Array, " N"], axes: tuple[int | None, ...], leaf: Array
) -> Float[Array, "S *leaf"]:
    """Numbers of state components laid along the axes of a leaf of `Local`."""
    of_units = values.reshape(leaf.shape[0], *_grid(axes, leaf))
    return _along(of_units, axes, leaf.ndim - 1)


def _row_entries(
    axes: tuple[int | None, ...], leaf: Array, row: Int[Array, "*k"]
) -> tuple[tuple[Any, ...], Array]:
    """Which entries of a parameter some rows of P may be nonzero at (an index), and their values.

    A row is a slot of a unit; along the axes that count units it has a single entry.
    """
    slot, *unit = jnp.unravel_index(row, (leaf.shape[0], *_grid(axes, leaf)))
    found: list[Any] = [slice(None)] * (leaf.ndim - 1)
    for place, index in zip(_places(axes), unit, strict=True):
        found[place] = index
    return tuple(found[axes.count(None) :]), leaf[(slot, *found)]


def mix(weights: Float[Array, "*out k"], leaves: Any) -> Any:
    """weights @ rows for every leaf (k, *parameter)."""

    def one(leaf: Array) -> Array:
        if len(leaf) > UNROLLED:
            return jnp.tensordot(weights, leaf, 1)
        # Row by row the product fuses with what reads it; that of a GEMM is written out first.
        return reduce(jnp.add, map(jnp.multiply.outer, jnp.moveaxis(weights, -1, 0), leaf))

    return jax.tree.map(one, leaves)
