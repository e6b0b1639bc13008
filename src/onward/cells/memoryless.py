"""No memory at all: the readout sees the input alone."""

import jax.numpy as jnp

from onward._checks import check_sizes, real_dtype
from onward._typing import Array, Float
from onward.cells.base import AbstractCell


class Memoryless(AbstractCell):
    """A cell that does nothing, so that its readout is a model of the input alone: h_t = 0.

    With `RecursiveLeastSquares` and expansions it makes a linear model of lags and moving averages
    that learns online, with all that a learner does for a network: late and missing labels,
    weights, sequences, scales, checkpoints.

    It has one unit, at rest, and one weight, which is zero: arrays of no numbers are more than
    compilers of kernels can take.

    Args:
        input_size: numbers per input.
        dtype: of the weight; JAX's default float if not given.
    """

    input_size: int
    weight: Float[Array, " 1"]

    def __init__(self, input_size: int, *, dtype=None):
        check_sizes(input_size=input_size)
        self.input_size = input_size
        self.weight = jnp.zeros(1, real_dtype(dtype))

    def init_state(self) -> Float[Array, " 1"]:
        return jnp.zeros_like(self.weight)

    def __call__(self, state_prev: Float[Array, " 1"], x: Float[Array, " m"]) -> Array:
        del x
        return self.weight * state_prev
