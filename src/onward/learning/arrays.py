"""What a caller hands over, as arrays of the right shape and dtype."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from onward._typing import Array
from onward.learning.observation import Observation

REAL = (jnp.bool_, jnp.integer, jnp.floating)
ROWS = "Try one row for each sample"
ENTRIES = "Try one number for each feature or target, NaN where it is missing"


def array(value: Any, shape: tuple[int | None, ...], dtype: Any, name: str) -> Array | np.ndarray:
    """A value as an array of that shape and dtype.

    Args:
        value: real numbers; integers and truth values count as such. Where the last axis is of
            length one it may be left out.
        shape: with None for an axis of any length.
        dtype: what they are converted to.
        name: for the message.

    Raises:
        ValueError: it has another shape, or is no array of real numbers.
    """
    # First what a loop passes at every sample.
    if type(value) is np.ndarray and value.shape == shape and value.dtype == dtype:
        return value
    hint = ROWS if len(shape) > 1 else ENTRIES
    if isinstance(value, Mapping | str | bytes) or value is None:
        got = "None" if value is None else f"a {type(value).__name__}"
        raise ValueError(f"Expected {name} as an array of real numbers; got {got}. {hint}.")
    if not isinstance(value, jax.Array):
        try:
            value = np.asarray(value)
        except ValueError:
            raise ValueError(
                f"Expected {name} as an array; got rows of different lengths. {hint}."
            ) from None
    if value.dtype != dtype:
        if not any(jnp.issubdtype(value.dtype, kind) for kind in REAL):
            raise ValueError(f"Expected {name} as real numbers; got {value.dtype}. {hint}.")
        value = value.astype(dtype)
    if shape and shape[-1] == 1 and value.ndim == len(shape) - 1:
        value = value[..., None]
    fits = value.ndim == len(shape) and all(
        wanted in (None, found) for wanted, found in zip(shape, value.shape, strict=True)
    )
    if not fits:
        wanted = str(tuple("T" if size is None else size for size in shape)).replace("'", "")
        raise ValueError(f"Expected {name} of shape {wanted}; got {value.shape}. {hint}.")
    return value


def is_batch(x: Any) -> bool:
    """Whether features, or those of an observation, have a first axis of samples."""
    try:
        return np.ndim(x.x if isinstance(x, Observation) else x) == 2
    except ValueError:
        # Rows of different lengths, which are told of where they are made an array.
        return False


def observation(
    x: Any, y: Any, sizes: tuple[int, int], dtype: Any, rows: tuple[int | None, ...]
) -> Observation:
    """An observation of arrays, whose weight and start are None where they say nothing.

    Args:
        x: features, or a whole `Observation`.
        y: labels, or None with an observation.
        sizes: features and targets.
        dtype: of the learner.
        rows: (None,) for a first axis of time, of any length; () for a single sample. For more
            axes their lengths.

    Raises:
        ValueError: something has another shape, or is no array of real numbers.
    """
    features, targets = sizes
    # First what a loop passes at every sample.
    if type(x) is np.ndarray and type(y) is np.ndarray and not rows:
        shapes = x.shape == (features,) and y.shape == (targets,)
        if shapes and x.dtype == dtype and y.dtype == dtype:
            return Observation(x, y, None, None)
    weight, start = 1, False
    if isinstance(x, Observation):
        if y is not None:
            raise ValueError(
                "Expected an observation alone, or x and y; got an observation and y beside it. "
                "Try Observation(x, y)."
            )
        x, y, weight, start = x
    s = "s" * bool(rows)
    x = array(x, (*rows, features), dtype, f"x{s}")
    each = x.shape[:-1]
    y = np.full((*each, targets), np.nan, dtype) if y is None else y
    y = array(y, (*each, targets), dtype, f"y{s}")
    if weight is not None and not (isinstance(weight, int) and weight == 1):
        weight = _each(weight, each, dtype, "weight")
    else:
        weight = None
    start = None if start is None or start is False else _each(start, each, bool, "start")
    return Observation(x, y, weight, start)


def _each(value: Any, rows: tuple[int, ...], dtype: Any, name: str) -> Array | np.ndarray:
    """One number a sample, from so many, or from one for all."""
    if np.ndim(value) == 0 and rows:
        value = np.broadcast_to(np.asarray(value), rows)
    return array(value, rows, np.dtype(dtype), name)
