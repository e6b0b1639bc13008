"""Minimal long short-term memory without recurrent weights."""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._checks import check_numbers, check_sizes, real_dtype
from onward._typing import Array, Float, PRNGKeyArray
from onward.cells.initialise import uniform
from onward.cells.unitwise import AbstractUnitwiseCell


class MinLSTM(AbstractUnitwiseCell):
    """Long short-term memory whose gates read the input alone and share what they let through.

        f, i = σ(W x + b) each
        h' = (f ∘ h + i ∘ (W_c x + b_c)) / (f + i)

    Linear in the state: J = diag(f / (f + i)) is unit-wise and B local. f / (f + i) is computed
    as σ(log f - log i), which holds where both gates are closed. No output bypass: unlike an
    LSTM this cell has no output gate. Feng et al. (2024), "Were RNNs all we needed?", arXiv
    2410.01201.

    Args:
        input_size: m, numbers per sample.
        hidden_size: n, units.
        key: draws W uniformly in ±1/√m.
        forget_bias: initial bias of the forget gate; the other biases start at zero.
        dtype: of the parameters; JAX's default float if not given.
    """

    unit_axis: ClassVar[int] = 1

    input: Float[Array, "3 n m"]
    bias: Float[Array, "3 n"]
    input_size: int = eqx.field(static=True)

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        key: PRNGKeyArray,
        forget_bias: float = 1.0,
        dtype=None,
    ):
        check_sizes(input_size=input_size, hidden_size=hidden_size)
        check_numbers(forget_bias=forget_bias)
        dtype = real_dtype(dtype)
        self.input = uniform(key, (3, hidden_size, input_size), input_size, dtype)
        self.bias = jnp.zeros((3, hidden_size), dtype).at[0].set(forget_bias)
        self.input_size = input_size

    def init_state(self) -> Float[Array, " n"]:
        return jnp.zeros_like(self.bias[0])

    def __call__(self, state_prev: Float[Array, " n"], x: Float[Array, " m"]) -> Float[Array, " n"]:
        forget, enter, candidate = self.input @ x + self.bias
        balance = jax.nn.log_sigmoid(forget) - jax.nn.log_sigmoid(enter)
        # Two sigmoids, so that neither share is a difference from one.
        return jax.nn.sigmoid(balance) * state_prev + jax.nn.sigmoid(-balance) * candidate
