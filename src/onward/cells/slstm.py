"""Long short-term memory with exponential input gates."""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._checks import check_numbers, check_sizes, real_dtype
from onward._typing import Array, Float, PRNGKeyArray
from onward.cells.gated import AbstractGatedCell
from onward.cells.initialise import split, uniform

# log n before the first sample, where n is 0: of no weight beside any input gate.
EMPTY = -1e4


class SLSTMState(NamedTuple):
    """The three slots of an sLSTM."""

    hidden: Float[Array, " n"]
    mean: Float[Array, " n"]
    log_weight: Float[Array, " n"]


class SLSTM(AbstractGatedCell):
    """Long short-term memory of xLSTM with exponential input gates and a normalised memory.

        i = exp(R_i h + W_i x),   f, o = σ(R h + W x + b) each,   g = tanh(R_g h + W_g x + b_g)
        c' = f ∘ c + i ∘ g,   n' = f ∘ n + i,   h' = o ∘ c' / n'

    c and n overflow, and only their ratio is seen. The source scales both by exp(-m) with a
    stabiliser m, a fourth slot that h does not depend on. Here the state is h, the mean c / n
    and log n, which need none:

        log n' = log(exp(log f + log n) + i)
        c' / n' = σ(log f + log n - log i) ∘ c / n + σ(log i - log f - log n) ∘ g

    The same h and the same gradients with three slots in place of four, so that an exact
    influence is a quarter smaller. The source's bias of i is left out: from an empty memory it
    scales c and n alike, so that its gradient is zero. R is full (one head). The output gate is
    a way round the memory (an output bypass). Beck et al. (2024), "xLSTM", arXiv 2405.04517.

    Args:
        input_size: m, numbers per sample.
        hidden_size: n, units.
        key: draws R uniformly in ±1/√n and W in ±1/√m.
        forget_bias: initial bias of the forget gate; the other biases start at zero.
        dtype: of the parameters; JAX's default float if not given.
    """

    recurrent: Float[Array, "4 n n"]
    input: Float[Array, "4 n m"]
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
        recurrent_key, input_key = split(key)
        self.recurrent = uniform(recurrent_key, (4, hidden_size, hidden_size), hidden_size, dtype)
        self.input = uniform(input_key, (4, hidden_size, input_size), input_size, dtype)
        self.bias = jnp.zeros((3, hidden_size), dtype).at[0].set(forget_bias)
        self.input_size = input_size

    def init_state(self) -> SLSTMState:
        zero = jnp.zeros_like(self.bias[0])
        return SLSTMState(zero, zero, jnp.full_like(zero, EMPTY))

    def memory(self, state: SLSTMState) -> Any:
        return state.mean, state.log_weight

    def gate(
        self, recurrent: Float[Array, "4 n"], driven: Float[Array, "4 n"], state_prev: SLSTMState
    ) -> SLSTMState:
        enter, *others = recurrent + driven
        forget, leave, candidate = jnp.stack(others) + self.bias
        kept = jax.nn.log_sigmoid(forget) + state_prev.log_weight
        share = jax.nn.sigmoid(enter - kept)
        mean = jax.nn.sigmoid(kept - enter) * state_prev.mean + share * jnp.tanh(candidate)
        return SLSTMState(jax.nn.sigmoid(leave) * mean, mean, jnp.logaddexp(kept, enter))
