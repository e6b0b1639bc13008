"""Initial weights."""

import jax

from onward._checks import check_key
from onward._typing import Array, PRNGKeyArray


def uniform(key: PRNGKeyArray, shape: tuple[int, ...], fan_in: int, dtype) -> Array:
    """Uniform in ±1/√fan_in."""
    check_key(key)
    bound = 1 / fan_in**0.5
    return jax.random.uniform(key, shape, dtype, -bound, bound)


def split(key: PRNGKeyArray, count: int = 2) -> Array:
    """So many keys of one, which is checked to be a key."""
    check_key(key)
    return jax.random.split(key, count)
