"""No cell at all: the readout sees the input alone."""

import jax.numpy as jnp

from onward._checks import check_sizes, real_dtype
from onward._typing import Array, Float
from onward.cells.base import AbstractCell


class Memoryless(AbstractCell):
    """A cell without units: what it emits is empty, so that the readout reads the input alone.

    With `RecursiveLeastSquares` and expansions it makes a linear model of lags and moving averages
    that learns online, with all that a learner does for a network: late and missing labels,
    weights, sequences, scales, checkpoints.

    Args:
        input_size: numbers per input.
        dtype: of the (empty) parameters; JAX's default float if not given.
    """

    input_size: int
    empty: Float[Array, " 0"]

    def __init__(self, input_size: int, *, dtype=None):
        check_sizes(input_size=input_size)
        self.input_size = input_size
        self.empty = jnp.zeros(0, real_dtype(dtype))

    def init_state(self) -> Float[Array, " 0"]:
        return jnp.zeros_like(self.empty)

    def __call__(self, state_prev: Float[Array, " 0"], x: Float[Array, " m"]) -> Array:
        del x
        return state_prev + self.empty
