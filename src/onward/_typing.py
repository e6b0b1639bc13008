"""Shape aliases, and what a value is.

`n` hidden units, `m` inputs, `N` state components, `k` kept paths, `S` slots.
"""

import math
from numbers import Real
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray, PyTree, Shaped, UInt16, UInt32

State = PyTree[Float[Array, "..."]]
Gradients = Any
"""A tree of the cell's type: in place of each parameter its gradient, an array or a `RankOne`."""
Parameters = Any
"""A cell or readout with everything but its inexact arrays replaced by None."""

__all__ = [
    "Array",
    "Bool",
    "Float",
    "Gradients",
    "Int",
    "PRNGKeyArray",
    "Parameters",
    "PyTree",
    "Shaped",
    "State",
    "UInt16",
    "UInt32",
    "check_key",
    "check_kind",
    "is_real",
]


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
    typed = isinstance(key, jax.Array) and jnp.issubdtype(key.dtype, jax.dtypes.prng_key)
    raw = isinstance(key, jax.Array) and key.dtype == jnp.uint32
    found = key.shape if typed else key.shape[:-1] if raw else None
    if found is None or len(found) != len(shape) or 0 in found:
        wanted, hint = ("a key", "jax.random.key(0)")
        if shape:
            wanted, hint = ("keys, one a learner", "jax.random.split(jax.random.key(0), 8)")
        got = repr(key)[:40] if found is None else f"keys of shape {found}"
        raise ValueError(f"Expected {wanted}; got {got}. Try {hint}.")
