"""A learned kernel of sensitivities in place of the Jacobian's products."""

from typing import Any, ClassVar, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

from onward._checks import check_between, is_real
from onward._trees import flatten
from onward._typing import Array, Float, Gradients, PRNGKeyArray, State, UInt32
from onward.algebra import AbstractInfluence, Local, Unitwise
from onward.cells.base import AbstractCell
from onward.rules.base import AbstractRule, Exactness
from onward.rules.unitwise import local_shapes

# A trace forgets within a thousand samples at the latest.
SLOWEST = 1e-3
# In units of the noise: further off, no kernel with such a trace explains where the twin is.
FARTHEST = 100


class KernelCarry(NamedTuple):
    """The traces E, the kernel (β, γ), and the twin that is perturbed to learn it.

    Attributes:
        trace: E.
        sensitivity: β.
        rate: γ, per sample.
        twin: s̃.
        noise_trace: Ω.
        noise_slope: Γ = ∂Ω/∂γ.
        key: raw data, to draw the noise with.
    """

    trace: Any
    sensitivity: Float[Array, "N N"]
    rate: Float[Array, " N"]
    twin: State
    noise_trace: Float[Array, " N"]
    noise_slope: Float[Array, " N"]
    key: UInt32[Array, "2"]


class KeRNL(AbstractRule):
    """gradient = (βᵀ dL_t/ds_t) E_t, as if ds_t/ds_u were β exp(-γ (t - u)).

    β is N×N and γ one rate for each state component; E is a trace of the local B,

        E_t = exp(-γ) ∘ E_{t-1} + B_t.

    Both are learnt without labels, by perturbing a twin of the state with noise ζ ~ N(0, 1) and
    predicting how far it strays (gradient steps on half the squared error, normalised):

        s̃_t = f(s̃_{t-1}, x_t) + σ ζ_t
        Γ_t = exp(-γ) ∘ (Γ_{t-1} - Ω_{t-1}),   Ω_t = exp(-γ) ∘ Ω_{t-1} + ζ_t
        ε = β Ω_t - (s̃_t - s_t) / σ
        β ← β - η ε Ω_tᵀ / (1 + Ω_tᵀΩ_t),   γ ← γ - η (βᵀε) ∘ Γ_t / (1 + Ω_tᵀΩ_t)

    with γ kept above 1/1000, and β = 1 at the start: with η = 0 it equals
    EligibilityTrace(decay). A twin further than 100 σ away (another basin, chaos) starts again
    at s_t, with Ω = Γ = 0, and that step teaches nothing.

    Cost: time S²·p + N² and a second forward step, memory S·p + N²; needs a local B. Exactness:
    biased. Roth, Kanitscheider & Fiete (2019), "Kernel RNN Learning (KeRNL)". Departures: noise
    is in units of σ and steps are normalised, so that one rate does for every size; there are
    no trials at whose start the twin is reset.

    Args:
        learning_rate: η in [0, 2).
        noise: σ > 0, small against the state's own range.
        decay: exp(-γ) at the start, in (0, 1).
    """

    learning_rate: float = eqx.field(static=True, default=0.1)
    noise: float = eqx.field(static=True, default=1e-3)
    decay: float = eqx.field(static=True, default=0.5)
    cost: ClassVar[str] = "time p + n², memory p + n²"

    def __check_init__(self):
        check_between("learning_rate", self.learning_rate, 0, 2, example=0.1)
        if not (is_real(self.noise) and self.noise > 0):
            raise ValueError(f"Expected noise > 0; got {self.noise!r}. Try noise=0.001.")
        check_between("decay", self.decay, 0, 1, example=0.5, ends="()")

    def init(
        self, cell: AbstractCell, state: State, x: Float[Array, " m"], key: PRNGKeyArray
    ) -> KernelCarry:
        nothing = jnp.zeros_like(flatten(state))
        return KernelCarry(
            trace=jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), local_shapes(cell)),
            sensitivity=jnp.eye(nothing.shape[0], dtype=nothing.dtype),
            rate=jnp.full_like(nothing, -jnp.log(self.decay)),
            twin=state,
            noise_trace=nothing,
            noise_slope=nothing,
            key=jax.random.key_data(key),
        )

    def advance(
        self, cell: AbstractCell, carry: KernelCarry, state_prev: State, x: Float[Array, " m"]
    ) -> KernelCarry:
        key, draw = jax.random.split(jax.random.wrap_key_data(carry.key))
        state, unflatten = ravel_pytree(cell(state_prev, x))
        noise = jax.random.normal(draw, state.shape, state.dtype)
        twin = flatten(cell(carry.twin, x)) + self.noise * noise
        stray = (twin - state) / self.noise
        near = jnp.max(jnp.abs(stray)) < FARTHEST
        decay = jnp.exp(-carry.rate)
        slope = decay * (carry.noise_slope - carry.noise_trace)
        trace = decay * carry.noise_trace + noise
        miss = jnp.where(near, carry.sensitivity @ trace - stray, 0)
        step = self.learning_rate / (1 + jnp.sum(trace**2))
        rate = carry.rate - step * (miss @ carry.sensitivity) * slope
        return KernelCarry(
            trace=_decayed(carry.trace, decay).add(cell.immediate(state_prev, x)),
            sensitivity=carry.sensitivity - step * jnp.outer(miss, trace),
            rate=jnp.maximum(rate, SLOWEST),
            twin=unflatten(jnp.where(near, twin, state)),
            noise_trace=jnp.where(near, trace, 0),
            noise_slope=jnp.where(near, slope, 0),
            key=jax.random.key_data(key),
        )

    def credit(self, cell: AbstractCell, carry: KernelCarry, signal: State) -> Gradients:
        return carry.trace.pull(flatten(signal) @ carry.sensitivity)

    def refuse(self, cell: AbstractCell) -> None:
        local_shapes(cell)

    def exactness(self, cell: AbstractCell) -> Exactness:
        return "biased"


def _decayed(trace: Local, decay: Float[Array, " N"]) -> AbstractInfluence:
    """decay ∘ trace, row by row."""
    slots = trace.units[0]
    nothing = jnp.zeros((slots, *trace.units), decay.dtype)
    own = jnp.arange(slots)
    return trace.push(Unitwise(nothing.at[own, own].set(decay.reshape(trace.units))))
