"""What the checks of models share."""

import equinox as eqx
import jax
import jax.numpy as jnp

from onward.architecture import drawn
from onward.cells import AbstractCell


def expect(condition: bool, message: str) -> None:
    """Raise AssertionError with a message that says what was expected, what came, what to try."""
    if not condition:
        raise AssertionError(message)


def at_random(cell: AbstractCell, seed: int) -> AbstractCell:
    """The cell with random weights, in double precision where JAX has it enabled."""
    arrays, rest = eqx.partition(cell, eqx.is_inexact_array)
    weights = jax.tree.map(lambda leaf: leaf.astype(jnp.result_type(float)), drawn(arrays, seed))
    return eqx.combine(jax.tree.map(jnp.asarray, weights), rest)


def tolerance() -> float:
    """How far two ways to the same derivative may be apart."""
    return 1e-10 if jnp.result_type(float) == jnp.float64 else 1e-3
