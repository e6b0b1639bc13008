"""Learners that have learnt a little, stretches of a stream, and their gradients by autodiff."""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from learning.examples import learner_of, stream
from onward import Immediate, Learner, LearnerState, Unscaled
from onward.cells import AbstractCell
from oracles import jit

ROWS, LEARNT = 14, 40


class Stretch(NamedTuple):
    """A learner, its state, and what comes next."""

    learner: Learner
    state: LearnerState
    xs: np.ndarray
    ys: np.ndarray


def stretch_of(name: str = "rnn", targets: int = 1, rows: int = ROWS, **options) -> Stretch:
    """A learner with the cell of that name, after some samples, before some others."""
    return stretch_with(learner_of(name, targets, **{"rule": Immediate(), **options}), rows)


def stretch_with(learner: Learner, rows: int = ROWS) -> Stretch:
    xs, ys = stream(LEARNT + rows, learner.targets)
    xs = xs[:, : learner.features]
    state, _ = learner.run(learner.init(jax.random.key(0)), xs[:LEARNT], ys[:LEARNT])
    return Stretch(learner, state, xs[LEARNT:], ys[LEARNT:])


class Linear(AbstractCell):
    """s' = A s + B x with a given A: its Jacobian is A at every step."""

    matrix: jax.Array
    drive: jax.Array
    input_size: int = eqx.field(static=True)

    def __init__(self, matrix: np.ndarray, inputs: int = 2):
        self.matrix = jnp.asarray(matrix)
        self.drive = jnp.asarray(np.random.default_rng(1).normal(size=(len(matrix), inputs)))
        self.input_size = inputs

    def init_state(self) -> jax.Array:
        return jnp.zeros_like(self.matrix[0])

    def __call__(self, state_prev: jax.Array, x: jax.Array) -> jax.Array:
        return self.matrix @ state_prev + self.drive @ x


def plain_learner(cell: AbstractCell, **options) -> Learner:
    """Without normalisation, feedback and delay: nothing but a cell and a readout."""
    return Learner(
        cell, 1, rule=Immediate(), optimizer="sgd", learning_rate=1e-2, scale=Unscaled(), **options
    )


def gradients_of(stretch: Stretch) -> list[dict[str, Any]]:
    """dL_t/dθ for every sample by backpropagation to the beginning of the stretch.

    For learners without normalisation, feedback and delay.
    """
    learner, state, xs, ys = stretch
    arrays, unflatten = ravel_pytree(state.parameters)
    skeleton = (learner.cell, learner.readout)

    def losses(vector: jax.Array) -> jax.Array:
        parameters = unflatten(vector)
        static = eqx.filter(skeleton, eqx.is_inexact_array, inverse=True)
        cell, readout = eqx.combine((parameters["cell"], parameters["readout"]), static)

        def step(state, sample):
            state = cell(state, sample[0])
            output = readout(cell.emit(state, sample[0]), sample[0])
            return state, 0.5 * jnp.sum((output - sample[1]) ** 2)

        start = jax.tree.map(jnp.copy, state.recurrent)
        return jax.lax.scan(step, start, (jnp.asarray(xs), jnp.asarray(ys)))[1]

    return [jax.tree.map(np.asarray, unflatten(row)) for row in jit(jax.jacrev(losses))(arrays)]


def vectors_of(gradients: list[dict[str, Any]]) -> np.ndarray:
    """The cell's part of each gradient, (T, p)."""
    return np.stack([ravel_pytree(gradient["cell"])[0] for gradient in gradients])
