"""The laws of a cell."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from onward._checks import check_kind
from onward._trees import names
from onward._typing import Array
from onward.algebra import AbstractInfluence, AbstractJacobian, materialise
from onward.cells import AbstractCell
from onward.learning.architecture import drawn
from onward.testing.base import at_random, entry, expect, inputs, tolerance

# Enough that each relu is on at one of them.
STATES = 32

Values = Array | np.ndarray


def check_cell(cell: AbstractCell, seed: int = 0, xs: Any = None) -> None:
    """Check that a cell is what it says: use it in a test, on a cell of a few units.

    - A step keeps the state's shapes and dtype, which is the parameters'; `emit` gives a vector.
      At random weights and states both are finite.
    - At random weights and states, J, B and the immediate gradient as declared are those of
      autodiff: to 1e-10 in double precision (`jax.config.update("jax_enable_x64", True)`), to
      1e-3 without.
    - The declared pattern of J covers every entry that is not zero.
    - Every parameter moves the state or the output.

    Costs N backward and N forward passes at each of 32 states, and memory 32·N·p.

    Args:
        cell: of a few units; its weights play no part.
        seed: draws weights, states and inputs.
        xs: inputs in place of random ones, shape (rows, input_size), taken in turn; for a cell
            that reads symbols, say. Those on which a parameter never counts do not test it.

    Raises:
        AssertionError: what was expected, what came, and what to try.
        ValueError: no cell, or `xs` that do not fit it.
    """
    check_kind("cell", cell, AbstractCell, "onward.GRU(3, 4, key=jax.random.key(0))")
    _check_shapes(cell)
    _check_types(cell)
    given = None if xs is None else inputs(cell, xs, least=1)
    found = _derivatives(at_random(cell, seed), seed + 1, given)
    _check_finite(cell, found)
    _check_derivatives(cell, found)
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


def _check_types(cell: AbstractCell) -> None:
    known = cell.init_state(), jnp.zeros(cell.input_size, cell.dtype)
    for name, kind, hint in (
        ("jacobian", AbstractJacobian, "onward.algebra.Dense of a matrix"),
        ("immediate", AbstractInfluence, "onward.algebra.Full of every row"),
    ):
        made = eqx.filter_eval_shape(getattr(cell, name), *known)
        got = type(made).__name__
        if isinstance(made, jax.ShapeDtypeStruct):
            got = f"an array of shape {made.shape}"
        expect(
            isinstance(made, kind),
            f"Expected an {kind.__name__} from {name} of {type(cell).__name__}; got {got}. Try "
            f"{hint}, or leaving it to AbstractCell, which takes it from autodiff.",
        )


class Derivatives(NamedTuple):
    """Declared and true ones, at each of the states, and what a step makes of those."""

    state: Values
    output: Values
    jacobian: Values
    diagonal: Values
    pattern: Values
    immediate: Values
    gradient: Values
    true_jacobian: Values
    true_immediate: Values
    signal: Values
    direct: Values


def _derivatives(cell: AbstractCell, seed: int, given: np.ndarray | None) -> Derivatives:
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
            state=move(theta, state, x),
            output=cell.emit(*known),
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
    if given is not None:
        samples[1] = np.resize(given, xs.shape)
    return jax.tree.map(np.asarray, jax.jit(jax.vmap(one))(*samples))


def _check_finite(cell: AbstractCell, found: Derivatives) -> None:
    name, label = type(cell).__name__, partial(entry, cell.init_state(), prefix="state")
    for what, values, named in (
        (f"a step of {name} to give a finite state", found.state, label),
        (f"{name}.emit to give a finite output", found.output, "output[{}]".format),
    ):
        bad = ~np.isfinite(values)
        first = np.unravel_index(np.argmax(bad), bad.shape)
        expect(
            not bad.any(),
            f"Expected {what}; got {values[first]} at {named(int(first[1]))}, from one of {STATES} "
            "random states. Try keeping logs, roots and divisions to where they are defined, or xs "
            "that the cell can read.",
        )


def _check_derivatives(cell: AbstractCell, found: Derivatives) -> None:
    """Each declared derivative beside the true one, with names for the axes of both."""
    state = cell.init_state()
    before, after = (
        partial(entry, state, prefix="state_prev"),
        partial(entry, state, prefix="state"),
    )
    weight = partial(entry, cell.parameters())
    jacobian, immediate = found.true_jacobian, found.true_immediate
    gradient = np.einsum("ti,tip->tp", found.signal, immediate)
    for name, declared, true, labels in (
        ("jacobian", found.jacobian, jacobian, (after, before)),
        ("diagonal", found.diagonal, np.diagonal(jacobian, 0, 1, 2), (after,)),
        ("immediate", found.immediate, immediate, (after, weight)),
        ("immediate_gradient", found.gradient, gradient, (weight,)),
    ):
        _check_same(declared, true, f"{name} of {type(cell).__name__}", labels)


def _check_same(
    found: Values, true: Values, name: str, labels: tuple[Callable[[int], str], ...]
) -> None:
    """Compare at every state; `labels` name the axes of a derivative by an entry's place."""
    expect(
        found.shape == true.shape,
        f"Expected {name} of shape {true.shape[1:]}; got {found.shape[1:]}. Try leaving it to "
        "AbstractCell, which takes it from autodiff.",
    )
    off = np.abs(found - true) / (1 + np.abs(true))
    worst = np.unravel_index(np.argmax(off), off.shape)
    where = " by ".join(label(int(place)) for label, place in zip(labels, worst[1:], strict=True))
    expect(
        bool(off[worst] <= tolerance()),
        f"Expected {name} to be that of autodiff; got {found[worst]:.6g} in place of "
        f"{true[worst]:.6g} at {where}, a difference of {off[worst]:.1e}. Try leaving it to "
        "AbstractCell, which takes it from autodiff.",
    )


def _leaves_of(cell: AbstractCell, entries: np.ndarray) -> str:
    """The paths of the parameters that some entries of the flat vector belong to."""
    leaves = jax.tree.leaves(cell.parameters())
    parts = np.split(entries, np.cumsum([leaf.size for leaf in leaves])[:-1])
    named = zip(names(cell.parameters()), parts, strict=True)
    return ", ".join(path for path, part in named if part.any())
