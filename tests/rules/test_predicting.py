"""Rules that learn a model of credit: what it comes to on systems whose truth is known."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from catalogue import INPUTS, UNITS, make_cell
from learning.examples import assert_same
from onward import DNI, KeRNL
from onward.rules.dni import DNICarry
from onward.rules.moment import Moment
from oracles import jit

STEPS = 4_000


def noise(width: int) -> jax.Array:
    return jnp.asarray(np.random.default_rng(0).normal(size=(STEPS, width)))


def test_a_kernel_finds_the_decay_of_units_that_only_leak() -> None:
    """J = 0.6 · 1 at every step, which β = 1, exp(-γ) = 0.6 is exactly."""
    leaky = make_cell("leaky")
    cell = eqx.tree_at(lambda cell: cell.recurrent, leaky, jnp.zeros((UNITS, UNITS)))
    rule, xs = KeRNL(decay=0.3), noise(INPUTS)

    def step(pair, x):
        state, carry = pair
        return (cell(state, x), rule.advance(cell, carry, state, x)), None

    start = cell.init_state()
    first = rule.init(cell, start, xs[0], jax.random.key(0))
    carry = jit(lambda: jax.lax.scan(step, (start, first), xs)[0][1])()
    np.testing.assert_allclose(np.exp(-first.rate), 0.3)
    np.testing.assert_allclose(np.exp(-carry.rate), 0.6, atol=0.01)
    np.testing.assert_allclose(carry.sensitivity, np.eye(UNITS), atol=0.01)


@pytest.mark.parametrize("away", [1.0, np.nan])
def test_a_twin_that_is_lost_starts_again_at_the_state_and_teaches_nothing(away) -> None:
    cell, rule, x = make_cell("rnn"), KeRNL(), jnp.ones(INPUTS)
    state = jnp.full(UNITS, 0.1)
    first = rule.init(cell, state, x, jax.random.key(0))
    lost = first._replace(twin=state + away, noise_trace=jnp.ones(UNITS))
    near = rule.advance(cell, first, state, x)
    found = rule.advance(cell, lost, state, x)
    np.testing.assert_array_equal(found.twin, cell(state, x))
    np.testing.assert_array_equal(found.sensitivity, np.eye(UNITS))
    np.testing.assert_array_equal(found.rate, first.rate)
    assert not np.any(found.noise_trace) and not np.any(found.noise_slope)
    assert np.any(near.noise_trace) and np.any(near.sensitivity != np.eye(UNITS))
    assert np.any(near.twin != cell(state, x))


def test_a_predictor_finds_the_credit_to_come_of_a_linear_system() -> None:
    """With s' = A s + noise and L = |s|²/2 it is Σ_k (A^k)ᵀ A^k s on average."""
    random = np.random.default_rng(1)
    matrix = 0.5 * random.normal(size=(UNITS, UNITS)) / np.sqrt(UNITS)
    linear, parts = make_cell("linear", inputs=UNITS), (jnp.asarray(matrix), jnp.eye(UNITS))
    cell = eqx.tree_at(lambda cell: (cell.matrix, cell.drive), linear, parts)
    rule, xs = DNI(learning_rate=0.05), noise(UNITS)

    def step(pair, x):
        state_prev, carry = pair
        state, carry = cell(state_prev, x), rule.advance(cell, carry, state_prev, x)
        carry = rule.adapt(cell, carry, carry, state)
        return (state, carry), carry.predictor

    start = cell.init_state()
    first = rule.init(cell, start, xs[0], jax.random.key(0))
    found = jit(lambda: jax.lax.scan(step, (start, first), xs)[1])()[STEPS // 4 :].mean(axis=0)
    powers = [np.linalg.matrix_power(matrix, k) for k in range(1, 60)]
    expected = sum(power.T @ power for power in powers)
    assert np.abs(expected).max() > 0.2
    np.testing.assert_allclose(found[:, :-1], expected, atol=0.03)
    np.testing.assert_allclose(found[:, -1], 0, atol=0.03)


def test_a_late_label_teaches_the_newest_predictor_about_its_own_sample() -> None:
    """A ← A - η (A φ - Jᵀ(signal + A [s; 1])) φᵀ / φᵀφ, with the due sample's φ, J and s."""
    cell, rule = make_cell("rnn"), DNI(learning_rate=0.3)
    random = np.random.default_rng(0)
    draw = lambda *shape: jnp.asarray(random.normal(size=shape))  # noqa: E731
    due, newest = (
        DNICarry(Moment(draw(UNITS), draw(INPUTS)), draw(UNITS, UNITS + 1)) for _ in range(2)
    )
    signal, predictor = draw(UNITS), np.asarray(newest.predictor)
    found = rule.adapt(cell, newest, due, signal)
    state_prev, x = due.moment
    seen, state = np.append(state_prev, 1), np.append(cell(state_prev, x), 1)
    jacobian = cell.jacobian(state_prev, x).materialise()
    miss = predictor @ seen - (signal + predictor @ state) @ jacobian
    expected = predictor - 0.3 * np.outer(miss, seen) / (seen @ seen)
    np.testing.assert_allclose(found.predictor, expected, rtol=1e-12)
    assert_same(found.moment, newest.moment)


def test_the_noise_differs_by_key_and_by_step() -> None:
    cell, rule = make_cell("rnn"), KeRNL()
    state, x = cell.init_state(), jnp.ones(INPUTS)
    twins = []
    for seed in (0, 0, 1):
        carry = rule.init(cell, state, x, jax.random.key(seed))
        once = rule.advance(cell, carry, state, x)
        again = rule.advance(cell, once, state, x)
        twins.append(np.stack([once.noise_trace, again.noise_trace - 0.5 * once.noise_trace]))
    np.testing.assert_array_equal(twins[0], twins[1])
    assert np.abs(twins[0] - twins[2]).min() > 0
    assert np.abs(twins[0][0] - twins[0][1]).min() > 0


def test_wrong_settings_are_refused() -> None:
    for rate in (-0.1, 2.0):
        for rule in (DNI, KeRNL):
            with pytest.raises(ValueError, match=r"^Expected 0 <= learning_rate < 2; got .*=0\.1"):
                rule(learning_rate=rate)
    with pytest.raises(ValueError, match=r"^Expected noise > 0; got 0\.0\. Try noise=0\.001\.$"):
        KeRNL(noise=0.0)
    for decay in (0.0, 1.0):
        with pytest.raises(ValueError, match=r"^Expected 0 < decay < 1; got .* Try decay=0\.5\.$"):
            KeRNL(decay=decay)
