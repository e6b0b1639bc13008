"""What the arithmetic or the memory alone would take."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from onward.optimizers import Optimizer


@partial(jax.jit, donate_argnums=1, static_argnums=2)
def multiply(jacobian: jax.Array, influence: jax.Array, count: int) -> jax.Array:
    """The product of exact RTRL, `count` times."""
    return jax.lax.fori_loop(0, count, lambda _, moved: jacobian @ moved, influence)


@partial(jax.jit, donate_argnums=0, static_argnums=1)
def touch(numbers: jax.Array, count: int) -> jax.Array:
    """One read and one write of all numbers, `count` times."""

    def move(turn: jax.Array, numbers: jax.Array) -> jax.Array:
        return numbers + turn.astype(jnp.float32)

    return jax.lax.fori_loop(0, count, move, numbers)


@partial(jax.jit, donate_argnums=0, static_argnums=(1, 2))
def multiply_and_update(
    carry: tuple[jax.Array, Any, jax.Array], optimizer: Optimizer, count: int
) -> tuple[jax.Array, Any, jax.Array]:
    """A product with a square matrix, then its update by a gradient of rank one, `count` times.

    On CPUs a kernel of XLA's has one output, so that these are three: the product, which
    reads the matrix, the second moments, and the matrix, which reads both.
    """
    rates = optimizer.learning_rates(carry[0], carry[0].dtype)

    def step(
        turn: jax.Array, carry: tuple[jax.Array, Any, jax.Array]
    ) -> tuple[jax.Array, Any, jax.Array]:
        matrix, state, vector = carry
        # Driven, or it would die away, and the rest be done to zeros.
        product = jnp.tanh(matrix @ vector + 1)
        gradient = jnp.outer(product, vector)
        loss = jnp.zeros(())
        matrix, state = optimizer.step(rates, state, gradient, matrix, count=turn, value=loss)
        return matrix, state, product

    return jax.lax.fori_loop(0, count, step, carry)
