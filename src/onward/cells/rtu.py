"""Recurrent trace unit."""

from typing import Literal, get_args

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._checks import check_sizes, real_dtype
from onward._typing import Array, Float, PRNGKeyArray
from onward.cells.activation import Activation, activate, check_activation
from onward.cells.complex_state import ComplexState, log_phases, squared_radii
from onward.cells.initialise import split
from onward.cells.unitwise import AbstractUnitwiseCell

Recurrence = Literal["linear", "nonlinear"]


class RTU(AbstractUnitwiseCell):
    """Recurrent trace unit: complex diagonal recurrence, scaled by its poles, with a nonlinearity.

        r = exp(-exp(ν)),  θ = exp(θ_log),  γ = sqrt(1 - r²)
        u_1 = r cos θ ∘ s_1 - r sin θ ∘ s_2 + γ ∘ (W_1 x)
        u_2 = r sin θ ∘ s_1 + r cos θ ∘ s_2 + γ ∘ (W_2 x)

    Linear recurrence: s' = u, emits f(s'). Nonlinear: s' = f(u), emits s'. J is unit-wise (2×2
    a unit) and B local: exact RTRL keeps two numbers per parameter and costs no more than a
    trace. The derivative by θ_log has the factor exp(θ_log), which public code of the source
    lacks. No output bypass: f has no parameters. Elelimy et al. (2024), "Real-time recurrent
    learning using trace units in reinforcement learning", arXiv 2409.01449.

    Args:
        input_size: m, numbers per sample.
        hidden_size: n, complex units.
        key: draws r² uniformly in [minimum_radius², maximum_radius²], the phase uniformly in
            [0, maximum_phase] radians and W from a normal of variance 1/(2m).
        recurrence: "linear", with f on the output, or "nonlinear", with f on the state.
        activation: f, "relu" or "tanh".
        minimum_radius: smallest initial r.
        maximum_radius: largest initial r, below 1.
        maximum_phase: largest initial phase in radians a sample.
        dtype: of the parameters; JAX's default float if not given.
    """

    log_decay: Float[Array, " n"]
    log_phase: Float[Array, " n"]
    input_real: Float[Array, "n m"]
    input_imaginary: Float[Array, "n m"]
    input_size: int = eqx.field(static=True)
    recurrence: Recurrence = eqx.field(static=True)
    activation: Activation = eqx.field(static=True)

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        key: PRNGKeyArray,
        recurrence: Recurrence = "linear",
        activation: Activation = "relu",
        minimum_radius: float = 0.0,
        maximum_radius: float = 0.99,
        maximum_phase: float = 6.28,
        dtype=None,
    ):
        check_sizes(input_size=input_size, hidden_size=hidden_size)
        check_activation(activation)
        if recurrence not in get_args(Recurrence):
            raise ValueError(
                f"Expected recurrence to be one of {', '.join(get_args(Recurrence))}; got "
                f"{recurrence!r}. Try recurrence='linear'."
            )
        dtype = real_dtype(dtype)
        radius_key, phase_key, real_key, imaginary_key = split(key, 4)
        squared = squared_radii(radius_key, hidden_size, minimum_radius, maximum_radius, dtype)
        self.log_decay = jnp.log(-0.5 * jnp.log(squared))
        self.log_phase = log_phases(phase_key, hidden_size, maximum_phase, dtype)
        shape, spread = (hidden_size, input_size), (2 * input_size) ** -0.5
        self.input_real = spread * jax.random.normal(real_key, shape, dtype)
        self.input_imaginary = spread * jax.random.normal(imaginary_key, shape, dtype)
        self.input_size, self.recurrence, self.activation = input_size, recurrence, activation

    def init_state(self) -> ComplexState:
        return ComplexState(jnp.zeros_like(self.log_decay), jnp.zeros_like(self.log_decay))

    def __call__(self, state_prev: ComplexState, x: Float[Array, " m"]) -> ComplexState:
        decay = jnp.exp(self.log_decay)
        scale = jnp.sqrt(-jnp.expm1(-2 * decay))
        real, imaginary = state_prev.turned(jnp.exp(-decay), jnp.exp(self.log_phase))
        moved = ComplexState(
            real + scale * (self.input_real @ x),
            imaginary + scale * (self.input_imaginary @ x),
        )
        if self.recurrence == "linear":
            return moved
        return ComplexState(*(activate(self.activation, slot) for slot in moved))

    def emit(self, state: ComplexState, x: Float[Array, " m"]) -> Float[Array, " features"]:
        del x
        emitted = jnp.concatenate(state)
        return activate(self.activation, emitted) if self.recurrence == "linear" else emitted
