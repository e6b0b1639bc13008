"""RWKV's time mixing."""

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._checks import check_sizes, real_dtype
from onward._typing import Array, Float, PRNGKeyArray
from onward.cells.elementwise import AbstractElementwiseCell, Constant, Drive
from onward.cells.initialise import split


class RWKVState(NamedTuple):
    """Weighted values, weights and the stabilising exponent."""

    values: Float[Array, " n"]
    weights: Float[Array, " n"]
    exponent: Float[Array, " n"]


class RWKV(AbstractElementwiseCell):
    """RWKV's time mixing, an average of past values with learnt decay: for each channel

        k = W x,   v, r = W x + b each,   w = exp(ω)
        a' = e⁻ʷ a + eᵏ v,   d' = e⁻ʷ d + eᵏ
        emits σ(r) · (a' + (eᵘ - 1) eᵏ v) / (d' + (eᵘ - 1) eᵏ)

    with a bonus u for the newest value, kept as a/eᵖ and d/eᵖ with p' = max(p - w, k), so that
    no exponential overflows. What is emitted does not depend on p (a gauge): no gradient passes
    through it, and none is lost. The source mixes x with the sample before it (token shift):
    pass that as features where it is wanted. Channels do not see each other: exact RTRL costs a
    trace. Linear in a and d, with the newest value as a way round them. Peng et al. (2023),
    arXiv 2305.13048.

    Args:
        input_size: m, numbers per sample.
        hidden_size: n, channels.
        key: draws every W uniformly in ±1/√m.
        dtype: of the parameters; JAX's default float if not given.
    """

    axes: ClassVar[Mapping[str, tuple[int, ...]]] = {"key": (0,), "value": (0,), "log_decay": (0,)}
    key: Drive
    value: Drive
    log_decay: Constant
    receptance: Drive
    bonus: Float[Array, " n"]
    input_size: int = eqx.field(static=True)

    def __init__(self, input_size: int, hidden_size: int, *, key: PRNGKeyArray, dtype=None):
        check_sizes(input_size=input_size, hidden_size=hidden_size)
        dtype = real_dtype(dtype)
        # A bias of the keys would cancel in the average.
        self.key, self.value, self.receptance = (
            Drive((hidden_size,), input_size, key=own, dtype=dtype, biased=biased)
            for own, biased in zip(split(key, 3), (False, True, True), strict=True)
        )
        # Half-lives from a third of a sample to a hundred.
        self.log_decay = Constant(jnp.linspace(-5, 0.7, hidden_size, dtype=dtype))
        self.bonus = jnp.full(hidden_size, jnp.log(jnp.asarray(2.0, dtype)))
        self.input_size = input_size

    def init_state(self) -> RWKVState:
        zeros = jnp.zeros_like(self.bonus)
        # Nothing has been seen: no key is so small that it would not count for all.
        return RWKVState(zeros, zeros, zeros - 1e9)

    def memory(self, state: RWKVState) -> Any:
        return state.values, state.weights

    def update(self, drives: dict[str, Array], state_prev: RWKVState) -> RWKVState:
        kept = jax.lax.stop_gradient(state_prev.exponent) - jnp.exp(drives["log_decay"])
        top = jax.lax.stop_gradient(jnp.maximum(kept, drives["key"]))
        keep, write = jnp.exp(kept - top), jnp.exp(drives["key"] - top)
        values = keep * state_prev.values + write * drives["value"]
        return RWKVState(values, keep * state_prev.weights + write, top)

    def emit(self, state: RWKVState, x: Float[Array, " m"]) -> Float[Array, " features"]:
        exponent = jax.lax.stop_gradient(state.exponent)
        newest = jnp.expm1(self.bonus) * jnp.exp(self.key(x) - exponent)
        values = state.values + newest * self.value(x)
        return jax.nn.sigmoid(self.receptance(x)) * values / (state.weights + newest)
