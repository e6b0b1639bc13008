"""Gated recurrent unit, reset before the product."""

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._checks import check_sizes, real_dtype
from onward._typing import Array, Float, PRNGKeyArray
from onward.algebra import Gated, Unitwise
from onward.cells.base import AbstractCell
from onward.cells.initialise import split, uniform


class GRUResetBefore(AbstractCell):
    """Gated recurrent unit whose reset gate acts before the matrix product.

        z = σ(R_z h + W_z x + b_z)              update
        r = σ(R_r h + W_r x + b_r)              reset
        c = tanh(R_c (r ∘ h) + W_c x + b_c)     candidate
        h' = z ∘ h + (1 - z) ∘ c

    The reset gate of one unit moves every candidate through R_c, so that B is not local: it is
    written out, n numbers per parameter. J = diag(z) + D_z R_z + D_c R_c (diag(r) + D_r R_r)
    costs n³. Where that is too dear take `GRU`. No output bypass. Cho et al. (2014), arXiv
    1406.1078.

    Args:
        input_size: m, numbers per sample.
        hidden_size: n, units.
        key: draws R uniformly in ±1/√n and W in ±1/√m; biases start at zero.
        dtype: of the parameters; JAX's default float if not given.
    """

    recurrent: Float[Array, "3 n n"]
    input: Float[Array, "3 n m"]
    bias: Float[Array, "3 n"]
    input_size: int = eqx.field(static=True)

    def __init__(self, input_size: int, hidden_size: int, *, key: PRNGKeyArray, dtype=None):
        check_sizes(input_size=input_size, hidden_size=hidden_size)
        dtype = real_dtype(dtype)
        recurrent_key, input_key = split(key)
        self.recurrent = uniform(recurrent_key, (3, hidden_size, hidden_size), hidden_size, dtype)
        self.input = uniform(input_key, (3, hidden_size, input_size), input_size, dtype)
        self.bias = jnp.zeros((3, hidden_size), dtype)
        self.input_size = input_size

    def init_state(self) -> Float[Array, " n"]:
        return jnp.zeros_like(self.bias[0])

    def __call__(self, state_prev: Float[Array, " n"], x: Float[Array, " m"]) -> Float[Array, " n"]:
        update, _, candidate = self._gates(state_prev, x)
        return update * state_prev + (1 - update) * candidate

    def jacobian(self, state_prev: Float[Array, " n"], x: Float[Array, " m"]) -> Gated:
        update, reset, candidate = self._gates(state_prev, x)
        by_update, by_reset, by_candidate = self.recurrent
        update_slope = update * (1 - update) * (state_prev - candidate)
        reset_slope = reset * (1 - reset) * state_prev
        candidate_slope = (1 - update) * (1 - candidate**2)
        through_reset = by_candidate @ (reset_slope[:, None] * by_reset)
        dense = update_slope[:, None] * by_update
        dense += candidate_slope[:, None] * (by_candidate * reset[None] + through_reset)
        return Gated(dense[None], Unitwise(update[None, None]))

    def _gates(
        self, state_prev: Float[Array, " n"], x: Float[Array, " m"]
    ) -> tuple[Float[Array, " n"], Float[Array, " n"], Float[Array, " n"]]:
        """z, r and c."""
        driven = self.input @ x + self.bias
        update, reset = jax.nn.sigmoid(self.recurrent[:2] @ state_prev + driven[:2])
        candidate = jnp.tanh(self.recurrent[2] @ (reset * state_prev) + driven[2])
        return update, reset, candidate
