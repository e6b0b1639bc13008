"""Learners under vmap, and compiled steps that equal learners share."""

import logging
from operator import itemgetter

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from matrix import left
from onward import RNN, RTRL, Learner, SparseRTRL, Unscaled

from .examples import assert_close, differs, learner_of, start, stream

KEYS = 3


@pytest.mark.matrix
@pytest.mark.parametrize("rule", [left(RTRL()), SparseRTRL(1)], ids=str)
def test_a_batch_of_cells_runs_as_each_alone(rule) -> None:
    xs, ys = stream(15)

    def whole(key):
        cell_key, own = jax.random.split(key)
        learner = Learner(RNN(2, 4, key=cell_key), rule=rule, optimizer="rmsprop", delay=1)
        state, info = learner.run(learner.init(own), xs, ys)
        return info.prediction, state.parameters

    keys = jax.random.split(jax.random.key(0), KEYS)
    batch, alone = jax.jit(jax.vmap(whole))(keys), jax.jit(whole)
    for index, key in enumerate(keys):
        assert_close(jax.tree.map(itemgetter(index), batch), alone(key), 1e-10)
    assert differs(batch[0][0], batch[0][1])


def test_a_batch_of_learning_rates_runs_as_each_alone() -> None:
    xs, ys = stream(15)
    rates = [0.0, 1e-3, 1e-2]
    learner = learner_of(learning_rate=1.0)

    def whole(rate):
        state = start(learner).replace(learning_rates={"": rate})
        return learner.run(state, xs, ys)[1].prediction

    batch = jax.jit(jax.vmap(whole))(jnp.asarray(rates))
    for found, rate in zip(batch, rates, strict=True):
        alone = learner_of(learning_rate=rate)
        expected = alone.run(start(alone), xs, ys)[1].prediction
        np.testing.assert_allclose(found, expected, rtol=1e-10, equal_nan=True)


@pytest.fixture
def compiled(caplog):
    """The names of the functions compiled since the last call."""

    def names() -> list[str]:
        found = [record.getMessage() for record in caplog.records]
        caplog.clear()
        return [message for message in found if message.startswith("Compiling")]

    with caplog.at_level(logging.WARNING), jax.log_compiles():
        yield names


def test_equal_learners_share_what_is_compiled(compiled) -> None:
    options = {"name": "leaky", "rule": RTRL(), "learning_rate": {"readout": 0.1}}
    xs, ys = stream(9)
    first, second = learner_of(**options), learner_of(**options, seed=1)
    states = [start(first), start(second, 1)]
    compiled()
    state, _ = first.step(states[0], xs[0], ys[0])
    state, _ = first.run(state, xs, ys)
    first.predict(state, xs[0])
    assert compiled(), "the first learner compiles: else this test sees nothing"
    state, _ = first.step(state, xs[1], ys[1])
    state, _ = first.run(state, xs, ys)
    first.predict(state, xs[1])
    assert compiled() == []
    state, _ = second.step(states[1], xs[0], ys[0])
    state, _ = second.run(state, xs, ys)
    second.predict(state, xs[0])
    assert compiled() == []
    assert first.parts == second.parts
    assert hash(first.parts) == hash(second.parts)


def test_learners_that_differ_in_a_rate_share_what_is_compiled(compiled) -> None:
    xs, ys = stream(9)
    first, second = (learner_of("leaky", learning_rate=rate) for rate in (0.1, 0.2))
    scheduled = learner_of("leaky", learning_rate=lambda count: 0.2)
    states = [start(each) for each in (first, second, scheduled)]
    _, info = first.run(states[0], xs, ys)
    compiled()
    _, other = second.run(states[1], xs, ys)
    assert compiled() == []
    assert differs(info.prediction, other.prediction)
    assert first != second and first.parts != second.parts
    # A schedule is a part of the program.
    _, same = scheduled.run(states[2], xs, ys)
    assert compiled()
    np.testing.assert_allclose(same.prediction, other.prediction, rtol=1e-10, equal_nan=True)


def test_other_settings_are_other_learners() -> None:
    options = [{}, {"rule": RTRL()}, {"delay": 1}, {"guard": False}, {"scale": Unscaled()}]
    options += [{"optimizer": "sgd"}, {"learning_rate": 1.0}, {"name": "gru"}, {"feedback": True}]
    parts = [learner_of(**option).parts for option in options]
    for index, one in enumerate(parts):
        assert one not in parts[:index] + parts[index + 1 :]


def test_inputs_of_any_kind_and_precision_are_the_same_sample() -> None:
    learner = learner_of(dtype=np.float32)
    kinds = [
        ([0.5, -1], [1]),
        (np.array([0.5, -1], np.float64), np.array([1])),
        (jnp.asarray([0.5, -1.0], jnp.float64), jnp.asarray([1], jnp.int32)),
        (np.array([0.5, -1], np.float32), np.array([1.0], np.float32)),
    ]
    states = [learner.step(start(learner), x, y)[0] for x, y in kinds]
    for state in states[1:]:
        assert_close(state, states[0], 0)
        dtypes = [leaf.dtype for leaf in jax.tree.leaves(state)]
        assert dtypes == [leaf.dtype for leaf in jax.tree.leaves(states[0])]


@pytest.mark.parametrize(
    "options", [left({}), {"feedback": True, "delay": 2}], ids=["plain", "late"]
)
def test_predictions_of_several_samples_are_each_as_if_it_were_the_next(options) -> None:
    learner, (xs, ys) = learner_of(targets=2, **options), stream(20, targets=2)
    state, _ = learner.run(start(learner), xs, ys)
    for count in (1, 5, 8):
        together = learner.predict(state, xs[:count], ys[:count])
        assert together.shape == (count, 2)
        for row, made in enumerate(together):
            expected = learner.predict(state, xs[row], ys[row])
            np.testing.assert_allclose(made, expected, rtol=1e-10)
