"""Minimal gated recurrent unit without recurrent weights."""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._checks import check_sizes, real_dtype
from onward._typing import Array, Float, PRNGKeyArray
from onward.cells.initialise import uniform
from onward.cells.unitwise import AbstractUnitwiseCell


class MinGRU(AbstractUnitwiseCell):
    """Gated recurrent unit whose gate and candidate read the input alone.

        z = σ(W_z x + b_z)                  update
        h' = (1 - z) ∘ h + z ∘ (W_c x + b_c)

    Linear in the state: J = diag(1 - z) is unit-wise and B local. No output bypass. Feng et al.
    (2024), "Were RNNs all we needed?", arXiv 2410.01201.

    Args:
        input_size: m, numbers per sample.
        hidden_size: n, units.
        key: draws W uniformly in ±1/√m; biases start at zero.
        dtype: of the parameters; JAX's default float if not given.
    """

    unit_axis: ClassVar[int] = 1

    input: Float[Array, "2 n m"]
    bias: Float[Array, "2 n"]
    input_size: int = eqx.field(static=True)

    def __init__(self, input_size: int, hidden_size: int, *, key: PRNGKeyArray, dtype=None):
        check_sizes(input_size=input_size, hidden_size=hidden_size)
        dtype = real_dtype(dtype)
        self.input = uniform(key, (2, hidden_size, input_size), input_size, dtype)
        self.bias = jnp.zeros((2, hidden_size), dtype)
        self.input_size = input_size

    def init_state(self) -> Float[Array, " n"]:
        return jnp.zeros_like(self.bias[0])

    def __call__(self, state_prev: Float[Array, " n"], x: Float[Array, " m"]) -> Float[Array, " n"]:
        gate, candidate = self.input @ x + self.bias
        update = jax.nn.sigmoid(gate)
        return (1 - update) * state_prev + update * candidate
