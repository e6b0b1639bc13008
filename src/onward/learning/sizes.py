"""Numbers that a step can compute with."""

from typing import Any

import jax.numpy as jnp

from onward._typing import Array, Bool, Float


def sizeable(value: Float[Array, "..."]) -> Bool[Array, "..."]:
    """Where a number is finite and its square is too, with room to sum many of them."""
    return jnp.abs(value) < size_limit(value.dtype)


def size_limit(dtype: Any) -> float:
    """Below this a number is usable: some 1e17 in float32."""
    return float(jnp.finfo(dtype).max) ** 0.5 / 64
