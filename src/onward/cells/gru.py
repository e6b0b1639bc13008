"""Gated recurrent unit, reset after the product."""

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._checks import check_sizes, real_dtype
from onward._typing import Array, Float, PRNGKeyArray
from onward.cells.gated import AbstractGatedCell
from onward.cells.initialise import split, uniform


class GRU(AbstractGatedCell):
    """Gated recurrent unit whose reset gate acts after the matrix product.

        z = σ(R_z h + W_z x + b_z)                  update
        r = σ(R_r h + W_r x + b_r)                  reset
        c = tanh(W_c x + b_c + r ∘ (R_c h + b_h))   candidate
        h' = z ∘ h + (1 - z) ∘ c

    With the reset after the product every parameter moves one unit only, so that B is local.
    No output bypass. Cho et al. (2014), arXiv 1406.1078; this variant: the cuDNN form, also
    that of PyTorch and Keras.

    Args:
        input_size: m, numbers per sample.
        hidden_size: n, units.
        key: draws R uniformly in ±1/√n and W in ±1/√m; biases start at zero.
        dtype: of the parameters; JAX's default float if not given.
    """

    recurrent: Float[Array, "3 n n"]
    input: Float[Array, "3 n m"]
    bias: Float[Array, "4 n"]
    input_size: int = eqx.field(static=True)

    def __init__(self, input_size: int, hidden_size: int, *, key: PRNGKeyArray, dtype=None):
        check_sizes(input_size=input_size, hidden_size=hidden_size)
        dtype = real_dtype(dtype)
        recurrent_key, input_key = split(key)
        self.recurrent = uniform(recurrent_key, (3, hidden_size, hidden_size), hidden_size, dtype)
        self.input = uniform(input_key, (3, hidden_size, input_size), input_size, dtype)
        self.bias = jnp.zeros((4, hidden_size), dtype)
        self.input_size = input_size

    def init_state(self) -> Float[Array, " n"]:
        return jnp.zeros_like(self.bias[0])

    def gate(
        self,
        recurrent: Float[Array, "3 n"],
        driven: Float[Array, "3 n"],
        state_prev: Float[Array, " n"],
    ) -> Float[Array, " n"]:
        update = jax.nn.sigmoid(recurrent[0] + driven[0] + self.bias[0])
        reset = jax.nn.sigmoid(recurrent[1] + driven[1] + self.bias[1])
        candidate = jnp.tanh(driven[2] + self.bias[2] + reset * (recurrent[2] + self.bias[3]))
        return update * state_prev + (1 - update) * candidate
