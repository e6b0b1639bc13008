"""At which weights a rule's derivatives are taken when the label comes late."""

from collections.abc import Callable
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from catalogue import INPUTS, RULES, make_cell
from learning.examples import learner_of, start, stream
from onward import DNI, EligibilityTrace, Immediate, Unscaled
from onward.algebra import materialise
from oracles import jit, relative

# These keep what their steps were computed from, and replay it. All others keep derivatives.
REPLAYED = {
    "immediate",
    "bptt",
    "tbptt 1",
    "tbptt 3",
    "sparse none",
    "dni",
    "dni 0",
}
ON_RNN = [
    name
    for name, row in RULES.items()
    if "rnn" not in row.impossible_on and not name.startswith(("sparse row", "sparse shared"))
]


KEY = jax.random.key(0)


@cache
def compiled() -> Callable:
    """Carries of every rule that are made at one cell's weights, credited at another's."""
    xs = jnp.asarray(np.random.default_rng(0).normal(size=(4, INPUTS)))
    rules = {name: RULES[name].make(make_cell("rnn")) for name in ON_RNN}

    @jit
    def go(then, now):
        def step(carried, x):
            state, carries = carried
            after = {name: rules[name].advance(then, carries[name], state, x) for name in rules}
            return (then(state, x), after), state

        state = then.init_state()
        first = {name: rule.init(then, state, xs[0], KEY) for name, rule in rules.items()}
        (state, carries), states_prev = jax.lax.scan(step, (state, first), xs)
        signal = jnp.ones_like(state)
        found = {name: rules[name].credit(now, carries[name], signal) for name in rules}
        own = now.immediate_gradient(states_prev[-1], xs[-1], signal)
        return materialise(found | {"B": own})

    return go


@cache
def credits_at(seed: int) -> dict[str, np.ndarray]:
    """What each rule gives at the weights of a seed, for a carry that was made at those of 0."""
    found = compiled()(make_cell("rnn"), make_cell("rnn", seed))
    return {name: np.asarray(ravel_pytree(credit)[0]) for name, credit in found.items()}


@pytest.mark.parametrize("name", ON_RNN)
def test_what_is_replayed_is_at_the_labels_weights_and_all_else_at_the_samples(name) -> None:
    found, own = credits_at(1)[name], credits_at(0)[name]
    if name in REPLAYED:
        assert relative(found, own) > 1e-2
    else:
        np.testing.assert_array_equal(found, own)


@pytest.mark.parametrize("name", ["immediate", "tbptt 1", "sparse none", "dni 0"])
def test_credit_of_a_single_step_is_signal_times_b_at_the_labels_weights(name) -> None:
    np.testing.assert_allclose(credits_at(1)[name], credits_at(1)["B"], rtol=1e-11, atol=1e-13)


RATE, DELAY = 0.1, 5


def gradient_of_the_last_label(rule) -> tuple[np.ndarray, dict]:
    """What a learner's last step, by plain gradient descent, did to the recurrent weights; and
    all that it was made from."""
    learner = learner_of(
        "rnn", rule=rule, delay=DELAY, scale=Unscaled(), optimizer="sgd", learning_rate=RATE
    )
    xs, ys = stream(30)
    state, weights, moments = start(learner), [], []
    for x, y in zip(xs, ys, strict=True):
        parameters = jax.tree.map(jnp.copy, state.parameters)
        before = jnp.copy(state.recurrent)
        state, _ = learner.step(state, x, y)
        weights.append(parameters)
        moments.append((before, jnp.asarray(x), jnp.copy(state.recurrent)))
    moved = weights[-1]["cell"].recurrent - state.parameters["cell"].recurrent
    return np.asarray(moved) / RATE, {"weights": weights, "moments": moments, "y": ys[-1]}


def expected(told: dict, own: int) -> np.ndarray:
    """signalᵀ B with B at the weights of step `own`, counted from the label's arrival."""
    state_prev, x, state = told["moments"][-1 - DELAY]
    readout, cell = told["weights"][-1]["readout"], told["weights"][own]["cell"]
    output = readout.weight @ state + readout.direct @ x + readout.bias
    signal = (output - told["y"]) @ readout.weight
    gradient = materialise(cell.immediate_gradient(state_prev, x, signal))
    return np.asarray(gradient.recurrent)


def test_late_immediate_credit_is_that_of_the_weights_at_the_labels_arrival() -> None:
    found, told = gradient_of_the_last_label(Immediate())
    np.testing.assert_allclose(found, expected(told, -1), rtol=1e-7, atol=1e-12)
    assert relative(found, expected(told, -1 - DELAY)) > 1e-3


def test_late_credit_of_a_trace_of_decay_zero_is_that_of_the_samples_own_weights() -> None:
    found, told = gradient_of_the_last_label(EligibilityTrace(0.0))
    np.testing.assert_allclose(found, expected(told, -1 - DELAY), rtol=1e-7, atol=1e-12)
    assert relative(found, expected(told, -1)) > 1e-3


def test_a_late_synthetic_gradient_is_predicted_from_the_state_at_the_newer_weights() -> None:
    found, told = gradient_of_the_last_label(DNI(learning_rate=0.0))
    np.testing.assert_allclose(found, expected(told, -1), rtol=1e-7, atol=1e-12)
