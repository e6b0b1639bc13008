"""Minimal gated unit."""

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._checks import check_sizes, real_dtype
from onward._typing import Array, Float, PRNGKeyArray
from onward.algebra import Gated, Unitwise
from onward.cells.base import AbstractCell
from onward.cells.initialise import split, uniform


class MGU(AbstractCell):
    """Minimal gated unit: one gate both forgets and resets, before the matrix product.

        f = σ(R_f h + W_f x + b_f)              forget
        c = tanh(R_c (f ∘ h) + W_c x + b_c)     candidate
        h' = (1 - f) ∘ h + f ∘ c

    The gate of one unit moves every candidate through R_c, so that B is not local: it is
    written out, n numbers per parameter. J = diag(1 - f) + D_f R_f + D_c R_c (diag(f) + D_r R_f)
    costs n³. No output bypass. Zhou et al. (2016), arXiv 1603.09420.

    Args:
        input_size: m, numbers per sample.
        hidden_size: n, units.
        key: draws R uniformly in ±1/√n and W in ±1/√m; biases start at zero.
        dtype: of the parameters; JAX's default float if not given.
    """

    recurrent: Float[Array, "2 n n"]
    input: Float[Array, "2 n m"]
    bias: Float[Array, "2 n"]
    input_size: int = eqx.field(static=True)

    def __init__(self, input_size: int, hidden_size: int, *, key: PRNGKeyArray, dtype=None):
        check_sizes(input_size=input_size, hidden_size=hidden_size)
        dtype = real_dtype(dtype)
        recurrent_key, input_key = split(key)
        self.recurrent = uniform(recurrent_key, (2, hidden_size, hidden_size), hidden_size, dtype)
        self.input = uniform(input_key, (2, hidden_size, input_size), input_size, dtype)
        self.bias = jnp.zeros((2, hidden_size), dtype)
        self.input_size = input_size

    def init_state(self) -> Float[Array, " n"]:
        return jnp.zeros_like(self.bias[0])

    def __call__(self, state_prev: Float[Array, " n"], x: Float[Array, " m"]) -> Float[Array, " n"]:
        forget, candidate = self._gates(state_prev, x)
        return (1 - forget) * state_prev + forget * candidate

    def jacobian(self, state_prev: Float[Array, " n"], x: Float[Array, " m"]) -> Gated:
        forget, candidate = self._gates(state_prev, x)
        by_forget, by_candidate = self.recurrent
        slope = forget * (1 - forget)
        through_reset = by_candidate @ ((slope * state_prev)[:, None] * by_forget)
        dense = (slope * (candidate - state_prev))[:, None] * by_forget
        candidate_slope = forget * (1 - candidate**2)
        dense += candidate_slope[:, None] * (by_candidate * forget[None] + through_reset)
        return Gated(dense[None], Unitwise((1 - forget)[None, None]))

    def _gates(
        self, state_prev: Float[Array, " n"], x: Float[Array, " m"]
    ) -> tuple[Float[Array, " n"], Float[Array, " n"]]:
        """f and c."""
        driven = self.input @ x + self.bias
        forget = jax.nn.sigmoid(self.recurrent[0] @ state_prev + driven[0])
        candidate = jnp.tanh(self.recurrent[1] @ (forget * state_prev) + driven[1])
        return forget, candidate
