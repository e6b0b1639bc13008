"""Linear recurrent unit."""

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._checks import check_sizes, real_dtype
from onward._typing import Array, Float, PRNGKeyArray
from onward.cells.complex_state import ComplexState, log_phases, squared_radii
from onward.cells.initialise import split
from onward.cells.unitwise import AbstractUnitwiseCell


class LRU(AbstractUnitwiseCell):
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
        dtype = real_dtype(dtype)
        radius_key, phase_key, real_key, imaginary_key = split(key, 4)
        squared = squared_radii(radius_key, hidden_size, minimum_radius, maximum_radius, dtype)
        self.log_decay = jnp.log(-0.5 * jnp.log(squared))
        self.log_phase = log_phases(phase_key, hidden_size, maximum_phase, dtype)
        self.log_scale = 0.5 * jnp.log1p(-squared)
        shape, spread = (hidden_size, input_size), (2 * input_size) ** -0.5
        self.input_real = spread * jax.random.normal(real_key, shape, dtype)
        self.input_imaginary = spread * jax.random.normal(imaginary_key, shape, dtype)
        self.input_size = input_size

    def init_state(self) -> ComplexState:
        return ComplexState(jnp.zeros_like(self.log_decay), jnp.zeros_like(self.log_decay))

    def __call__(self, state_prev: ComplexState, x: Float[Array, " m"]) -> ComplexState:
        radius, phase = jnp.exp(-jnp.exp(self.log_decay)), jnp.exp(self.log_phase)
        real, imaginary = state_prev.turned(radius, phase)
        scale = jnp.exp(self.log_scale)
        return ComplexState(
            real + scale * (self.input_real @ x),
            imaginary + scale * (self.input_imaginary @ x),
        )

    def emit(self, state: ComplexState, x: Float[Array, " m"]) -> Float[Array, " features"]:
        del x
        return jnp.concatenate(state)
