"""Independently recurrent network."""

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._checks import check_sizes, real_dtype
from onward._typing import Array, Float, PRNGKeyArray
from onward.cells.activation import Activation, activate, check_activation
from onward.cells.initialise import split, uniform
from onward.cells.unitwise import AbstractUnitwiseCell


class IndRNN(AbstractUnitwiseCell):
    """Independently recurrent network: h' = f(u ∘ h + W x + b), f = relu or tanh.

    J = diag(f' ∘ u) is unit-wise and B local. No output bypass. Li et al. (2018), arXiv
    1803.04831; u is not held within bounds here.

    Args:
        input_size: m, numbers per sample.
        hidden_size: n, units.
        key: draws u uniformly in [0, 1] and W in ±1/√m; b starts at zero.
        activation: "relu" or "tanh".
        dtype: of the parameters; JAX's default float if not given.
    """

    recurrent: Float[Array, " n"]
    input: Float[Array, "n m"]
    bias: Float[Array, " n"]
    input_size: int = eqx.field(static=True)
    activation: Activation = eqx.field(static=True)

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        key: PRNGKeyArray,
        activation: Activation = "relu",
        dtype=None,
    ):
        check_sizes(input_size=input_size, hidden_size=hidden_size)
        check_activation(activation)
        dtype = real_dtype(dtype)
        recurrent_key, input_key = split(key)
        self.recurrent = jax.random.uniform(recurrent_key, (hidden_size,), dtype)
        self.input = uniform(input_key, (hidden_size, input_size), input_size, dtype)
        self.bias = jnp.zeros(hidden_size, dtype)
        self.input_size = input_size
        self.activation = activation

    def init_state(self) -> Float[Array, " n"]:
        return jnp.zeros_like(self.bias)

    def __call__(self, state_prev: Float[Array, " n"], x: Float[Array, " m"]) -> Float[Array, " n"]:
        total = self.recurrent * state_prev + self.input @ x + self.bias
        return activate(self.activation, total)
