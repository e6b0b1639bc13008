"""Initial weights."""

import math

import jax

from onward._checks import check_key
from onward._typing import Array, PRNGKeyArray


def uniform(key: PRNGKeyArray, shape: tuple[int, ...], fan_in: int, dtype) -> Array:
    """Uniform in ±1/√fan_in."""
    check_key(key)
    bound = 1 / fan_in**0.5
    # In a row they are the same numbers, and XLA compiles a draw along one axis in a third of the
    # time of one along three.
    drawn = jax.random.uniform(key, (math.prod(shape),), dtype, -bound, bound)
    return drawn.reshape(shape)


def split(key: PRNGKeyArray, count: int = 2) -> Array:
    """So many keys of one, which is checked to be a key."""
    check_key(key)
    return jax.random.split(key, count)
