"""Initial weights and the checks that every cell makes of its sizes."""

import jax
import jax.numpy as jnp

from onward._typing import Array, PRNGKeyArray, is_real


def uniform(key: PRNGKeyArray, shape: tuple[int, ...], fan_in: int, dtype) -> Array:
    """Uniform in ±1/√fan_in."""
    bound = 1 / fan_in**0.5
    return jax.random.uniform(key, shape, dtype, -bound, bound)


def real_dtype(dtype) -> jnp.dtype:
    """The dtype asked for, or JAX's default float.

    Raises:
        ValueError: the dtype is not a real floating one, or needs x64 where that is off.
    """
    asked = jnp.dtype(float if dtype is None else dtype)
    if not jnp.issubdtype(asked, jnp.floating):
        raise ValueError(
            f"Expected a real floating dtype; got {asked}. Try float32, or carry real and "
            "imaginary parts as two slots."
        )
    given = jax.dtypes.canonicalize_dtype(asked)
    if dtype is not None and given != asked:
        raise ValueError(
            f"Expected a dtype that JAX has enabled; got {asked} with 64-bit types off. Try "
            "jax.config.update('jax_enable_x64', True) first, or float32."
        )
    return given


def check_sizes(**sizes: int) -> None:
    """Raise ValueError unless every named size is a positive integer."""
    for name, size in sizes.items():
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise ValueError(
                f"Expected {name} to be a positive integer; got {size!r}. Try {name}=64."
            )


def check_numbers(**numbers: float) -> None:
    """Raise ValueError unless every named number is real and finite."""
    for name, number in numbers.items():
        if not is_real(number):
            raise ValueError(
                f"Expected {name} to be a finite real number; got {number!r}. Try {name}=1.0."
            )


def check_steps(minimum_step: float, maximum_step: float) -> None:
    """Raise ValueError unless steps of time are positive and in order."""
    both = is_real(minimum_step) and is_real(maximum_step)
    if not (both and 0 < minimum_step < maximum_step):
        raise ValueError(
            f"Expected 0 < minimum_step < maximum_step; got {minimum_step!r} and "
            f"{maximum_step!r}. Try 0.001 and 0.1."
        )


def check_heads(hidden_size: int, heads: int) -> int:
    """The size of a head; ValueError unless `heads` divide `hidden_size` evenly."""
    check_sizes(heads=heads)
    if hidden_size % heads:
        fits = max(d for d in range(1, min(heads, hidden_size) + 1) if hidden_size % d == 0)
        raise ValueError(
            f"Expected heads to divide hidden_size={hidden_size}; got heads={heads}. "
            f"Try heads={fits}."
        )
    return hidden_size // heads
