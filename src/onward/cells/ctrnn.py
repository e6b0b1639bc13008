"""Continuous-time recurrent network, in steps of Euler's."""

import equinox as eqx
import jax.numpy as jnp

from onward._checks import check_sizes, is_real, real_dtype
from onward._typing import Array, Float, PRNGKeyArray
from onward.cells.gated import AbstractGatedCell
from onward.cells.initialise import split, uniform


class CTRNN(AbstractGatedCell):
    """Leaky recurrent network: h' = (1 - α) h + α tanh(R h + W x + b).

    Euler's steps of τ dh/dt = -h + tanh(R h + W x + b) with α = dt/τ, fixed. J is the leak
    1 - α of each unit (its `direct` part) plus α D R (its `dense` part). No output bypass.
    Funahashi & Nakamura (1993), "Approximation of dynamical systems by continuous time
    recurrent neural networks".

    Args:
        input_size: m, numbers per sample.
        hidden_size: n, units.
        key: draws R and W uniformly in ±1/√n; b starts at zero.
        leak: α in (0, 1], a sample's length in time constants; 1 is the vanilla network.
        dtype: of the parameters; JAX's default float if not given.
    """

    recurrent: Float[Array, "n n"]
    input: Float[Array, "n m"]
    bias: Float[Array, " n"]
    input_size: int = eqx.field(static=True)
    leak: float = eqx.field(static=True)

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        key: PRNGKeyArray,
        leak: float = 0.2,
        dtype=None,
    ):
        check_sizes(input_size=input_size, hidden_size=hidden_size)
        if not (is_real(leak) and 0 < leak <= 1):
            raise ValueError(f"Expected 0 < leak <= 1; got {leak!r}. Try leak=0.2.")
        dtype = real_dtype(dtype)
        recurrent_key, input_key = split(key)
        self.recurrent = uniform(recurrent_key, (hidden_size, hidden_size), hidden_size, dtype)
        self.input = uniform(input_key, (hidden_size, input_size), hidden_size, dtype)
        self.bias = jnp.zeros(hidden_size, dtype)
        self.input_size = input_size
        self.leak = leak

    def init_state(self) -> Float[Array, " n"]:
        return jnp.zeros_like(self.bias)

    def gate(
        self,
        recurrent: Float[Array, " n"],
        driven: Float[Array, " n"],
        state_prev: Float[Array, " n"],
    ) -> Float[Array, " n"]:
        entering = jnp.tanh(recurrent + driven + self.bias)
        return (1 - self.leak) * state_prev + self.leak * entering
