"""xLSTM's mLSTM: a matrix memory with exponential gates."""

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._checks import check_heads, check_numbers, check_sizes, real_dtype
from onward._typing import Array, Float, PRNGKeyArray
from onward.cells.elementwise import AbstractElementwiseCell, Drive
from onward.cells.initialise import split


class MLSTMState(NamedTuple):
    """Memory, normaliser and stabiliser, each over the grid (heads, keys, values)."""

    memory: Float[Array, "heads keys values"]
    normaliser: Float[Array, "heads keys values"]
    stabiliser: Float[Array, "heads keys values"]


class MLSTM(AbstractElementwiseCell):
    """Long short-term memory with a matrix memory (xLSTM's mLSTM): for each head

        q, k (over √d_k), v = W x + b each;   ĩ, f̃, õ = W x + b,   f = σ(f̃),  i = exp(ĩ)
        C' = f C + i k vᵀ,   n' = f n + i k
        emits σ(õ) ∘ C'ᵀ q / max(|n'ᵀ q|, 1)

    kept as C/eᵐ and n/eᵐ with m' = max(log f + m, ĩ), so that no exponential overflows. What is
    emitted does not depend on m (a gauge): no gradient passes through it, and none is lost.
    Every entry moves by itself, the normaliser and m being kept for each value channel too: J
    is diagonal in three slots. Linear in the memory, with an output gate round it. Beck et al.
    (2024), arXiv 2405.04517.

    Args:
        input_size: m, numbers per sample.
        hidden_size: numbers emitted: the values of all heads.
        key: draws every W uniformly in ±1/√m.
        heads: heads, of hidden_size / heads values each.
        key_size: d_k, keys of a head.
        forget_bias: initial bias of f̃; 3 keeps 95 % a sample.
        dtype: of the parameters; JAX's default float if not given.
    """

    axes: ClassVar[Mapping[str, tuple[int, ...]]] = {
        "key": (0, 1),
        "value": (0, 2),
        "enter": (0,),
        "forget": (0,),
    }
    key: Drive
    value: Drive
    enter: Drive
    forget: Drive
    query: Drive
    leave: Drive
    input_size: int = eqx.field(static=True)

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        key: PRNGKeyArray,
        heads: int = 1,
        key_size: int = 8,
        forget_bias: float = 3.0,
        dtype=None,
    ):
        check_sizes(input_size=input_size, hidden_size=hidden_size, key_size=key_size)
        check_numbers(forget_bias=forget_bias)
        values, dtype = check_heads(hidden_size, heads), real_dtype(dtype)
        by_key, by_value = (heads, key_size), (heads, values)
        sizes = (by_key, by_value, (heads,), (heads,), by_key, by_value)
        self.key, self.value, self.enter, forget, self.query, self.leave = (
            Drive(size, input_size, key=own, dtype=dtype)
            for own, size in zip(split(key, 6), sizes, strict=True)
        )
        bias = jnp.full(heads, forget_bias, dtype)
        self.forget = eqx.tree_at(lambda forget: forget.bias, forget, bias)
        self.input_size = input_size

    def init_state(self) -> MLSTMState:
        (heads, keys), values = self.query.sizes, self.leave.sizes[1]
        zeros = jnp.zeros((heads, keys, values), self.dtype)
        return MLSTMState(zeros, zeros, zeros)

    def memory(self, state: MLSTMState) -> Any:
        return state.memory, state.normaliser

    def update(self, drives: dict[str, Array], state_prev: MLSTMState) -> MLSTMState:
        memory, normaliser, stabiliser = state_prev
        kept = jax.nn.log_sigmoid(drives["forget"]) + jax.lax.stop_gradient(stabiliser)
        top = jax.lax.stop_gradient(jnp.maximum(kept, drives["enter"]))
        keep = jnp.exp(kept - top)
        write = jnp.exp(drives["enter"] - top) * drives["key"] / memory.shape[1] ** 0.5
        written = keep * memory + write * drives["value"]
        return MLSTMState(written, keep * normaliser + write, top)

    def emit(self, state: MLSTMState, x: Float[Array, " m"]) -> Float[Array, " features"]:
        query = self.query(x)
        recalled = jnp.einsum("hk,hkv->hv", query, state.memory)
        # The same along the values; the first stands for all.
        weight = jnp.einsum("hk,hk->h", query, state.normaliser[:, :, 0])
        least = jnp.exp(-jax.lax.stop_gradient(state.stabiliser[:, 0, 0]))
        norm = jnp.maximum(jnp.abs(weight), least)
        return (jax.nn.sigmoid(self.leave(x)) * recalled / norm[:, None]).ravel()
