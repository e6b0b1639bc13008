"""Linear recurrent unit."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._typing import Array, Float, PRNGKeyArray
from onward.algebra import Local, Unitwise
from onward.cells import derive
from onward.cells.base import AbstractCell
from onward.cells.initialise import check_sizes, real_dtype


class LRUState(NamedTuple):
    """A complex state as two real slots."""

    real: Float[Array, " n"]
    imaginary: Float[Array, " n"]


class LRU(AbstractCell):
    """Linear recurrent unit: s_t = λ ∘ s_{t-1} + exp(γ) ∘ (B x_t), complex and diagonal.

        λ = exp(-exp(ν) + i exp(θ)),   B = B_re + i B_im

    Emits [Re s, Im s] (2n numbers), so that a linear readout with a direct path is the usual
    Re(C s) + D x. J is unit-wise and B local: exact RTRL keeps two numbers per parameter
    (Re and Im of ds/dθ) and costs no more than a trace. Linear in the state. Orvieto et al.
    (2023), arXiv 2303.06349; online: Zucchet et al. (2023), arXiv 2305.15947.

    Args:
        input_size: m, numbers per sample.
        hidden_size: n, complex units.
        key: draws |λ|² uniformly in [minimum_radius², maximum_radius²], the phase uniformly in
            [0, maximum_phase] radians and B from a normal of variance 1/(2m).
        minimum_radius: smallest |λ|.
        maximum_radius: largest |λ|, below 1.
        maximum_phase: largest initial phase in radians a sample.
        dtype: of the parameters; JAX's default float if not given.
    """

    log_decay: Float[Array, " n"]
    log_phase: Float[Array, " n"]
    log_scale: Float[Array, " n"]
    input_real: Float[Array, "n m"]
    input_imaginary: Float[Array, "n m"]
    input_size: int = eqx.field(static=True)

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        key: PRNGKeyArray,
        minimum_radius: float = 0.0,
        maximum_radius: float = 0.99,
        maximum_phase: float = 6.28,
        dtype=None,
    ):
        check_sizes(input_size=input_size, hidden_size=hidden_size)
        if not 0 <= minimum_radius < maximum_radius < 1:
            raise ValueError(
                "Expected 0 <= minimum_radius < maximum_radius < 1; got "
                f"{minimum_radius} and {maximum_radius}. Try 0.5 and 0.99."
            )
        dtype = real_dtype(dtype)
        radius_key, phase_key, real_key, imaginary_key = jax.random.split(key, 4)
        squared = jax.random.uniform(
            radius_key, (hidden_size,), dtype, minimum_radius**2, maximum_radius**2
        )
        squared = jnp.clip(squared, 1e-6)
        phase = jax.random.uniform(phase_key, (hidden_size,), dtype, 1e-3, maximum_phase)
        self.log_decay = jnp.log(-0.5 * jnp.log(squared))
        self.log_phase = jnp.log(phase)
        self.log_scale = 0.5 * jnp.log1p(-squared)
        shape, spread = (hidden_size, input_size), (2 * input_size) ** -0.5
        self.input_real = spread * jax.random.normal(real_key, shape, dtype)
        self.input_imaginary = spread * jax.random.normal(imaginary_key, shape, dtype)
        self.input_size = input_size

    def init_state(self) -> LRUState:
        return LRUState(jnp.zeros_like(self.log_decay), jnp.zeros_like(self.log_decay))

    def __call__(self, state_prev: LRUState, x: Float[Array, " m"]) -> LRUState:
        radius, phase = jnp.exp(-jnp.exp(self.log_decay)), jnp.exp(self.log_phase)
        cosine, sine, scale = (
            radius * jnp.cos(phase),
            radius * jnp.sin(phase),
            jnp.exp(self.log_scale),
        )
        real, imaginary = state_prev
        return LRUState(
            cosine * real - sine * imaginary + scale * (self.input_real @ x),
            sine * real + cosine * imaginary + scale * (self.input_imaginary @ x),
        )

    def emit(self, state: LRUState, x: Float[Array, " m"]) -> Float[Array, " features"]:
        del x
        return jnp.concatenate(state)

    def jacobian(self, state_prev: LRUState, x: Float[Array, " m"]) -> Unitwise:
        return derive.unitwise_jacobian(self, state_prev, x)

    def immediate(self, state_prev: LRUState, x: Float[Array, " m"]) -> Local:
        return derive.local_immediate(self, state_prev, x, unit_axis=0)
