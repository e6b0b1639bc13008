"""Adaptive leaky integrate-and-fire neurons."""

from functools import partial
from math import exp
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._checks import check_numbers, check_sizes, real_dtype
from onward._typing import Array, Float, PRNGKeyArray
from onward.cells.gated import AbstractGatedCell
from onward.cells.initialise import split


class ALIFState(NamedTuple):
    """The three slots of an adaptive neuron."""

    spike: Float[Array, " n"]
    voltage: Float[Array, " n"]
    adaptation: Float[Array, " n"]


@partial(jax.custom_jvp, nondiff_argnums=(1,))
def fire(excess: Float[Array, " n"], dampening: float) -> Float[Array, " n"]:
    """1 where the excess over the threshold is positive; its derivative is the surrogate
    dampening · max(0, 1 - |excess|), in forward and in reverse mode."""
    del dampening
    return (excess > 0).astype(excess.dtype)


@fire.defjvp
def _surrogate(dampening, primals, tangents):
    (excess,), (tangent,) = primals, tangents
    slope = dampening * jax.nn.relu(1 - jnp.abs(excess))
    return fire(excess, dampening), slope * tangent


class ALIF(AbstractGatedCell):
    """Adaptive leaky integrate-and-fire neurons with a surrogate derivative.

        v' = α v + R z + W x + b - ϑ z          voltage, reset by a spike
        a' = ρ a + z                            adaptation
        z' = 1 where v' > ϑ + β a', else 0      spike

    with α = exp(-1/τ_v) and ρ = exp(-1/τ_a). dz/dv = (γ/ϑ) max(0, 1 - |v - ϑ - β a| / ϑ) stands
    for the derivative of the spike on every path of autodiff, the reset included. "Exact" means
    the same as BPTT with this surrogate; it is not the slope of the loss, which is flat between
    jumps. With β = 0: LIF. No refractory time; R has a diagonal. The spike that is emitted and
    fed back is a function of v and a alone: a nonlinear state update without output bypass.
    Bellec et al. (2020), "A solution to the learning dilemma for recurrent networks of spiking
    neurons".

    Args:
        input_size: m, numbers per sample.
        hidden_size: n, neurons.
        key: draws R from a normal of variance 1/n and W from one of variance 1/m; b
            starts at zero.
        voltage_time: τ_v, time constant of the voltage in samples.
        adaptation_time: τ_a, time constant of the adaptation in samples.
        threshold: ϑ, of a neuron at rest.
        adaptation: β, by which a spike raises the threshold.
        dampening: γ, the surrogate's height.
        dtype: of the parameters; JAX's default float if not given.
    """

    recurrent: Float[Array, "n n"]
    input: Float[Array, "n m"]
    bias: Float[Array, " n"]
    input_size: int = eqx.field(static=True)
    voltage_time: float = eqx.field(static=True)
    adaptation_time: float = eqx.field(static=True)
    threshold: float = eqx.field(static=True)
    adaptation: float = eqx.field(static=True)
    dampening: float = eqx.field(static=True)

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        key: PRNGKeyArray,
        voltage_time: float = 20.0,
        adaptation_time: float = 200.0,
        threshold: float = 1.0,
        adaptation: float = 0.17,
        dampening: float = 0.3,
        dtype=None,
    ):
        check_sizes(input_size=input_size, hidden_size=hidden_size)
        check_numbers(
            voltage_time=voltage_time,
            adaptation_time=adaptation_time,
            threshold=threshold,
            adaptation=adaptation,
            dampening=dampening,
        )
        if min(voltage_time, adaptation_time, threshold) <= 0:
            raise ValueError(
                "Expected voltage_time, adaptation_time and threshold to be positive; got "
                f"{voltage_time}, {adaptation_time} and {threshold}. Try 20, 200 and 1."
            )
        dtype = real_dtype(dtype)
        recurrent_key, input_key = split(key)
        shape = (hidden_size, hidden_size)
        self.recurrent = jax.random.normal(recurrent_key, shape, dtype) / hidden_size**0.5
        shape = (hidden_size, input_size)
        self.input = jax.random.normal(input_key, shape, dtype) / input_size**0.5
        self.bias = jnp.zeros(hidden_size, dtype)
        self.input_size = input_size
        self.voltage_time, self.adaptation_time = voltage_time, adaptation_time
        self.threshold, self.adaptation, self.dampening = threshold, adaptation, dampening

    def init_state(self) -> ALIFState:
        return ALIFState(*(jnp.zeros_like(self.bias) for _ in ALIFState._fields))

    def gate(
        self, recurrent: Float[Array, " n"], driven: Float[Array, " n"], state_prev: ALIFState
    ) -> ALIFState:
        spike, voltage, adaptation = state_prev
        current = recurrent + driven + self.bias - self.threshold * spike
        voltage = exp(-1 / self.voltage_time) * voltage + current
        adaptation = exp(-1 / self.adaptation_time) * adaptation + spike
        excess = (voltage - self.adaptation * adaptation) / self.threshold - 1
        return ALIFState(fire(excess, self.dampening), voltage, adaptation)
