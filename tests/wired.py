"""A cell whose units read a few others each, and say so."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from onward import AbstractCell
from onward.algebra import RowSparse
from onward.cells import derive


class Wired(AbstractCell):
    """h' = tanh(Σ_k w_ik h_READS[i, k] + W x + b): three paths into each of five units."""

    READS = np.array([[0, 1, 2], [1, 2, 3], [2, 3, 0], [3, 4, 0], [4, 2, 3]])

    weight: jax.Array
    input: jax.Array
    bias: jax.Array
    input_size: int = eqx.field(static=True)

    def __init__(self, input_size, hidden_size, *, key, dtype=None):
        assert hidden_size == len(self.READS)
        weight_key, input_key = jax.random.split(key)
        self.weight = jax.random.normal(weight_key, self.READS.shape, dtype)
        self.input = jax.random.normal(input_key, (hidden_size, input_size), dtype)
        self.bias = jnp.zeros(hidden_size, dtype)
        self.input_size = input_size

    def init_state(self):
        return jnp.zeros_like(self.bias)

    def __call__(self, state_prev, x):
        read = jnp.sum(self.weight * state_prev[self.READS], axis=1)
        return jnp.tanh(read + self.input @ x + self.bias)

    def jacobian(self, state_prev, x):
        slope = 1 - self(state_prev, x) ** 2
        return RowSparse(jnp.asarray(self.READS), slope[:, None] * self.weight)

    def immediate(self, state_prev, x):
        return derive.local_immediate(self, state_prev, x, unit_axis=0)
