"""Labels that come late, by delays that differ."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import onward
from catalogue import RULES, make_cell
from matrix import left
from onward.wrapping.late import credit, see
from onward.wrapping.rollout import forecast

DELAY, STEPS = 3, 12


def drawn() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    return random.normal(size=(STEPS, 3)), random.normal(size=(STEPS, 1))


@pytest.mark.parametrize("rule", [left("immediate"), "rtrl"])
def test_a_delay_that_is_always_the_same_is_a_learners_own(rule: str) -> None:
    cell = make_cell("gru")
    made = onward.Learner(cell, rule=RULES[rule].make(cell))
    ring = made.replace(delay=DELAY)
    xs, ys = drawn()
    late = np.concatenate([np.full((DELAY, 1), np.nan), ys])[:STEPS]
    expected, info = ring.run(ring.init(jax.random.key(0)), xs, late)
    state, waiting, predictions = made.init(jax.random.key(0)), [], []
    for t in range(STEPS):
        state, seen = see(made, state, xs[t])
        waiting.append(seen)
        predictions.append(seen.prediction)
        if t >= DELAY:
            state, learnt = credit(made, state, waiting[t - DELAY], ys[t - DELAY])
            assert np.array_equal(learnt.prediction, predictions[t - DELAY], equal_nan=True)
    np.testing.assert_allclose(predictions, info.prediction, rtol=1e-9)
    for one, other in zip(
        jax.tree.leaves(state.parameters), jax.tree.leaves(expected.parameters), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)
    assert state.counters.samples == STEPS and state.counters.learnt == expected.counters.learnt


def test_a_late_label_leaves_time_where_it_is_and_is_read_next() -> None:
    made = onward.Learner(make_cell("gru"), feedback=True)
    xs, ys = drawn()
    xs = xs[:, :2]
    state, _ = made.run(made.init(jax.random.key(0)), xs[:5], ys[:5])
    state, seen = see(made, state, xs[5])
    state, _ = see(made, state, xs[6])
    before = np.asarray(state.recurrent)
    state, info = credit(made, state, seen, ys[5])
    assert info.learnt and np.array_equal(state.recurrent, before)
    assert np.array_equal(state.label, ys[5]) and state.counters.samples == 7


def test_a_weight_multiplies_what_a_late_label_teaches() -> None:
    made = onward.Learner(
        make_cell("gru"), optimizer="sgd", learning_rate=0.1, scale=onward.Unscaled()
    )
    xs, ys = drawn()

    def step_of(weight: float) -> np.ndarray:
        state, seen = see(made, made.init(jax.random.key(0)), xs[0])
        before = np.array(state.parameters["readout"].weight)
        state, _ = credit(made, state, seen, ys[0], weight)
        return np.asarray(state.parameters["readout"].weight) - before

    assert np.abs(step_of(1)).max() > 0 and not step_of(0).any()
    np.testing.assert_allclose(step_of(2), 2 * step_of(1), rtol=1e-9)


def test_a_ring_and_ids_do_not_mix() -> None:
    made = onward.Learner(make_cell("gru"), delay=2)
    with pytest.raises(ValueError, match="Expected a learner without delay; got delay=2"):
        see(made, made.init(jax.random.key(0)), np.zeros(3))


def test_a_forecast_is_a_walk_on_its_own_predictions() -> None:
    made = onward.Learner(make_cell("gru"), feedback=True, scale=onward.Unscaled())
    xs, ys = drawn()
    state, _ = made.run(made.init(jax.random.key(0)), xs[:6, :2], ys[:6])
    found = forecast(made, state, 3, xs[6:9, :2])
    assert np.array_equal(found[:2], forecast(made, state, 2, xs[6:8, :2]))
    still = onward.Learner(made.cell, feedback=True, scale=onward.Unscaled(), rule=onward.Frozen())
    walk = still.init(jax.random.key(0)).replace(
        parameters=jax.tree.map(jnp.copy, state.parameters),
        recurrent=state.recurrent,
        label=state.label,
    )
    walked = []
    for x in xs[6:9, :2]:
        walked.append(still.predict(walk, x))
        walk, _ = still.step(walk, x, walked[-1])
    np.testing.assert_allclose(found, walked, rtol=1e-12)


def test_a_sequence_may_begin_with_a_sample_that_waits() -> None:
    made = onward.Learner(make_cell("gru"), rule=onward.EProp())
    xs, ys = drawn()
    expected, state = made.init(jax.random.key(0)), made.init(jax.random.key(0))
    for t in range(STEPS):
        begins = np.asarray(t == 5)
        expected, info = made.step(expected, onward.Observation(xs[t], ys[t], 1, begins))
        state, seen = see(made, state, onward.Observation(xs[t], None, 1, begins))
        state, _ = credit(made, state, seen, ys[t])
        np.testing.assert_allclose(seen.prediction, info.prediction, rtol=1e-9)
    np.testing.assert_allclose(
        state.parameters["readout"].weight, expected.parameters["readout"].weight, rtol=1e-9
    )
