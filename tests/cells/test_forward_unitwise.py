"""As `test_forward`, for the cells whose units do not see each other."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from onward import LRU, RTU, S5, IndRNN

from .examples import CLOSE, material, sigmoid


def complex_material(name: str):
    """A cell, its parameters, an input, a state, and B x and the state in complex numbers."""
    cell, own, x, real, imaginary = material(name)
    drive = (own.input_real + 1j * own.input_imaginary) @ np.asarray(x)
    start = cell.init_state()._replace(real=real, imaginary=imaginary)
    return cell, own, x, start, drive, np.asarray(real) + 1j * np.asarray(imaginary)


def assert_complex(found, expected: np.ndarray) -> None:
    np.testing.assert_allclose(found.real, expected.real, **CLOSE)
    np.testing.assert_allclose(found.imaginary, expected.imag, **CLOSE)


def test_lru() -> None:
    cell, own, x, start, drive, before = complex_material("lru")
    pole = np.exp(-np.exp(own.log_decay) + 1j * np.exp(own.log_phase))
    found = cell(start, x)
    assert_complex(found, pole * before + np.exp(own.log_scale) * drive)
    np.testing.assert_array_equal(cell.emit(found, x), [*found.real, *found.imaginary])


@pytest.mark.parametrize("name", ["rtu", "rtu nonlinear"])
def test_rtu(name: str) -> None:
    cell, own, x, start, drive, before = complex_material(name)
    radius, phase = np.exp(-np.exp(own.log_decay)), np.exp(own.log_phase)
    first, second = before.real, before.imag
    scale = np.sqrt(1 - radius**2)
    turned = radius * np.cos(phase), radius * np.sin(phase)
    moved = np.stack(
        [
            turned[0] * first - turned[1] * second + scale * drive.real,
            turned[0] * second + turned[1] * first + scale * drive.imag,
        ]
    )
    found = cell(start, x)
    expected = moved if name == "rtu" else np.tanh(moved)
    np.testing.assert_allclose(np.stack(found), expected, **CLOSE)
    emitted = np.maximum(moved, 0) if name == "rtu" else np.tanh(moved)
    np.testing.assert_allclose(cell.emit(found, x), emitted.ravel(), **CLOSE)


def test_s5() -> None:
    cell, own, x, start, drive, before = complex_material("s5")
    rate, step = -np.exp(own.log_decay) + 1j * own.frequency, np.exp(own.log_step)
    pole = np.exp(step * rate)
    found = cell(start, x)
    expected = pole * before + (pole - 1) / rate * drive
    assert_complex(found, expected)
    np.testing.assert_array_equal(cell.emit(found, x), [*found.real, *found.imaginary])


def test_ten_short_steps_of_a_held_input_are_a_long_one() -> None:
    """As the differential equation says, of which the zero-order hold is the exact solution."""
    cell, _, x, long, *_ = complex_material("s5")
    short = eqx.tree_at(lambda cell: cell.log_step, cell, cell.log_step - np.log(10))
    state = long
    for _ in range(10):
        state = short(state, x)
    np.testing.assert_allclose(np.stack(state), np.stack(cell(long, x)), rtol=1e-12)


def test_indrnn() -> None:
    cell, own, x, hidden, _ = material("indrnn")
    total = own.recurrent * hidden + own.input @ x + own.bias
    np.testing.assert_allclose(cell(hidden, x), np.maximum(total, 0), **CLOSE)
    tanh = IndRNN(3, 5, key=jax.random.key(0), activation="tanh")
    total = np.asarray(tanh.recurrent * hidden + tanh.input @ x + tanh.bias)
    np.testing.assert_allclose(tanh(hidden, x), np.tanh(total), **CLOSE)


def test_min_gru() -> None:
    cell, own, x, hidden, _ = material("min-gru")
    (w_z, w_c), (b_z, b_c) = own.input, own.bias
    update = sigmoid(w_z @ x + b_z)
    expected = (1 - update) * hidden + update * (w_c @ x + b_c)
    np.testing.assert_allclose(cell(hidden, x), expected, **CLOSE)


def test_min_lstm() -> None:
    cell, own, x, hidden, _ = material("min-lstm")
    forget, enter = sigmoid(own.input[:2] @ x + own.bias[:2])
    candidate = own.input[2] @ x + own.bias[2]
    expected = (forget * hidden + enter * candidate) / (forget + enter)
    np.testing.assert_allclose(cell(hidden, x), expected, **CLOSE)


def test_two_closed_gates_of_a_min_lstm_still_share() -> None:
    """Where σ underflows, f / (f + i) would be 0 / 0."""
    cell = jax.tree.map(jnp.zeros_like, material("min-lstm")[0])
    hidden, x = jnp.ones(5), jnp.zeros(3)
    closed = jnp.full((3, 5), -900.0).at[2].set(3.0)
    cell = eqx.tree_at(lambda cell: cell.bias, cell, closed)
    np.testing.assert_allclose(cell(hidden, x), 2, **CLOSE)
    np.testing.assert_allclose(cell.jacobian(hidden, x).diagonal(), 0.5, **CLOSE)


@pytest.mark.parametrize("factory", [LRU, RTU])
def test_initial_poles_lie_in_the_ring_asked_for(factory) -> None:
    cell = factory(2, 500, key=jax.random.key(0), minimum_radius=0.5, maximum_radius=0.9)
    radius, phase = np.exp(-np.exp(cell.log_decay)), np.exp(cell.log_phase)
    assert radius.min() >= 0.5 - 1e-12
    assert radius.max() <= 0.9 + 1e-12
    np.testing.assert_allclose(np.mean(radius**2), (0.25 + 0.81) / 2, rtol=0.05)
    assert phase.min() > 0
    assert phase.max() <= 6.28
    np.testing.assert_allclose(np.var(cell.input_real), 0.25, rtol=0.15)
    np.testing.assert_allclose(np.var(cell.input_imaginary), 0.25, rtol=0.15)


def test_white_input_keeps_its_variance_in_an_lru() -> None:
    cell = LRU(2, 500, key=jax.random.key(0))
    radius = np.exp(-np.exp(cell.log_decay))
    np.testing.assert_allclose(np.exp(cell.log_scale) ** 2, 1 - radius**2, rtol=1e-10)


def test_s5_starts_with_the_poles_of_s4d_lin_and_steps_of_all_lengths() -> None:
    cell = S5(2, 500, key=jax.random.key(0), minimum_step=0.01, maximum_step=1.0)
    np.testing.assert_allclose(np.exp(cell.log_decay), 0.5, **CLOSE)
    np.testing.assert_allclose(cell.frequency, np.pi * np.arange(500), **CLOSE)
    step = np.exp(cell.log_step)
    assert step.min() >= 0.01 - 1e-12 and step.max() <= 1 + 1e-12
    np.testing.assert_allclose(np.mean(step < 0.1), 0.5, atol=0.07)
    np.testing.assert_allclose(np.var(cell.input_real), 0.25, rtol=0.15)


@pytest.mark.parametrize("factory", [LRU, RTU])
def test_radii_out_of_order_are_refused(factory) -> None:
    for radii in ((0.9, 0.5), (-0.1, 0.5), (0.5, 1.0)):
        with pytest.raises(ValueError, match=r"^Expected 0 <= minimum_radius < maximum_radius < 1"):
            factory(2, 3, key=jax.random.key(0), minimum_radius=radii[0], maximum_radius=radii[1])
