"""Spiking neurons: the forward recursion, and one surrogate on every path of autodiff."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from catalogue import INPUTS, UNITS
from onward import ALIF

from .examples import CLOSE, material


def neurons(**options):
    return ALIF(INPUTS, UNITS, key=jax.random.key(3), **options)


def simulate(cell, xs: np.ndarray, adaptation: float) -> np.ndarray:
    """Spikes, voltages and adaptations as published, (T, 3, n)."""
    own = jax.tree.map(np.asarray, cell)
    spike, voltage, excitation = np.zeros((3, UNITS))
    found = []
    for x in xs:
        current = own.recurrent @ spike + own.input @ x + own.bias
        excitation = np.exp(-1 / 200) * excitation + spike
        voltage = np.exp(-1 / 20) * voltage + current - spike
        spike = np.where(voltage > 1 + adaptation * excitation, 1.0, 0.0)
        found.append((spike, voltage, excitation))
    return np.asarray(found)


@pytest.mark.parametrize("adaptation", [0.17, 0.0])
def test_spikes_are_those_of_the_published_recursion(adaptation: float) -> None:
    """Without adaptation: of leaky integrate-and-fire neurons."""
    cell = neurons(adaptation=adaptation)
    xs = np.random.default_rng(4).normal(size=(60, INPUTS))
    expected = simulate(cell, xs, adaptation)
    state, found = cell.init_state(), []
    for x in jnp.asarray(xs):
        state = cell(state, x)
        found.append(np.stack(state))
        np.testing.assert_array_equal(cell.emit(state, x), state.spike)
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-12)
    assert 0.05 < expected[:, 0].mean() < 0.6


def test_the_surrogate_is_the_published_one_in_both_modes() -> None:
    cell, own, x, *_ = material("alif")
    random = np.random.default_rng(6)
    spike, voltage, excitation = random.normal(size=(3, UNITS))
    state = type(cell.init_state())(*map(jnp.asarray, (spike, voltage, excitation)))
    moved = cell(state, x)
    excess = np.asarray(moved.voltage - 0.17 * moved.adaptation - 1)
    slope = 0.3 * np.maximum(0, 1 - np.abs(excess))
    assert (slope > 0).any() and (slope == 0).any()
    alpha, rho = np.exp(-1 / 20), np.exp(-1 / 200)
    spikes = lambda state: cell(state, x).spike  # noqa: E731
    for jacobian in (jax.jacfwd(spikes)(state), jax.jacrev(spikes)(state)):
        np.testing.assert_allclose(jacobian.voltage, np.diag(slope * alpha), **CLOSE)
        np.testing.assert_allclose(jacobian.adaptation, np.diag(-0.17 * rho * slope), **CLOSE)
        # Through the currents, the reset and the adaptation.
        through = own.recurrent - 1.17 * np.eye(UNITS)
        np.testing.assert_allclose(jacobian.spike, slope[:, None] * through, **CLOSE)


def test_threshold_and_dampening_scale_the_surrogate() -> None:
    cell = neurons(threshold=2.0, dampening=0.5, adaptation=0.0)
    x, state = jnp.zeros(INPUTS), cell.init_state()
    state = state._replace(voltage=jnp.full(UNITS, 3.0))
    slope = jax.jvp(
        lambda v: cell(state._replace(voltage=v), x).spike, (state.voltage,), (jnp.ones(UNITS),)
    )[1]
    voltage = 3 * np.exp(-1 / 20)
    expected = 0.5 / 2 * (1 - abs(voltage - 2) / 2) * np.exp(-1 / 20)
    np.testing.assert_allclose(slope, expected, **CLOSE)


def test_constants_out_of_range_are_refused() -> None:
    message = r"^Expected voltage_time, adaptation_time and threshold to be positive; got 20\.0, "
    with pytest.raises(ValueError, match=message + r"200\.0 and 0\.0\. Try 20, 200 and 1\.$"):
        neurons(threshold=0.0)
    with pytest.raises(ValueError, match=r"^Expected voltage_time"):
        neurons(voltage_time=-1.0)
