"""What a rule's gradients are measured on: a short random task, and backpropagation's answer."""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from onward._typing import Array, Float, PRNGKeyArray, State
from onward.algebra import materialise
from onward.cells import AbstractCell
from onward.rules import AbstractRule
from onward.rules.base import Carry

STEPS, TARGETS = 12, 2


class Task(NamedTuple):
    """A cell with frozen weights, a few random samples and a fixed readout."""

    cell: AbstractCell
    xs: Float[Array, "T m"]
    ys: Float[Array, "T targets"]
    weight: Float[Array, "targets features"]

    def loss(self, cell: AbstractCell, state: State, x: Array, y: Array) -> Float[Array, ""]:
        """Half the squared error of the readout."""
        return 0.5 * jnp.sum((self.weight @ cell.emit(state, x) - y) ** 2)


class Found(NamedTuple):
    """A rule's gradients on a task, in two parts.

    Attributes:
        direct: through the output, with the state held.
        credit: through the state, which is the rule's business.
    """

    direct: Float[Array, "T p"]
    credit: Float[Array, "T p"]

    @property
    def gradient(self) -> Float[Array, "T p"]:
        """The whole one."""
        return self.direct + self.credit


def random_task(cell: AbstractCell, seed: int, given: np.ndarray | None) -> Task:
    """A task of random targets and, where none are given, random inputs."""
    random = np.random.default_rng(seed)
    state, x = cell.init_state(), jnp.zeros(cell.input_size, cell.dtype)
    emitted = jax.eval_shape(cell.emit, state, x).shape[0]
    xs = random.normal(size=(STEPS, cell.input_size)) if given is None else given
    drawn = (random.normal(size=shape) for shape in ((len(xs), TARGETS), (TARGETS, emitted)))
    return Task(cell, *(jnp.asarray(part, cell.dtype) for part in (xs, *drawn)))


def true_gradients(task: Task) -> Float[Array, "T p"]:
    """dL_t/dθ for each t by backpropagation through the whole past."""
    arrays, rest = eqx.partition(task.cell, eqx.is_inexact_array)
    theta, unflatten = ravel_pytree(arrays)

    def losses(theta: Array) -> Array:
        cell = eqx.combine(unflatten(theta), rest)

        def step(state: State, sample: tuple[Array, Array]) -> tuple[State, Array]:
            state = cell(state, sample[0])
            return state, task.loss(cell, state, *sample)

        return jax.lax.scan(step, cell.init_state(), (task.xs, task.ys))[1]

    return jax.jacrev(losses)(theta)


def rule_gradients(rule: AbstractRule, task: Task, key: PRNGKeyArray) -> Found:
    """dL_t/dθ for each t as the rule gives it, its verbs called as a learner calls them."""
    arrays, rest = eqx.partition(task.cell, eqx.is_inexact_array)
    start = task.cell.init_state()

    def loss(arrays: AbstractCell, state: State, x: Array, y: Array) -> Array:
        return task.loss(eqx.combine(arrays, rest), state, x, y)

    def step(carried: tuple[State, Carry], sample: tuple[Array, Array]) -> tuple[Any, Found]:
        state_prev, carry = carried
        state = task.cell(state_prev, sample[0])
        carry = rule.advance(task.cell, carry, state_prev, sample[0])
        direct, signal = jax.grad(loss, (0, 1))(arrays, state, *sample)
        through = materialise(rule.credit(task.cell, carry, signal))
        if rule.adapts:
            carry = rule.adapt(task.cell, carry, carry, signal)
        found = Found(*(ravel_pytree(part)[0] for part in (direct, through)))
        return (state, carry if rule.propagates else None), found

    first = rule.init(task.cell, start, jnp.zeros_like(task.xs[0]), key)
    return jax.lax.scan(step, (start, first if rule.propagates else None), (task.xs, task.ys))[1]


def block_credits(rule: AbstractRule, task: Task, key: PRNGKeyArray) -> Float[Array, "T p"]:
    """The credit that a rule gives each sample of a task as a block of its own."""
    start = task.cell.init_state()

    def step(carried: tuple[State, Carry], sample: tuple[Array, Array]) -> tuple[Any, Array]:
        state_prev, carry = carried
        state = task.cell(state_prev, sample[0])
        carry = rule.advance(task.cell, carry, state_prev, sample[0])
        signal = jax.grad(lambda state: task.loss(task.cell, state, *sample))(state)
        carries, signals = jax.tree.map(lambda leaf: leaf[None], (carry, signal))
        found = materialise(rule.credit_block(task.cell, carries, signals, jnp.zeros(1, bool)))
        return (state, carry if rule.propagates else None), ravel_pytree(found)[0]

    first = rule.init(task.cell, start, jnp.zeros_like(task.xs[0]), key)
    return jax.lax.scan(step, (start, first if rule.propagates else None), (task.xs, task.ys))[1]
