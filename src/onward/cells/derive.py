"""Jacobians and immediate derivatives of any cell by autodiff, dense or with known structure."""

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

from onward._trees import flatten
from onward._typing import Array, Float, Gradients, State
from onward.algebra import Dense, Full, Local, Unitwise, Unreached, stack_slots


@runtime_checkable
class Cell(Protocol):
    """What these functions need of a cell: its two maps. It is a module with inexact arrays."""

    def __call__(self, state_prev: State, x: Array) -> State: ...

    def emit(self, state: State, x: Array) -> Array: ...


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
    return any(_read(cell, lambda cell: cell.emit(state, x)))


def read_parameters(cell: Cell, state: State, x: Float[Array, " m"]) -> list[bool]:
    """Which parameters the step or the output reads, in the order of their leaves."""
    return _read(cell, lambda cell: (cell(state, x), cell.emit(state, x)))


def _read(cell: Cell, function: Callable[[Any], Any]) -> list[bool]:
    """Which of a cell's parameters a function of it reads, in the order of its leaves."""
    arrays, rest = eqx.partition(cell, eqx.is_inexact_array)
    leaves, tree = jax.tree.flatten(arrays)

    def of_leaves(*leaves: Array) -> Any:
        return function(eqx.combine(jax.tree.unflatten(tree, leaves), rest))

    traced = jax.make_jaxpr(of_leaves)(*leaves).jaxpr
    read = {id(variable) for equation in traced.eqns for variable in equation.invars}
    read |= {id(variable) for variable in traced.outvars}
    return [id(variable) in read for variable in traced.invars]


def _by_moving_parameters(
    cell: Cell,
    state_prev: State,
    x: Float[Array, " m"],
    differentiate: Callable[[Callable[[list[Array]], State], list[Array]], list[Array]],
) -> Any:
    """A tree like the parameters of what `differentiate` makes of s_t as a function of those that
    move the state, with `Unreached` for the others."""
    arrays, rest = eqx.partition(cell, eqx.is_inexact_array)
    leaves, tree = jax.tree.flatten(arrays)
    moving = _read(cell, lambda cell: cell(state_prev, x))

    def step(moved: list[Array]) -> State:
        given = iter(moved)
        every = [next(given) if moves else leaf for moves, leaf in zip(moving, leaves, strict=True)]
        return eqx.combine(jax.tree.unflatten(tree, every), rest)(state_prev, x)

    found = iter(differentiate(step, [leaf for m, leaf in zip(moving, leaves, strict=True) if m]))
    every = [
        next(found) if moves else Unreached(leaf.shape, leaf.dtype)
        for moves, leaf in zip(moving, leaves, strict=True)
    ]
    return jax.tree.unflatten(tree, every)


def emitted_size(cell: Cell) -> int:
    """How many numbers a cell emits."""

    def emit(cell: Any) -> Array:
        return cell.emit(cell.init_state(), jnp.zeros(cell.input_size, cell.dtype))

    return eqx.filter_eval_shape(emit, cell).shape[0]


def jacobian_of(function: Callable[[State], State], state: State) -> Float[Array, "a b"]:
    """The matrix d function / d state by one forward tangent for each component."""
    vector, unflatten = ravel_pytree(state)
    return jax.jacfwd(lambda vector: flatten(function(unflatten(vector))))(vector)


def dense_jacobian(cell: Cell, state_prev: State, x: Float[Array, " m"]) -> Dense:
    """J as a full matrix by N forward tangents."""
    return Dense(jacobian_of(lambda state: cell(state, x), state_prev))


def full_influence(function: Callable[[Any], State], cell: Cell) -> Full:
    """d function / d parameters of a cell, every row written out, by N reverse passes."""
    arrays, rest = eqx.partition(cell, eqx.is_inexact_array)
    return Full(jax.jacrev(lambda arrays: flatten(function(eqx.combine(arrays, rest))))(arrays))


def full_immediate(cell: Cell, state_prev: State, x: Float[Array, " m"]) -> Full:
    """B with every row written out, by N reverse passes."""

    def rows(step: Callable[[list[Array]], State], moving: list[Array]) -> list[Array]:
        return jax.jacrev(lambda moving: flatten(step(moving)))(moving)

    return Full(_by_moving_parameters(cell, state_prev, x, rows))


def unitwise_jacobian(cell: Cell, state_prev: State, x: Float[Array, " m"]) -> Unitwise:
    """J of a cell whose units do not see each other, by one tangent per slot.

    Each leaf of the state is one slot with a component per unit.
    """
    leaves, tree = jax.tree.flatten(state_prev)

    def step(leaves: list[Array]) -> list[Array]:
        return jax.tree.leaves(cell(jax.tree.unflatten(tree, leaves), x))

    return Unitwise(stack_slots(slot_tangents(step, leaves), axis=1))


def slot_tangents(function, slots: list[Array]) -> list[Array]:
    """For a unit-wise function of several slots: for each slot b, d output a / d slot b (A, n).

    One tangent of ones reads a diagonal, because unit i's output sees unit i's input alone.
    """
    zeros = [jnp.zeros_like(slot) for slot in slots]

    def along(index: int) -> Array:
        tangent = [*zeros[:index], jnp.ones_like(slots[index]), *zeros[index + 1 :]]
        return stack_slots(jax.jvp(function, (slots,), (tangent,))[1])

    return [along(index) for index in range(len(slots))]


def local_immediate(cell: Cell, state_prev: State, x: Float[Array, " m"], unit_axis: int) -> Local:
    """B of a cell each of whose parameters moves the unit that its `unit_axis` counts, only.

    One reverse pass of ones per slot: the sum over units that it forms has a single term.
    """

    def slots(step: Callable[[list[Array]], State], moving: list[Array]) -> list[Array]:
        state, pull = jax.vjp(step, moving)
        leaves, tree = jax.tree.flatten(state)

        def slot(index: int) -> list[Array]:
            cotangent = [
                jnp.ones_like(leaf) if position == index else jnp.zeros_like(leaf)
                for position, leaf in enumerate(leaves)
            ]
            return pull(jax.tree.unflatten(tree, cotangent))[0]

        rows = [slot(index) for index in range(len(leaves))]
        return [stack_slots(parts) for parts in zip(*rows, strict=True)]

    leaves = _by_moving_parameters(cell, state_prev, x, slots)
    return Local(leaves, ((unit_axis,),) * len(jax.tree.leaves(leaves)))
