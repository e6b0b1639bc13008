"""The forward step of each cell, written anew in numpy from the published formulas."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from onward import ALIF, CTRNN, GRU, LSTM, MGU, RNN, SLSTM, GRUResetBefore, IndRNN, MinGRU, MinLSTM

from .examples import CLOSE, material, sigmoid


def test_rnn() -> None:
    cell, own, x, hidden, _ = material("rnn")
    expected = np.tanh(own.recurrent @ hidden + own.input @ x + own.bias)
    np.testing.assert_allclose(cell(hidden, x), expected, **CLOSE)
    np.testing.assert_array_equal(cell.emit(hidden, x), hidden)


def test_rnn_relu() -> None:
    cell, own, x, hidden, _ = material("rnn relu")
    expected = np.maximum(own.recurrent @ hidden + own.input @ x + own.bias, 0)
    np.testing.assert_allclose(cell(hidden, x), expected, **CLOSE)
    assert 0 < (expected == 0).sum() < len(expected)


def test_a_relu_at_its_kink_is_flat_on_every_road() -> None:
    cell = jax.tree.map(jnp.zeros_like, material("rnn relu")[0])
    hidden, x, signal = jnp.zeros(5), jnp.zeros(3), jnp.ones(5)
    cell = eqx.tree_at(lambda cell: cell.recurrent, cell, jnp.eye(5))
    assert not np.any(cell.jacobian(hidden, x).materialise())
    assert not np.any(cell.immediate(hidden, x).leaves.bias)
    assert not np.any(cell.immediate_gradient(hidden, x, signal).bias)


def test_ctrnn() -> None:
    cell, own, x, hidden, _ = material("ctrnn")
    entering = np.tanh(own.recurrent @ hidden + own.input @ x + own.bias)
    np.testing.assert_allclose(cell(hidden, x), 0.8 * hidden + 0.2 * entering, **CLOSE)
    # A rule that keeps the leak alone finds it here, and nothing else.
    np.testing.assert_allclose(cell.jacobian(hidden, x).direct.blocks, 0.8, **CLOSE)


def test_a_network_that_leaks_all_is_the_vanilla_one() -> None:
    key, x, hidden = jax.random.key(0), jnp.ones(3), jnp.linspace(-1, 1, 5)
    leaking, vanilla = CTRNN(3, 5, key=key, leak=1.0), RNN(3, 5, key=key)
    np.testing.assert_allclose(leaking(hidden, x), vanilla(hidden, x), **CLOSE)


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


def test_gru_reset_before() -> None:
    cell, own, x, hidden, _ = material("gru reset before")
    (r_z, r_r, r_c), (w_z, w_r, w_c), (b_z, b_r, b_c) = own.recurrent, own.input, own.bias
    update = sigmoid(r_z @ hidden + w_z @ x + b_z)
    reset = sigmoid(r_r @ hidden + w_r @ x + b_r)
    candidate = np.tanh(r_c @ (reset * hidden) + w_c @ x + b_c)
    expected = update * hidden + (1 - update) * candidate
    np.testing.assert_allclose(cell(hidden, x), expected, **CLOSE)
    np.testing.assert_allclose(cell.jacobian(hidden, x).direct.blocks[0, 0], update, **CLOSE)


def test_mgu() -> None:
    cell, own, x, hidden, _ = material("mgu")
    (r_f, r_c), (w_f, w_c), (b_f, b_c) = own.recurrent, own.input, own.bias
    forget = sigmoid(r_f @ hidden + w_f @ x + b_f)
    candidate = np.tanh(r_c @ (forget * hidden) + w_c @ x + b_c)
    expected = (1 - forget) * hidden + forget * candidate
    np.testing.assert_allclose(cell(hidden, x), expected, **CLOSE)
    np.testing.assert_allclose(cell.jacobian(hidden, x).direct.blocks[0, 0], 1 - forget, **CLOSE)


FORGETTING = {LSTM: 1, SLSTM: 0, MinLSTM: 0}


@pytest.mark.parametrize(
    "factory", [RNN, CTRNN, GRU, GRUResetBefore, MGU, LSTM, SLSTM, IndRNN, MinGRU, MinLSTM]
)
def test_initial_weights_are_uniform_within_their_bounds(factory) -> None:
    cell = factory(9, 64, key=jax.random.key(0))
    drawn = [(cell.input, 64 if factory in (RNN, CTRNN) else 9)]
    if factory not in (IndRNN, MinGRU, MinLSTM):
        drawn.append((cell.recurrent, 64))
    for weights, fan_in in drawn:
        bound = fan_in**-0.5
        assert np.abs(weights).max() <= bound
        np.testing.assert_allclose(np.var(weights), bound**2 / 3, rtol=0.15)
    biases = np.zeros(cell.bias.shape)
    if factory in FORGETTING:
        biases[FORGETTING[factory]] = 1
    np.testing.assert_array_equal(cell.bias, biases)


def test_units_of_an_indrnn_start_between_forgetting_and_keeping_all() -> None:
    weights = IndRNN(2, 500, key=jax.random.key(0)).recurrent
    assert weights.min() >= 0 and weights.max() <= 1
    np.testing.assert_allclose(np.mean(weights), 0.5, atol=0.05)


def test_weights_of_spiking_neurons_are_normal() -> None:
    cell = ALIF(9, 64, key=jax.random.key(0))
    np.testing.assert_allclose(np.var(cell.recurrent), 1 / 64, rtol=0.1)
    np.testing.assert_allclose(np.var(cell.input), 1 / 9, rtol=0.15)
    assert not np.any(cell.bias)


@pytest.mark.parametrize("factory", FORGETTING)
def test_the_forget_bias_is_the_one_asked_for(factory) -> None:
    cell = factory(2, 3, key=jax.random.key(0), forget_bias=-0.5)
    expected = np.zeros(cell.bias.shape)
    expected[FORGETTING[factory]] = -0.5
    np.testing.assert_array_equal(cell.bias, expected)


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
