"""Diagonal state-space layer with a learnt time step."""

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._checks import check_sizes, check_steps, real_dtype
from onward._typing import Array, Float, PRNGKeyArray
from onward.cells.complex_state import ComplexState
from onward.cells.initialise import split
from onward.cells.unitwise import AbstractUnitwiseCell


class S5(AbstractUnitwiseCell):
    """Diagonal state space ds/dt = λ ∘ s + B x, held over a learnt step Δ of each unit.

        λ = -exp(ν) + i ω,   B = B_re + i B_im
        s' = exp(Δ λ) ∘ s + (exp(Δ λ) - 1) / λ ∘ (B x)        zero-order hold

    Emits [Re s, Im s] (2n numbers), so that a linear readout with a direct path is the source's
    Re(C s) + D x. J is unit-wise (2×2 a unit) and B local: exact RTRL keeps two numbers per
    parameter and costs no more than a trace. Linear in the state. Smith et al. (2023), arXiv
    2208.04933. The poles start as S4D-Lin, which approximates the HiPPO matrix: Gu et al.
    (2022), arXiv 2206.11893.

    Args:
        input_size: m, numbers per sample.
        hidden_size: n, complex units.
        key: draws log Δ uniformly and B from a normal of variance 1/(2m); λ_k = -1/2 + iπk.
        minimum_step: smallest initial Δ, the length of a sample in the units of 1/λ.
        maximum_step: largest initial Δ.
        dtype: of the parameters; JAX's default float if not given.
    """

    log_decay: Float[Array, " n"]
    frequency: Float[Array, " n"]
    log_step: Float[Array, " n"]
    input_real: Float[Array, "n m"]
    input_imaginary: Float[Array, "n m"]
    input_size: int = eqx.field(static=True)

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        key: PRNGKeyArray,
        minimum_step: float = 0.001,
        maximum_step: float = 0.1,
        dtype=None,
    ):
        check_sizes(input_size=input_size, hidden_size=hidden_size)
        check_steps(minimum_step, maximum_step)
        dtype = real_dtype(dtype)
        step_key, real_key, imaginary_key = split(key, 3)
        self.log_decay = jnp.full(hidden_size, jnp.log(0.5), dtype)
        self.frequency = jnp.pi * jnp.arange(hidden_size, dtype=dtype)
        bounds = jnp.log(jnp.asarray([minimum_step, maximum_step], dtype))
        self.log_step = jax.random.uniform(step_key, (hidden_size,), dtype, *bounds)
        shape, spread = (hidden_size, input_size), (2 * input_size) ** -0.5
        self.input_real = spread * jax.random.normal(real_key, shape, dtype)
        self.input_imaginary = spread * jax.random.normal(imaginary_key, shape, dtype)
        self.input_size = input_size

    def init_state(self) -> ComplexState:
        return ComplexState(jnp.zeros_like(self.log_decay), jnp.zeros_like(self.log_decay))

    def __call__(self, state_prev: ComplexState, x: Float[Array, " m"]) -> ComplexState:
        step, decay = jnp.exp(self.log_step), jnp.exp(self.log_decay)
        rate = jax.lax.complex(-decay, self.frequency)
        real, imaginary = state_prev.turned(jnp.exp(-step * decay), step * self.frequency)
        # Not exp - 1: steps are short.
        held = jnp.expm1(jax.lax.complex(-step * decay, step * self.frequency)) / rate
        drive = held * jax.lax.complex(self.input_real @ x, self.input_imaginary @ x)
        return ComplexState(real + drive.real, imaginary + drive.imag)

    def emit(self, state: ComplexState, x: Float[Array, " m"]) -> Float[Array, " features"]:
        del x
        return jnp.concatenate(state)
