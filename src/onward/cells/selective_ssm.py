"""Selective state space model, as in Mamba."""

from collections.abc import Mapping
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._checks import check_sizes, check_steps, real_dtype
from onward._typing import Array, Float, PRNGKeyArray
from onward.cells.elementwise import AbstractElementwiseCell, Constant, Drive
from onward.cells.initialise import split


class SelectiveSSM(AbstractElementwiseCell):
    """Selective state space model (Mamba): channels c, each with a diagonal state of size S

        u = W_u x + b_u (c),  Δ = softplus(W_Δ x + b_Δ) (c),  B, C = W x + b (S each)
        h'[c, s] = exp(-Δ_c exp(a_cs)) h[c, s] + Δ_c B_s u_c
        emits Σ_s C_s h'[c, s] + d_c u_c

    Step, write and read depend on the input (the selection); unlike Mamba's block they read x
    itself, without the convolution and the outer gate. Every entry moves by itself: J is
    diagonal, and exact RTRL costs c·S·m. Linear in the state, with a skip round it. Gu & Dao
    (2023), arXiv 2312.00752.

    Args:
        input_size: m, numbers per sample.
        hidden_size: c, channels.
        key: draws every W uniformly in ±1/√m, and the first steps exp-uniformly.
        state_size: S, numbers per channel, with decay rates 1 … S a unit step.
        minimum_step: smallest initial Δ.
        maximum_step: largest initial Δ.
        dtype: of the parameters; JAX's default float if not given.
    """

    axes: ClassVar[Mapping[str, tuple[int, ...]]] = {
        "input": (0,),
        "step": (0,),
        "write": (1,),
        "log_rate": (0, 1),
    }
    input: Drive
    step: Drive
    write: Drive
    log_rate: Constant
    read: Drive
    skip: Float[Array, " channels"]
    input_size: int = eqx.field(static=True)

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        key: PRNGKeyArray,
        state_size: int = 8,
        minimum_step: float = 1e-3,
        maximum_step: float = 1e-1,
        dtype=None,
    ):
        check_sizes(input_size=input_size, hidden_size=hidden_size, state_size=state_size)
        check_steps(minimum_step, maximum_step)
        dtype = real_dtype(dtype)
        *keys, step_key = split(key, 5)
        sizes = (hidden_size, hidden_size, state_size, state_size)
        self.input, step, self.write, self.read = (
            Drive((size,), input_size, key=own, dtype=dtype)
            for own, size in zip(keys, sizes, strict=True)
        )
        limits = jnp.log(jnp.asarray([minimum_step, maximum_step], dtype))
        steps = jnp.exp(jax.random.uniform(step_key, (hidden_size,), dtype, *limits))
        self.step = eqx.tree_at(lambda step: step.bias, step, jnp.log(jnp.expm1(steps)))
        rates = jnp.log(jnp.arange(1, state_size + 1, dtype=dtype))
        self.log_rate = Constant(jnp.broadcast_to(rates, (hidden_size, state_size)))
        self.skip = jnp.ones(hidden_size, dtype)
        self.input_size = input_size

    def init_state(self) -> Float[Array, "channels states"]:
        return jnp.zeros_like(self.log_rate.value)

    def update(
        self, drives: dict[str, Array], state_prev: Float[Array, "channels states"]
    ) -> Float[Array, "channels states"]:
        step = jax.nn.softplus(drives["step"])
        kept = jnp.exp(-step * jnp.exp(drives["log_rate"])) * state_prev
        return kept + step * drives["write"] * drives["input"]

    def emit(
        self, state: Float[Array, "channels states"], x: Float[Array, " m"]
    ) -> Float[Array, " features"]:
        return state @ self.read(x) + self.skip * self.input(x)
