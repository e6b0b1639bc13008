"""The architectural rule, measured: does this cell need second-moment normalisation?

Shalev Merin (2026), "Temporal Credit Is Free", arXiv 2603.28750, claim B5: normalisation is
needed where gradients must pass through a nonlinear state update with no output bypass.
"""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jax.scipy.sparse.linalg import cg

from onward._typing import Array, State
from onward.cells import AbstractCell
from onward.cells.derive import flatten


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

    The weights are drawn anew, so that a cell under `vmap` or `jit` can be probed too. A
    handful of forward and backward passes of one step.
    """
    with jax.ensure_compile_time_eval():
        arrays, rest = eqx.partition(cell, eqx.is_inexact_array)
        keys = iter(jax.random.split(jax.random.key(seed), 64))

        def draw(leaf: Array) -> Array:
            spread = max(leaf.shape[-1], 1) ** -0.5 if leaf.ndim > 1 else 0.5
            return spread * jax.random.normal(next(keys), leaf.shape, leaf.dtype)

        weights = jax.tree.map(draw, arrays)
        probed = eqx.combine(weights, rest)
        shape = eqx.filter_eval_shape(cell.init_state)
        states = [jax.tree.map(draw, shape) for _ in range(2)]
        x = jax.random.normal(next(keys), (cell.input_size,), cell.dtype)
        return Architecture(_curvature(probed, states, x), _bypass(weights, rest, states[0], x))


def _curvature(cell: AbstractCell, states: list[State], x: Array) -> float:
    """How far the memory's own Jacobian moves with the memory."""
    direction = jax.tree.map(jnp.ones_like, cell.memory(states[0]))

    def slope(memory: State) -> Array:
        return jax.jvp(
            lambda part: _memory_after(cell, states[0], part, x), (memory,), (direction,)
        )[1]

    first, second = (slope(cell.memory(state)) for state in states)
    return float(jnp.linalg.norm(first - second) / (jnp.linalg.norm(first) + 1e-30))


def _memory_after(cell: AbstractCell, state: State, memory: State, x: Array) -> Array:
    """The new memory as a function of the previous one, the rest of the state fixed."""
    replaced = eqx.tree_at(cell.memory, state, memory) if memory is not state else state
    return flatten(cell.memory(cell(replaced, x)))


def _bypass(weights: AbstractCell, rest: AbstractCell, state: State, x: Array) -> float:
    """What is left of an output's gradient after the new memory has explained what it can."""
    vector, unflatten = ravel_pytree(weights)

    def after(vector: Array) -> tuple[Array, Array]:
        cell = eqx.combine(unflatten(vector), rest)
        new = cell(state, x)
        return flatten(cell.memory(new)), jnp.sum(cell.emit(new, x))

    (memory, output), pull = jax.vjp(after, vector)
    push = lambda tangent: jax.jvp(after, (vector,), (tangent,))[1][0]  # noqa: E731
    gradient = pull((jnp.zeros_like(memory), jnp.ones_like(output)))[0]
    back = lambda signal: pull((signal, jnp.zeros_like(output)))[0]  # noqa: E731
    explained, _ = cg(lambda signal: push(back(signal)), push(gradient), tol=1e-5, maxiter=100)
    left = gradient - back(explained)
    return float(jnp.linalg.norm(left) / (jnp.linalg.norm(gradient) + 1e-30))
