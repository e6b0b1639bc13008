"""The laws of a cell."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from onward._typing import Array
from onward.algebra import materialise
from onward.architecture import drawn
from onward.cells import AbstractCell
from onward.testing.base import at_random, expect, tolerance

# Enough that each relu is on at one of them.
STATES = 32

Values = Array | np.ndarray


def check_cell(cell: AbstractCell, seed: int = 0) -> None:
    """Check that a cell is what it says: use it in a test, on a cell of a few units.

    - A step keeps the state's shapes and dtype, which is the parameters'; `emit` gives a vector.
    - At random weights and states, J, B and the immediate gradient as declared are those of
      autodiff: to 1e-10 in double precision (`jax.config.update("jax_enable_x64", True)`), to
      1e-3 without.
    - The declared pattern of J covers every entry that is not zero.
    - Every parameter moves the state or the output.

    Costs N backward and N forward passes at each of 32 states, and memory 32·N·p.

    Raises:
        AssertionError: what was expected, what came, and what to try.
    """
    _check_shapes(cell)
    found = _derivatives(at_random(cell, seed), seed + 1)
    _check_same(found.jacobian, found.true_jacobian, "jacobian", cell)
    _check_same(found.diagonal, np.diagonal(found.true_jacobian, 0, 1, 2), "diagonal", cell)
    _check_same(found.immediate, found.true_immediate, "immediate", cell)
    by_signal = np.einsum("ti,tip->tp", found.signal, found.true_immediate)
    _check_same(found.gradient, by_signal, "immediate_gradient", cell)
    outside = np.argwhere(found.true_jacobian.any(axis=0) & ~found.pattern[0])
    expect(
        not len(outside),
        f"Expected the pattern of {type(cell).__name__}'s jacobian to cover every nonzero; got "
        f"nonzeros outside it at {outside[:3].tolist()}. Try a type with more entries, such as "
        "Dense.",
    )
    felt = np.maximum(np.abs(found.true_immediate).max((0, 1)), np.abs(found.direct).max(0)) > 0
    expect(
        bool(felt.all()),
        f"Expected every parameter of {type(cell).__name__} to move the state or the output; got "
        f"{(~felt).sum()} of {felt.size} numbers that never do, in {_leaves_of(cell, ~felt)}. "
        "Try removing what is not used.",
    )


def _check_shapes(cell: AbstractCell) -> None:
    name, state = type(cell).__name__, cell.init_state()
    x = jnp.zeros(cell.input_size, cell.dtype)
    before, after = jax.eval_shape(lambda: state), jax.eval_shape(cell, state, x)
    expect(
        before == after,
        f"Expected a step of {name} to keep the state {before}; got {after}. Try making "
        "init_state from the parameters' shapes and dtype.",
    )
    dtypes = {leaf.dtype.name for leaf in jax.tree.leaves((state, cell.parameters()))}
    expect(
        dtypes == {cell.dtype.name},
        f"Expected {name}'s state and parameters of one dtype; got {', '.join(sorted(dtypes))}. "
        "Try jnp.zeros_like of a parameter.",
    )
    emitted = jax.eval_shape(cell.emit, state, x)
    expect(
        emitted.ndim == 1,
        f"Expected {name}.emit to give a vector; got shape {emitted.shape}. Try jnp.ravel.",
    )


class Derivatives(NamedTuple):
    """Declared and true ones, at each of the states."""

    jacobian: Values
    diagonal: Values
    pattern: Values
    immediate: Values
    gradient: Values
    true_jacobian: Values
    true_immediate: Values
    signal: Values
    direct: Values


def _derivatives(cell: AbstractCell, seed: int) -> Derivatives:
    arrays, rest = eqx.partition(cell, eqx.is_inexact_array)
    theta, unflatten = ravel_pytree(arrays)
    start, unflatten_state = ravel_pytree(cell.init_state())

    def move(theta: Array, state: Array, x: Array) -> Array:
        return ravel_pytree(eqx.combine(unflatten(theta), rest)(unflatten_state(state), x))[0]

    def emit(theta: Array, state: Array, x: Array) -> Array:
        emitted = eqx.combine(unflatten(theta), rest).emit(unflatten_state(state), x)
        return jnp.sum(emitted * jnp.sin(jnp.arange(1, emitted.size + 1, dtype=emitted.dtype)))

    def one(state: Array, x: Array, signal: Array) -> Derivatives:
        known = unflatten_state(state), x
        jacobian, immediate = cell.jacobian(*known), cell.immediate(*known)
        gradient = cell.immediate_gradient(*known, unflatten_state(signal))
        rows = jax.vmap(immediate.pull)(jnp.eye(start.size, dtype=start.dtype))
        return Derivatives(
            jacobian=jacobian.materialise(),
            diagonal=jacobian.diagonal(),
            pattern=jacobian.pattern(),
            immediate=jax.vmap(lambda row: ravel_pytree(row)[0])(rows),
            gradient=ravel_pytree(materialise(gradient))[0],
            true_jacobian=jax.jacfwd(move, 1)(theta, state, x),
            true_immediate=jax.jacrev(move)(theta, state, x),
            signal=signal,
            direct=jax.grad(emit)(theta, state, x),
        )

    kind = theta.dtype
    states = jax.ShapeDtypeStruct((STATES, start.size), kind)
    xs = jax.ShapeDtypeStruct((STATES, cell.input_size), kind)
    # `drawn` divides by a matrix's width, as weights want it.
    samples = [leaf * leaf.shape[1] ** 0.5 for leaf in drawn((states, xs, states), seed)]
    return jax.tree.map(np.asarray, jax.jit(jax.vmap(one))(*samples))


def _check_same(found: Values, true: Values, name: str, cell: AbstractCell) -> None:
    most = float(np.max(np.abs(found - true) / (1 + np.abs(true)), initial=0))
    expect(
        most <= tolerance(),
        f"Expected {name} of {type(cell).__name__} to be that of autodiff; got a difference of "
        f"{most:.1e}. Try leaving it to AbstractCell, which takes it from autodiff.",
    )


def _leaves_of(cell: AbstractCell, entries: np.ndarray) -> str:
    """The paths of the parameters that some entries of the flat vector belong to."""
    paths, leaves = zip(*jax.tree_util.tree_leaves_with_path(cell.parameters()), strict=True)
    parts = np.split(entries, np.cumsum([leaf.size for leaf in leaves])[:-1])
    named = [jax.tree_util.keystr(path, simple=True, separator=".") for path in paths]
    return ", ".join(path for path, part in zip(named, parts, strict=True) if part.any())
