"""Vanilla recurrent network."""

import equinox as eqx
import jax.numpy as jnp

from onward._checks import check_sizes, real_dtype
from onward._typing import Array, Float, PRNGKeyArray
from onward.algebra import Dense, Local, RankOne
from onward.cells import derive
from onward.cells.activation import Activation, activate, check_activation, slope_at
from onward.cells.base import AbstractCell
from onward.cells.initialise import split, uniform


class RNN(AbstractCell):
    """Vanilla recurrent network: h_t = f(R h_{t-1} + W x_t + b), f = tanh or relu.

    J = D R with D = diag(f') is dense; B is local (each parameter moves one unit). f' is read
    off h_t: 1 - h_t² for tanh, h_t > 0 for relu (0 at the kink). No output bypass. Elman (1990),
    "Finding structure in time".

    Args:
        input_size: m, numbers per sample.
        hidden_size: n, units.
        key: draws R and W uniformly in ±1/√n; b starts at zero.
        activation: "tanh" or "relu".
        dtype: of the parameters; JAX's default float if not given.
    """

    recurrent: Float[Array, "n n"]
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
        activation: Activation = "tanh",
        dtype=None,
    ):
        check_sizes(input_size=input_size, hidden_size=hidden_size)
        check_activation(activation)
        dtype = real_dtype(dtype)
        recurrent_key, input_key = split(key)
        self.recurrent = uniform(recurrent_key, (hidden_size, hidden_size), hidden_size, dtype)
        self.input = uniform(input_key, (hidden_size, input_size), hidden_size, dtype)
        self.bias = jnp.zeros(hidden_size, dtype)
        self.input_size = input_size
        self.activation = activation

    def init_state(self) -> Float[Array, " n"]:
        return jnp.zeros_like(self.bias)

    def __call__(self, state_prev: Float[Array, " n"], x: Float[Array, " m"]) -> Float[Array, " n"]:
        total = self.recurrent @ state_prev + self.input @ x + self.bias
        return activate(self.activation, total)

    def jacobian(self, state_prev: Float[Array, " n"], x: Float[Array, " m"]) -> Dense:
        slope = slope_at(self.activation, self(state_prev, x))
        return Dense(slope[:, None] * self.recurrent, recurrent=True)

    def immediate_gradient(
        self, state_prev: Float[Array, " n"], x: Float[Array, " m"], signal: Float[Array, " n"]
    ) -> "RNN":
        drive = signal * slope_at(self.activation, self(state_prev, x))
        gradients = (RankOne(drive, state_prev), RankOne(drive, x), drive)
        return eqx.tree_at(lambda cell: (cell.recurrent, cell.input, cell.bias), self, gradients)

    def immediate(self, state_prev: Float[Array, " n"], x: Float[Array, " m"]) -> Local:
        return derive.local_immediate(self, state_prev, x, unit_axis=0)
