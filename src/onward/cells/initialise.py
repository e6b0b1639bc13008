"""Initial weights, and the checks that every cell makes of its sizes and its dtype."""

import jax
import jax.numpy as jnp
import numpy as np

from onward._typing import Array, PRNGKeyArray, check_key, is_real


def uniform(key: PRNGKeyArray, shape: tuple[int, ...], fan_in: int, dtype) -> Array:
    """Uniform in ±1/√fan_in."""
    check_key(key)
    bound = 1 / fan_in**0.5
    return jax.random.uniform(key, shape, dtype, -bound, bound)


def real_dtype(dtype) -> jnp.dtype:
    """The dtype asked for, or JAX's default float.

    Raises:
        ValueError: the dtype is not a real floating one, or needs x64 where that is off.
    """
    try:
        asked = jnp.dtype(float if dtype is None else dtype)
    except TypeError:
        raise ValueError(f"Expected a dtype; got {dtype!r}. Try 'float32'.") from None
    if not jnp.issubdtype(asked, jnp.floating):
        raise ValueError(
            f"Expected a real floating dtype; got {asked}. Try float32, or carry real and "
            "imaginary parts as two slots."
        )
    check_range(asked)
    given = jax.dtypes.canonicalize_dtype(asked)
    if dtype is not None and given != asked:
        raise ValueError(
            f"Expected a dtype that JAX has enabled; got {asked} with 64-bit types off. Try "
            "jax.config.update('jax_enable_x64', True) first, or float32."
        )
    return given


def check_range(dtype: jnp.dtype) -> None:
    """Raise ValueError unless a floating dtype holds small and large squares, as float32 does."""
    if jnp.finfo(dtype).maxexp < jnp.finfo(jnp.float32).maxexp:
        raise ValueError(
            f"Expected a dtype with the range of float32, which squared gradients need; got "
            f"{dtype}. Try bfloat16 where numbers are to be short."
        )


def split(key: PRNGKeyArray, count: int = 2) -> Array:
    """So many keys of one, which is checked to be a key."""
    check_key(key)
    return jax.random.split(key, count)


def check_sizes(**sizes: int) -> None:
    """Raise ValueError unless every named size is a positive integer."""
    for name, size in sizes.items():
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            likely = int(size) if isinstance(size, np.integer) and size > 0 else 64
            raise ValueError(
                f"Expected {name} to be a positive integer; got {size!r}. Try {name}={likely}."
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
