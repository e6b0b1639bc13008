"""Linear attention with a gate: a matrix state of keys and values."""

from collections.abc import Mapping
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._checks import check_heads, check_numbers, check_sizes, real_dtype
from onward._typing import Array, Float, PRNGKeyArray
from onward.cells.elementwise import AbstractElementwiseCell, Drive
from onward.cells.initialise import split


class LinearAttention(AbstractElementwiseCell):
    """Linear attention whose memory of keys and values fades: for each head

        k = φ(W_k x + b_k),  v = W_v x + b_v,  α = σ(W_α x + b_α),  q = φ(W_q x + b_q)
        S' = diag(α) S + k vᵀ;   emits qᵀ S' / √d_k

    with φ(u) = elu(u) + 1, S of shape (keys, values) and a rate α for each key. Every entry of S
    moves by itself: J is diagonal, and exact RTRL costs (entries of S)·m. Linear in the state,
    and the queries are a way round it. Katharopoulos et al. (2020), arXiv 2006.16236; the gate
    in place of the normaliser: Yang et al. (2023), arXiv 2312.06635.

    Args:
        input_size: m, numbers per sample.
        hidden_size: numbers emitted: the values of all heads.
        key: draws every W uniformly in ±1/√m.
        heads: heads, of hidden_size / heads values each.
        key_size: d_k, keys of a head.
        gate_bias: initial b_α; 3 keeps 95 % a sample.
        dtype: of the parameters; JAX's default float if not given.
    """

    axes: ClassVar[Mapping[str, tuple[int, ...]]] = {"key": (0, 1), "value": (0, 2), "gate": (0, 1)}
    key: Drive
    value: Drive
    gate: Drive
    query: Drive
    input_size: int = eqx.field(static=True)

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        key: PRNGKeyArray,
        heads: int = 1,
        key_size: int = 8,
        gate_bias: float = 3.0,
        dtype=None,
    ):
        check_sizes(input_size=input_size, hidden_size=hidden_size, key_size=key_size)
        check_numbers(gate_bias=gate_bias)
        values, dtype = check_heads(hidden_size, heads), real_dtype(dtype)

        self.key, self.value, gate, self.query = (
            Drive((heads, size), input_size, key=own, dtype=dtype)
            for own, size in zip(split(key, 4), (key_size, values, key_size, key_size), strict=True)
        )
        bias = jnp.full((heads, key_size), gate_bias, dtype)
        self.gate = eqx.tree_at(lambda gate: gate.bias, gate, bias)
        self.input_size = input_size

    def init_state(self) -> Float[Array, "heads keys values"]:
        (heads, keys), values = self.query.sizes, self.value.sizes[1]
        return jnp.zeros((heads, keys, values), self.dtype)

    def update(
        self, drives: dict[str, Array], state_prev: Float[Array, "heads keys values"]
    ) -> Float[Array, "heads keys values"]:
        kept = jax.nn.sigmoid(drives["gate"]) * state_prev
        return kept + feature(drives["key"]) * drives["value"]

    def emit(
        self, state: Float[Array, "heads keys values"], x: Float[Array, " m"]
    ) -> Float[Array, " features"]:
        query = feature(self.query(x)) / state.shape[1] ** 0.5
        return jnp.einsum("hk,hkv->hv", query, state).ravel()


def feature(value: Float[Array, "..."]) -> Float[Array, "..."]:
    """elu(u) + 1, a positive feature map."""
    return jax.nn.elu(value) + 1
