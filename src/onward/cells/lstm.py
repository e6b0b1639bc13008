"""Long short-term memory."""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._checks import check_numbers, check_sizes, real_dtype
from onward._typing import Array, Float, PRNGKeyArray
from onward.cells.gated import AbstractGatedCell
from onward.cells.initialise import split, uniform


class LSTMState(NamedTuple):
    """The two slots of an LSTM."""

    hidden: Float[Array, " n"]
    cell: Float[Array, " n"]


class LSTM(AbstractGatedCell):
    """Long short-term memory with forget gate.

        i, f, o = σ(R h + W x + b) each,   g = tanh(R_g h + W_g x + b_g)
        c' = f ∘ c + i ∘ g,   h' = o ∘ tanh(c')

    The output gate is a way round the memory c (an output bypass). Hochreiter & Schmidhuber
    (1997); forget gate: Gers et al. (2000).

    Args:
        input_size: m, numbers per sample.
        hidden_size: n, units.
        key: draws R uniformly in ±1/√n and W in ±1/√m.
        forget_bias: initial bias of the forget gate; the other biases start at zero.
        dtype: of the parameters; JAX's default float if not given.
    """

    recurrent: Float[Array, "4 n n"]
    input: Float[Array, "4 n m"]
    bias: Float[Array, "4 n"]
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
        recurrent_key, input_key = split(key)
        self.recurrent = uniform(recurrent_key, (4, hidden_size, hidden_size), hidden_size, dtype)
        self.input = uniform(input_key, (4, hidden_size, input_size), input_size, dtype)
        self.bias = jnp.zeros((4, hidden_size), dtype).at[1].set(forget_bias)
        self.input_size = input_size

    def init_state(self) -> LSTMState:
        return LSTMState(jnp.zeros_like(self.bias[0]), jnp.zeros_like(self.bias[0]))

    def memory(self, state: LSTMState) -> Any:
        return state.cell

    def gate(
        self, recurrent: Float[Array, "4 n"], driven: Float[Array, "4 n"], state_prev: LSTMState
    ) -> LSTMState:
        total = recurrent + driven + self.bias
        enter, forget, leave = jax.nn.sigmoid(total[:3])
        cell = forget * state_prev.cell + enter * jnp.tanh(total[3])
        return LSTMState(leave * jnp.tanh(cell), cell)
