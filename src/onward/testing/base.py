"""What the checks of models share."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from onward._trees import dotted
from onward.cells import AbstractCell
from onward.learning.architecture import drawn


def expect(condition: bool, message: str) -> None:
    """Raise AssertionError with a message that says what was expected, what came, what to try."""
    if not condition:
        raise AssertionError(message)


def at_random(cell: AbstractCell, seed: int) -> AbstractCell:
    """The cell with random weights, in double precision where JAX has it enabled."""
    arrays, rest = eqx.partition(cell, eqx.is_inexact_array)
    weights = jax.tree.map(lambda leaf: leaf.astype(jnp.result_type(float)), drawn(arrays, seed))
    return eqx.combine(jax.tree.map(jnp.asarray, weights), rest)


def inputs(cell: AbstractCell, xs: Any, least: int) -> np.ndarray:
    """Inputs that were given for a cell, one row a step.

    Raises:
        ValueError: they are not real numbers of its input size, in `least` rows or more.
    """
    given = np.asarray(xs)
    rows, width = given.shape if given.ndim == 2 else (0, 0)
    if rows < least or width != cell.input_size or given.dtype.kind not in "iuf":
        raise ValueError(
            f"Expected xs as real numbers, at least {least} row{'s' * (least > 1)} of "
            f"input_size={cell.input_size}; got shape {given.shape} in {given.dtype}. "
            "Try one row a step."
        )
    return given.astype(jnp.result_type(float))


def entry(tree: Any, place: int, prefix: str = "") -> str:
    """The name of one number of a tree that is laid flat: the path of its leaf, and its index."""
    leaves = jax.tree_util.tree_leaves_with_path(tree)
    ends = np.cumsum([leaf.size for _, leaf in leaves])
    path, leaf = leaves[number := int(np.searchsorted(ends, place, side="right"))]
    index = np.unravel_index(place - (ends[number] - leaf.size), leaf.shape)
    names = filter(None, (prefix, dotted(path)))
    return ".".join(names) + (f"[{', '.join(map(str, index))}]" if index else "")


def tolerance() -> float:
    """How far two ways to the same derivative may be apart."""
    return 1e-10 if jnp.result_type(float) == jnp.float64 else 1e-3
