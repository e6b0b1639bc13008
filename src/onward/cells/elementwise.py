"""The common shape of cells whose state is a grid of units that do not see each other."""

import dataclasses
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._typing import Array, Float, Gradients, PRNGKeyArray, State
from onward.algebra import Diagonal, Local, RankOne, Unreached, stack_slots
from onward.cells import derive
from onward.cells.base import AbstractCell
from onward.cells.initialise import uniform


class Drive(eqx.Module):
    """u = W x + b, what an input does to a state; or W x alone.

    Args:
        sizes: the shape of u.
        input_size: m.
        key: draws W uniformly in ±1/√m; b starts at zero.
        dtype: of W and b.
        biased: whether there is a b.
    """

    weight: Float[Array, "*sizes m"]
    bias: Float[Array, "*sizes"] | None

    def __init__(
        self,
        sizes: tuple[int, ...],
        input_size: int,
        *,
        key: PRNGKeyArray,
        dtype,
        biased: bool = True,
    ):
        self.weight = uniform(key, (*sizes, input_size), input_size, dtype)
        self.bias = jnp.zeros(sizes, dtype) if biased else None

    @property
    def sizes(self) -> tuple[int, ...]:
        """The shape of u."""
        return self.weight.shape[:-1]

    def __call__(self, x: Float[Array, " m"]) -> Float[Array, "*sizes"]:
        driven = self.weight @ x
        return driven if self.bias is None else driven + self.bias

    def immediate(self, slopes: Float[Array, "S ..."], x: Float[Array, " m"]) -> "Drive":
        """The leaves of B from d slot / d u, laid out as `Local` wants them."""
        return self._replaced(jnp.multiply.outer(slopes, x), slopes)

    def gradient(self, signal: Float[Array, "*sizes"], x: Float[Array, " m"]) -> "Drive":
        """The gradient from dL/du."""
        return self._replaced(RankOne(signal, x), signal)

    def _replaced(self, *leaves: Any) -> "Drive":
        structure = jax.tree.structure(self)
        return jax.tree.unflatten(structure, leaves[: structure.num_leaves])


class Constant(eqx.Module):
    """A learnt u that no input changes."""

    value: Float[Array, "*sizes"]

    def __call__(self, x: Float[Array, " m"]) -> Float[Array, "*sizes"]:
        del x
        return self.value

    def immediate(self, slopes: Float[Array, "S ..."], x: Float[Array, " m"]) -> "Constant":
        """The leaf of B from d slot / d value."""
        del x
        return Constant(slopes)

    def gradient(self, signal: Float[Array, "*sizes"], x: Float[Array, " m"]) -> "Constant":
        """The gradient from dL/dvalue."""
        del x
        return Constant(signal)


class AbstractElementwiseCell(AbstractCell):
    """s_t = update(u_t, s_{t-1}), entry by entry over a grid of units, for example (heads, keys,
    values), with u_t the drives at x_t.

    Each leaf of the state is a slot of the grid's shape, and no slot sees another. To add such
    a cell write `init_state` and `update`; the diagonal J and the local B follow from tangents
    of ones, exactly: P keeps for each entry the parameters that move it, N·m numbers for a
    drive and no more. Parameters besides them may be read by `emit` only.

    Attributes:
        axes: for each field that is a drive the axes of the grid that its own axes count; along
            the others all units share it.
    """

    axes: ClassVar[Mapping[str, tuple[int, ...]]]

    @property
    def drives(self) -> dict[str, Any]:
        """All that moves the state besides itself, by name, in the order of the fields."""
        names = [field.name for field in dataclasses.fields(self) if field.name in self.axes]
        return {name: getattr(self, name) for name in names}

    @abstractmethod
    def update(self, drives: dict[str, Array], state_prev: State) -> State:
        """The new state; every drive comes in a shape that broadcasts over the grid."""

    def __call__(self, state_prev: State, x: Float[Array, " m"]) -> State:
        return self.update(self._laid(self._values(x), state_prev), state_prev)

    def _values(self, x: Float[Array, " m"]) -> dict[str, Array]:
        return {name: drive(x) for name, drive in self.drives.items()}

    def _laid(self, values: dict[str, Array], state: State) -> dict[str, Array]:
        """Each value with an axis for every axis of the grid."""
        axes = range(jax.tree.leaves(state)[0].ndim)
        return {
            name: jnp.expand_dims(value, [a for a in axes if a not in self.axes[name]])
            for name, value in values.items()
        }

    def jacobian(self, state_prev: State, x: Float[Array, " m"]) -> Diagonal:
        ones = jax.tree.map(jnp.ones_like, state_prev)
        along = jax.jvp(lambda state: self(state, x), (state_prev,), (ones,))[1]
        return Diagonal(stack_slots(jax.tree.leaves(along)))

    def immediate_gradient(
        self, state_prev: State, x: Float[Array, " m"], signal: State
    ) -> Gradients:
        def step(values: dict[str, Array]) -> State:
            return self.update(self._laid(values, state_prev), state_prev)

        found = jax.vjp(step, self._values(x))[1](signal)[0]
        by_drive = [drive.gradient(found[name], x) for name, drive in self.drives.items()]
        zeros = jax.tree.map(jnp.zeros_like, self.parameters())
        return eqx.tree_at(_drives, zeros, by_drive)

    def immediate(self, state_prev: State, x: Float[Array, " m"]) -> Local:
        grid = jax.tree.leaves(state_prev)[0].shape
        laid = self._laid(self._values(x), state_prev)
        names = list(laid)

        def step(values: list[Array]) -> list[Array]:
            return jax.tree.leaves(self.update(dict(zip(names, values, strict=True)), state_prev))

        spread = [jnp.broadcast_to(value, grid) for value in laid.values()]
        slopes = dict(zip(names, derive.slot_tangents(step, spread), strict=True))
        by_drive = [
            drive.immediate(_lacking_first(slopes[name], self.axes[name]), x)
            for name, drive in self.drives.items()
        ]
        unread = jax.tree.map(lambda leaf: Unreached(leaf.shape, leaf.dtype), self.parameters())
        leaves = eqx.tree_at(_drives, unread, by_drive)
        return Local(leaves, tuple(self._axes(len(grid))))

    def _axes(self, rank: int) -> Iterator[tuple[int | None, ...]]:
        """For each leaf of the drives, which of its axes counts each axis of the grid."""
        for name, drive in self.drives.items():
            counted = self.axes[name]
            own = tuple(counted.index(a) if a in counted else None for a in range(rank))
            yield from (own for _ in jax.tree.leaves(drive))


def _drives(cell: AbstractElementwiseCell) -> list[Any]:
    return list(cell.drives.values())


def _lacking_first(slopes: Float[Array, "S ..."], axes: tuple[int, ...]) -> Float[Array, "S ..."]:
    """(S, *grid) with the axes that a drive lacks before those that it has."""
    lacking = [axis for axis in range(slopes.ndim - 1) if axis not in axes]
    return jnp.transpose(slopes, (0, *(1 + axis for axis in (*lacking, *axes))))
