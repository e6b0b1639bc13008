"""The same learning written by hand: in plain JAX.

A vanilla RNN with a linear readout of its state, squared error, gradients truncated after one
step and RMSprop: what `Learner` does with `RNN`, `Immediate` and "rmsprop".
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp

DECAY, FLOOR = 0.999, 1e-16


class Weights(NamedTuple):
    """h_t = tanh(recurrent h_{t-1} + input x_t + bias); prediction = readout h_t + offset."""

    recurrent: jax.Array
    input: jax.Array
    bias: jax.Array
    readout: jax.Array
    offset: jax.Array


class Carry(NamedTuple):
    """What the scan carries: weights, running squares of their gradients, hidden state."""

    weights: Weights
    squares: Weights
    hidden: jax.Array


def first_carry(weights: Weights) -> Carry:
    """The carry before the first sample, in memory of its own."""
    zeros = jax.tree.map(jnp.zeros_like, weights)
    return Carry(jax.tree.map(jnp.copy, weights), zeros, jnp.zeros_like(weights.bias))


@partial(jax.jit, donate_argnums=0)
def scan(carry: Carry, rate: jax.Array, xs: jax.Array, ys: jax.Array) -> tuple[Carry, jax.Array]:
    """Learn from all samples; returns the predictions made on the way."""

    def step(carry: Carry, sample: tuple[jax.Array, jax.Array]) -> tuple[Carry, jax.Array]:
        (weights, squares, hidden_prev), (x, y) = carry, sample
        hidden = jnp.tanh(weights.recurrent @ hidden_prev + weights.input @ x + weights.bias)
        prediction = weights.readout @ hidden + weights.offset
        error = prediction - y
        drive = (error @ weights.readout) * (1 - hidden**2)
        gradients = Weights(
            jnp.outer(drive, hidden_prev),
            jnp.outer(drive, x),
            drive,
            jnp.outer(error, hidden),
            error,
        )
        squares = jax.tree.map(
            lambda square, gradient: (1 - DECAY) * gradient**2 + DECAY * square, squares, gradients
        )
        weights = jax.tree.map(
            lambda weight, square, gradient: (
                weight - rate * (gradient * jax.lax.rsqrt(square + FLOOR))
            ),
            weights,
            squares,
            gradients,
        )
        return Carry(weights, squares, hidden), prediction

    return jax.lax.scan(step, carry, (xs, ys))
