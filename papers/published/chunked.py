"""Truncated backpropagation as the peer has it: an update at the end of every window."""

from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax

from papers.published.tasks import Task
from papers.published.trainer import Model

WINDOW = 25


def chunked(model: Model, task: Task, optimizer: Any) -> np.ndarray:
    """The loss of each step of a task every step of which is labelled, before its window's update.

    The state is carried from window to window, credit is not; the windows of a sequence start
    from a fresh state. (`TBPTT` rolls: an update at every step, credit always `window` steps.)
    """
    arrays, rest = eqx.partition(model, eqx.is_inexact_array)

    def cut(values: np.ndarray) -> jax.Array:
        count, steps, *each = values.shape
        return jnp.asarray(values.reshape(count, steps // WINDOW, WINDOW, *each))

    losses = _walk((task.loss, optimizer), rest, arrays, cut(task.xs), cut(task.ys))
    return np.asarray(losses).ravel()


@partial(jax.jit, static_argnums=(0, 1))
def _walk(settings, rest, arrays, xs, ys):
    loss, optimizer = settings

    def window(carried, sample):
        arrays, moments, states = carried
        x, y = sample

        def objective(arrays):
            cell, readout = eqx.combine(arrays, rest)

            def step(states, now):
                after = jax.vmap(cell)(states, now[0])
                outputs = jax.vmap(readout)(after, now[0])
                return after, jnp.mean(jax.vmap(loss)(outputs, now[1]))

            after, costs = jax.lax.scan(step, states, (x, y))
            return jnp.mean(costs), (after, costs)

        gradient, (after, costs) = jax.grad(objective, has_aux=True)(arrays)
        updates, moments = optimizer.update(gradient, moments, arrays)
        return (optax.apply_updates(arrays, updates), moments, after), costs

    def sequence(carried, sample):
        start = eqx.combine(carried[0], rest).cell.init_state()
        states = jnp.broadcast_to(start, (xs.shape[3], *start.shape))
        (*kept, _), costs = jax.lax.scan(window, (*carried, states), sample)
        return tuple(kept), costs

    return jax.lax.scan(sequence, (arrays, optimizer.init(arrays)), (xs, ys))[1]
