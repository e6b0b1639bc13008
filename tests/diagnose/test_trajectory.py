"""What is recorded is what the learner itself passes through when its weights stand still."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from learning.examples import assert_same, copied
from matrix import named
from onward import CrossEntropy
from onward.diagnose import record

from .stretches import Linear, plain_learner, stretch_of, stretch_with

SETTINGS = {
    "plain": {},
    "feedback": {"feedback": True},
    "late labels": {"delay": 3},
    "all": {"name": "lstm", "targets": 2, "feedback": True, "delay": 2},
}


@pytest.mark.parametrize("options", named(SETTINGS, "all"))
def test_it_is_the_learners_own_way_with_a_rate_of_zero(options) -> None:
    learner, state, xs, ys = stretch_of(**options)
    ys[4], xs[6, 1] = np.nan, np.inf
    found = copied(record(learner, state, xs, ys))
    delay = learner.parts.delay
    state = state.replace(learning_rates={"": jnp.zeros(())})
    steps = len(xs)
    for row in range(steps):
        before = copied(state.recurrent)
        state, info = learner.step(state, xs[row], ys[row])
        recorded = jax.tree.leaves((found.states_prev, found.states))
        for one, other in zip(recorded, jax.tree.leaves((before, state.recurrent)), strict=True):
            np.testing.assert_allclose(one[row], other, rtol=1e-12, atol=1e-14)
        if row >= delay:
            assert_costs(learner, state, found, row - delay, float(info.loss))
    assert not found.known[steps - delay :].any()
    # A hole in the features is filled in.
    assert list(np.flatnonzero(~found.labelled[: steps - delay])) == [4 - delay]


def assert_costs(learner, state, found, sample, loss) -> None:
    """The sample's recorded state and label give the loss that the learner saw."""
    cell, readout = learner.parts.model(state.parameters)
    x, known = jnp.asarray(found.xs[sample]), jnp.asarray(found.known[sample])
    moved = jax.tree.map(lambda leaf: jnp.asarray(leaf[sample]), found.states)
    output = readout(cell.emit(moved, x), x)
    expected = learner.parts.loss(output, jnp.asarray(found.targets[sample]), known)
    if known.any():
        np.testing.assert_allclose(loss, expected, rtol=1e-10, atol=1e-14)
    else:
        assert np.isnan(loss)


def test_classes_are_recorded_as_they_are() -> None:
    learner, state, xs, ys = stretch_of(loss=CrossEntropy(3), optimizer="sgd", learning_rate=0.0)
    labels = np.arange(len(ys))[:, None] % 3.0
    labels[5] = 7
    found = record(learner, state, xs, labels)
    np.testing.assert_array_equal(found.targets[found.labelled], labels[found.labelled])
    assert list(np.flatnonzero(~found.labelled)) == [5]


def test_the_state_is_left_as_it_was() -> None:
    learner, state, xs, ys = stretch_of(delay=2, feedback=True)
    before = copied(state)
    record(learner, state, xs, ys)
    assert_same(state, before)


def test_a_stretch_that_cannot_be_measured_is_refused(untyped) -> None:
    learner, state, xs, ys = stretch_of(delay=3)
    with pytest.raises(ValueError, match=r"none in 3 rows at a delay of 3\. Try a longer"):
        record(learner, state, xs[:3], ys[:3])
    message = (
        r"^Expected a sample to learn from, with its features and a label .*; got none in 14 r"
    )
    with pytest.raises(ValueError, match=message):
        record(learner, state, xs, np.full_like(ys, np.nan))
    with pytest.raises(ValueError, match=r"Expected ys of shape \(14, 1\); got \(13, 1\)"):
        record(learner, state, xs, ys[:-1])
    explosive = stretch_with(plain_learner(Linear(np.eye(3))))
    parameters = eqx.tree_at(
        lambda parts: parts["cell"].matrix, explosive.state.parameters, 1e200 * jnp.eye(3)
    )
    state = explosive.state.replace(parameters=parameters)
    with pytest.raises(ValueError, match=r"state stays finite; got one that diverges"):
        record(explosive.learner, state, explosive.xs, explosive.ys)
