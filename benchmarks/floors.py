"""What the arithmetic or the memory alone would take."""

from functools import partial

import jax
import jax.numpy as jnp


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
