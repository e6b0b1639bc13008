"""Jacobians and immediate derivatives of any cell by autodiff, dense or with known structure."""

from typing import Any, Protocol, runtime_checkable

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

from onward._typing import Array, Float, Gradients, State
from onward.algebra import Dense, Full, Local, Unitwise


@runtime_checkable
class Cell(Protocol):
    """What these functions need of a cell: its two maps. It is a module with inexact arrays."""

    def __call__(self, state_prev: State, x: Array) -> State: ...

    def emit(self, state: State, x: Array) -> Array: ...


def flatten(state: State) -> Float[Array, " N"]:
    """The state as one vector, leaf after leaf (slot after slot)."""
    return ravel_pytree(state)[0]


def immediate_gradient(
    cell: Cell, state_prev: State, x: Float[Array, " m"], signal: State
) -> Gradients:
    """signalᵀ B by one reverse pass, without B. Time and memory of one backward step."""
    arrays, rest = eqx.partition(cell, eqx.is_inexact_array)
    _, pull = jax.vjp(lambda arrays: eqx.combine(arrays, rest)(state_prev, x), arrays)
    return pull(signal)[0]


def tangent(cell: Cell, state_prev: State, x: Float[Array, " m"], direction: State) -> State:
    """J direction by one forward tangent, without J. Time of one step."""
    return jax.jvp(lambda state: cell(state, x), (state_prev,), (direction,))[1]


def reads_parameters(cell: Cell, state: State, x: Float[Array, " m"]) -> bool:
    """Whether `emit` computes anything from the cell's parameters (at trace time, for nothing)."""
    arrays, rest = eqx.partition(cell, eqx.is_inexact_array)
    leaves, tree = jax.tree.flatten(arrays)

    def emit(*leaves: Array) -> Array:
        return eqx.combine(jax.tree.unflatten(tree, leaves), rest).emit(state, x)

    traced = jax.make_jaxpr(emit)(*leaves).jaxpr
    read = {id(variable) for equation in traced.eqns for variable in equation.invars}
    read |= {id(variable) for variable in traced.outvars}
    return any(id(variable) in read for variable in traced.invars)


def dense_jacobian(cell: Cell, state_prev: State, x: Float[Array, " m"]) -> Dense:
    """J as a full matrix by N forward tangents."""
    vector, unflatten = ravel_pytree(state_prev)
    return Dense(jax.jacfwd(lambda vector: flatten(cell(unflatten(vector), x)))(vector))


def full_immediate(cell: Cell, state_prev: State, x: Float[Array, " m"]) -> Full:
    """B with every row written out, by N reverse passes."""
    arrays, rest = eqx.partition(cell, eqx.is_inexact_array)

    def step(arrays: Any) -> Array:
        return flatten(eqx.combine(arrays, rest)(state_prev, x))

    return Full(jax.jacrev(step)(arrays))


def unitwise_jacobian(cell: Cell, state_prev: State, x: Float[Array, " m"]) -> Unitwise:
    """J of a cell whose units do not see each other, by one tangent per slot.

    Each leaf of the state is one slot with a component per unit.
    """
    leaves, tree = jax.tree.flatten(state_prev)

    def step(leaves: list[Array]) -> list[Array]:
        return jax.tree.leaves(cell(jax.tree.unflatten(tree, leaves), x))

    return Unitwise(jnp.stack(slot_tangents(step, leaves), axis=1))


def slot_tangents(function, slots: list[Array]) -> list[Array]:
    """For a unit-wise function of several slots: for each slot b, d output a / d slot b (A, n).

    One tangent of ones reads a diagonal, because unit i's output sees unit i's input alone.
    """
    zeros = [jnp.zeros_like(slot) for slot in slots]

    def along(index: int) -> Array:
        tangent = [*zeros[:index], jnp.ones_like(slots[index]), *zeros[index + 1 :]]
        return jnp.stack(jax.jvp(function, (slots,), (tangent,))[1])

    return [along(index) for index in range(len(slots))]


def local_immediate(cell: Cell, state_prev: State, x: Float[Array, " m"], unit_axis: int) -> Local:
    """B of a cell each of whose parameters moves the unit that its `unit_axis` counts, only.

    One reverse pass of ones per slot: the sum over units that it forms has a single term.
    """
    arrays, rest = eqx.partition(cell, eqx.is_inexact_array)
    state, pull = jax.vjp(lambda arrays: eqx.combine(arrays, rest)(state_prev, x), arrays)
    leaves, tree = jax.tree.flatten(state)

    def slot(index: int) -> Gradients:
        cotangent = [
            jnp.ones_like(leaf) if position == index else jnp.zeros_like(leaf)
            for position, leaf in enumerate(leaves)
        ]
        return pull(jax.tree.unflatten(tree, cotangent))[0]

    rows = [slot(index) for index in range(len(leaves))]
    return Local(jax.tree.map(lambda *parts: jnp.stack(parts), *rows), unit_axis)
