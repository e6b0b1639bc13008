"""What a value must be; everything else is refused in words."""

import math
from numbers import Real
from typing import Any

import numpy as np

# JAX takes a second to import and most checks do without it, so it is imported where one needs it:
# what is wrong with a command is told at once.


def is_real(value: Any) -> bool:
    """Whether a value is a plain finite real number."""
    return isinstance(value, Real) and math.isfinite(value)


def check_kind(name: str, value: Any, kind: type, example: str) -> None:
    """Raise ValueError unless a value is an instance of that class."""
    if not isinstance(value, kind):
        got = f"the class {value.__name__}" if isinstance(value, type) else repr(value)[:60]
        raise ValueError(f"Expected {name} of type {kind.__name__}; got {got}. Try {example}.")


def check_key(key: Any, shape: tuple[int | None, ...] = ()) -> None:
    """Raise ValueError unless this is a random key, or an array of them of that shape."""
    import jax
    import jax.numpy as jnp

    typed = isinstance(key, jax.Array) and jnp.issubdtype(key.dtype, jax.dtypes.prng_key)
    raw = isinstance(key, jax.Array) and key.dtype == jnp.uint32
    found = key.shape if typed else key.shape[:-1] if raw else None
    if found is None or len(found) != len(shape) or 0 in found:
        wanted, hint = ("a key", "jax.random.key(0)")
        if shape:
            wanted, hint = ("keys, one a learner", "jax.random.split(jax.random.key(0), 8)")
        got = repr(key)[:40] if found is None else f"keys of shape {found}"
        raise ValueError(f"Expected {wanted}; got {got}. Try {hint}.")


# A size that works where a wrong one was given, by name; 64 units elsewhere.
LIKELY = {
    "direct": 0,
    "heads": 1,
    "input_size": 1,
    "outputs": 1,
    "samples": 1000,
    "symbols": 2,
    "targets": 1,
    "window": 16,
}


def check_sizes(**sizes: int) -> None:
    """Raise ValueError unless every named size is a positive integer."""
    for name, size in sizes.items():
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            likely = (
                int(size) if isinstance(size, np.integer) and size > 0 else LIKELY.get(name, 64)
            )
            raise ValueError(
                f"Expected {name} to be a positive integer; got {size!r}. Try {name}={likely}."
            )


def check_integer(name: str, value: Any, least: int, example: int) -> None:
    """Raise ValueError unless a value is an integer, `least` or more."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        wanted = "a positive integer" if least == 1 else f"an integer >= {least}"
        raise ValueError(f"Expected {name} to be {wanted}; got {value!r}. Try {name}={example}.")


def check_between(
    name: str, value: Any, low: float, high: float, example: float, ends: str = "[)"
) -> None:
    """Raise ValueError unless a value is a real number of an interval.

    Args:
        name: for the message.
        value: to be looked at.
        low: where the interval starts.
        high: where it ends.
        example: a value that would do.
        ends: whether it has its ends, as brackets: "[)" has the lower one alone.
    """
    above, below = ("<=" if end in "[]" else "<" for end in ends)
    within = is_real(value) and low <= value <= high
    if not within or (value == low and above == "<") or (value == high and below == "<"):
        raise ValueError(
            f"Expected {low} {above} {name} {below} {high}; got {value!r}. Try {name}={example}."
        )


def check_numbers(**numbers: float) -> None:
    """Raise ValueError unless every named number is real and finite."""
    for name, number in numbers.items():
        if not is_real(number):
            raise ValueError(
                f"Expected {name} to be a finite real number; got {number!r}. Try {name}=1.0."
            )


def real_dtype(dtype) -> np.dtype:
    """The dtype asked for, or JAX's default float.

    Raises:
        ValueError: the dtype is not a real floating one, or needs x64 where that is off.
    """
    import jax
    import jax.numpy as jnp

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


def check_range(dtype: np.dtype) -> None:
    """Raise ValueError unless a floating dtype holds small and large squares, as float32 does."""
    import jax.numpy as jnp

    if jnp.finfo(dtype).maxexp < jnp.finfo(jnp.float32).maxexp:
        raise ValueError(
            f"Expected a dtype with the range of float32, which squared gradients need; got "
            f"{dtype}. Try bfloat16 where numbers are to be short."
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
