"""The forward step of each cell, written anew in numpy from the published formulas."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from catalogue import INPUTS, UNITS, make_cell
from onward import GRU, LRU, LSTM, RNN

CLOSE = {"rtol": 1e-13, "atol": 1e-13}


def sigmoid(value: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-value))


def material(name: str):
    """A cell, its parameters as numpy arrays, a random input and two random slots."""
    random = np.random.default_rng(2)
    cell = make_cell(name)
    x, first, second = (random.normal(size=size) for size in (INPUTS, UNITS, UNITS))
    return cell, jax.tree.map(np.asarray, cell), *map(jnp.asarray, (x, first, second))


def test_rnn() -> None:
    cell, own, x, hidden, _ = material("rnn")
    expected = np.tanh(own.recurrent @ hidden + own.input @ x + own.bias)
    np.testing.assert_allclose(cell(hidden, x), expected, **CLOSE)
    np.testing.assert_array_equal(cell.emit(hidden, x), hidden)


def test_gru() -> None:
    cell, own, x, hidden, _ = material("gru")
    (r_z, r_r, r_c), (w_z, w_r, w_c), (b_z, b_r, b_c, b_h) = own.recurrent, own.input, own.bias
    update = sigmoid(r_z @ hidden + w_z @ x + b_z)
    reset = sigmoid(r_r @ hidden + w_r @ x + b_r)
    candidate = np.tanh(w_c @ x + b_c + reset * (r_c @ hidden + b_h))
    expected = update * hidden + (1 - update) * candidate
    np.testing.assert_allclose(cell(hidden, x), expected, **CLOSE)


def test_lstm() -> None:
    cell, own, x, hidden, memory = material("lstm")
    start = cell.init_state()
    total = own.recurrent @ hidden + own.input @ x + own.bias
    enter, forget, leave = sigmoid(total[:3])
    kept = forget * memory + enter * np.tanh(total[3])
    found = cell(start._replace(hidden=hidden, cell=memory), x)
    np.testing.assert_allclose(found.cell, kept, **CLOSE)
    np.testing.assert_allclose(found.hidden, leave * np.tanh(kept), **CLOSE)
    np.testing.assert_array_equal(cell.emit(found, x), found.hidden)
    np.testing.assert_array_equal(cell.memory(found), found.cell)


def test_lru() -> None:
    cell, own, x, real, imaginary = material("lru")
    start = cell.init_state()
    pole = np.exp(-np.exp(own.log_decay) + 1j * np.exp(own.log_phase))
    drive = (own.input_real + 1j * own.input_imaginary) @ np.asarray(x)
    real, imaginary = np.asarray(real), np.asarray(imaginary)
    expected = pole * (real + 1j * imaginary) + np.exp(own.log_scale) * drive
    found = cell(start._replace(real=jnp.asarray(real), imaginary=jnp.asarray(imaginary)), x)
    np.testing.assert_allclose(found.real, expected.real, **CLOSE)
    np.testing.assert_allclose(found.imaginary, expected.imag, **CLOSE)
    np.testing.assert_array_equal(cell.emit(found, x), [*found.real, *found.imaginary])


@pytest.mark.parametrize("factory", [RNN, GRU, LSTM])
def test_initial_weights_are_uniform_within_their_bounds(factory) -> None:
    cell = factory(9, 64, key=jax.random.key(0))
    inward = 64 if factory is RNN else 9
    for weights, fan_in in ((cell.recurrent, 64), (cell.input, inward)):
        bound = fan_in**-0.5
        assert np.abs(weights).max() <= bound
        np.testing.assert_allclose(np.var(weights), bound**2 / 3, rtol=0.15)
    biases = np.zeros(cell.bias.shape)
    if factory is LSTM:
        biases[1] = 1
    np.testing.assert_array_equal(cell.bias, biases)


def test_the_forget_bias_is_the_one_asked_for() -> None:
    cell = LSTM(2, 3, key=jax.random.key(0), forget_bias=-0.5)
    np.testing.assert_array_equal(cell.bias, [[0] * 3, [-0.5] * 3, [0] * 3, [0] * 3])


def test_initial_poles_lie_in_the_ring_asked_for() -> None:
    cell = LRU(2, 500, key=jax.random.key(0), minimum_radius=0.5, maximum_radius=0.9)
    radius, phase = np.exp(-np.exp(cell.log_decay)), np.exp(cell.log_phase)
    assert radius.min() >= 0.5 - 1e-12
    assert radius.max() <= 0.9 + 1e-12
    np.testing.assert_allclose(np.mean(radius**2), (0.25 + 0.81) / 2, rtol=0.05)
    assert phase.min() > 0
    assert phase.max() <= 6.28
    # γ makes a white input of unit variance keep that variance in the state.
    np.testing.assert_allclose(np.exp(cell.log_scale) ** 2, 1 - radius**2, rtol=1e-10)
    np.testing.assert_allclose(np.var(cell.input_real), 0.25, rtol=0.15)


def test_radii_out_of_order_are_refused() -> None:
    for radii in ((0.9, 0.5), (-0.1, 0.5), (0.5, 1.0)):
        with pytest.raises(ValueError, match=r"^Expected 0 <= minimum_radius < maximum_radius < 1"):
            LRU(2, 3, key=jax.random.key(0), minimum_radius=radii[0], maximum_radius=radii[1])


def test_keys_decide_the_weights() -> None:
    first, same, other = (RNN(2, 3, key=jax.random.key(seed)) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first.recurrent, same.recurrent)
    assert not np.array_equal(first.recurrent, other.recurrent)


def test_double_precision_is_refused_where_it_is_off() -> None:
    with jax.enable_x64(False):
        message = "^Expected a dtype that JAX has enabled; got float64 with 64-bit types off"
        with pytest.raises(ValueError, match=message):
            RNN(2, 3, key=jax.random.key(0), dtype=np.float64)
        assert RNN(2, 3, key=jax.random.key(0)).dtype == np.float32
