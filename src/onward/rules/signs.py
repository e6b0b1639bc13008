"""What the unbiased rules share: random signs, and factors brought to one length."""

from typing import Any

import jax
import jax.numpy as jnp

from onward._typing import Array, Float, UInt32

# Keeps a quotient of lengths finite and above zero where one of them is zero.
GUARD = 1e-7


def draw_signs(
    key_data: UInt32[Array, "2"], shape: tuple[int, ...], dtype: Any
) -> tuple[Float[Array, "..."], UInt32[Array, "2"]]:
    """Independent signs ±1 of equal chance, and the data of the key to draw the next ones with."""
    key, draw = jax.random.split(jax.random.wrap_key_data(key_data))
    return jax.random.rademacher(draw, shape, dtype), jax.random.key_data(key)


def balance(divided: Float[Array, "..."], multiplied: Float[Array, "..."]) -> Float[Array, "..."]:
    """The ρ for which two vectors of these lengths, one over ρ and one times ρ, are equally long.

    Of all ρ that leave an outer product as it is, this one lets the noise of its sum with another
    be smallest. Any ρ > 0 is as unbiased, so that the guards cost no exactness.
    """
    return jnp.sqrt(divided / (multiplied + GUARD)) + GUARD
