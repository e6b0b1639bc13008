"""The architectural rule, measured: does this cell need second-moment normalisation?

Shalev Merin (2026), "Temporal Credit Is Free", arXiv 2603.28750, claim B5: normalisation is
needed where gradients must pass through a nonlinear state update with no output bypass.
"""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.scipy.sparse.linalg import cg

from onward._checks import check_kind
from onward._trees import flatten
from onward._typing import Array, State
from onward.cells import AbstractCell
from onward.learning import xla


class Architecture(NamedTuple):
    """What probing a cell found.

    Attributes:
        curvature: relative change of d memory/d memory between two states; 0 where the memory
            moves affinely.
        bypass: the part of an output's gradient by the parameters that no change of the new
            memory explains, relative to the whole; 0 where the output has no way round it.
    """

    curvature: float
    bypass: float

    @property
    def needs_normalisation(self) -> bool:
        """The rule: a nonlinear memory update and no output bypass."""
        return self.curvature > 1e-3 and self.bypass < 1e-3


def probe(cell: AbstractCell, seed: int = 0) -> Architecture:
    """Measure a cell by tangents at random weights and states of its own shapes.

    The weights are drawn anew, so that a cell under `vmap` or `jit` can be probed too. Compiled
    once per kind of cell; runs a few dozen forward and backward passes of one step.
    """
    check_kind("cell", cell, AbstractCell, "onward.probe(cell)")
    arrays, rest = eqx.partition(cell, eqx.is_inexact_array)
    shape = eqx.filter_eval_shape(cell.init_state)
    x = jax.ShapeDtypeStruct((cell.input_size,), cell.dtype)
    weights, first, second, x = drawn((arrays, shape, shape, x), seed)
    return Architecture(*map(float, _measuring(rest)(weights, first, second, x)))


def drawn(like: Any, seed: int) -> Any:
    """A tree of random numbers in place of arrays or shapes, at which a cell's units are awake."""
    random = np.random.default_rng(seed)

    def draw(leaf: Array | jax.ShapeDtypeStruct) -> np.ndarray:
        spread = leaf.shape[-1] ** -0.5 if leaf.ndim > 1 else 0.5
        return (spread * random.standard_normal(leaf.shape)).astype(leaf.dtype)

    return jax.tree.map(draw, like)


@lru_cache(maxsize=128)
def _measuring(rest: AbstractCell) -> Callable[..., tuple[Array, Array]]:
    """`_measure` of a cell without its weights: a step, once, so that compiling is all it costs."""
    return xla.compiled_quickly(partial(_measure, rest))


def _measure(
    rest: AbstractCell, weights: AbstractCell, first: State, second: State, x: Array
) -> tuple[Array, Array]:
    """Curvature between two states and bypass at the first."""
    cell = eqx.combine(weights, rest)
    return _curvature(cell, first, second, x), _bypass(weights, rest, first, x)


def _curvature(cell: AbstractCell, first: State, second: State, x: Array) -> Array:
    """How far the memory's own Jacobian moves from one memory to another, all else equal."""
    direction = jax.tree.map(jnp.ones_like, cell.memory(first))

    def slots(state: Any) -> list[Any]:
        return jax.tree.leaves(cell.memory(state))

    def after(memory: State) -> Array:
        moved = eqx.tree_at(slots, first, jax.tree.leaves(memory))
        return flatten(cell.memory(cell(moved, x)))

    def slope(state: State) -> Array:
        return jax.jvp(after, (cell.memory(state),), (direction,))[1]

    there, here = slope(first), slope(second)
    return jnp.linalg.norm(there - here) / (jnp.linalg.norm(there) + 1e-30)


def _bypass(weights: AbstractCell, rest: AbstractCell, state: State, x: Array) -> Array:
    """What is left of an output's gradient after the new memory has explained what it can."""

    def after(weights: AbstractCell) -> tuple[Array, Array]:
        cell = eqx.combine(weights, rest)
        new = cell(state, x)
        return flatten(cell.memory(new)), jnp.sum(cell.emit(new, x))

    (memory, output), pull = jax.vjp(after, weights)

    def back(signal: Array) -> AbstractCell:
        return pull((signal, jnp.zeros_like(output)))[0]

    def push(tangent: AbstractCell) -> Array:
        return jax.jvp(after, (weights,), (tangent,))[1][0]

    gradient = pull((jnp.zeros_like(memory), jnp.ones_like(output)))[0]
    explained, _ = cg(lambda signal: push(back(signal)), push(gradient), tol=1e-5, maxiter=100)
    left = jax.tree.map(jnp.subtract, gradient, back(explained))
    return optax.tree.norm(left) / (optax.tree.norm(gradient) + 1e-30)
