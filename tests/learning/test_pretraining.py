"""Whole-sequence backpropagation against the online loop with frozen weights."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from learning.examples import learner_of, start, stream
from matrix import left
from onward import RTRL, CrossEntropy, Frozen, Unscaled, pretrain, sequence_gradient

SETTINGS = {
    "plain": {"scale": Unscaled()},
    "normalised": {},
    "late, fed back": {"delay": 2, "feedback": True},
    "fed back": {"feedback": True},
}
# The loop sees a cell's state and nothing of what is in it.
KEPT = {("lru", "late, fed back")}
BY_SETTING = [
    (pytest.param if (name, setting) in KEPT else left)(name, options, id=f"{name}-{setting}")
    for name in ("gru", "lru")
    for setting, options in SETTINGS.items()
]


def gappy(steps: int = 20) -> tuple[np.ndarray, np.ndarray]:
    xs, ys = stream(steps)
    ys[[4, 11]] = np.nan
    xs[7, 0] = np.nan
    return xs, ys


def with_random_readout(state, seed: int = 3):
    vector, unflatten = ravel_pytree(state.parameters)
    moved = vector + 0.3 * np.random.default_rng(seed).normal(size=vector.shape)
    return state.replace(parameters=unflatten(moved))


def frozen_loss(learner, state, xs, ys) -> float:
    """The mean of the losses that the loop reports; it counts no loss for a skipped sample."""
    copy = jax.tree.map(jnp.copy, state)
    return np.nanmean(learner.run(copy, xs, ys)[1].loss)


@pytest.mark.parametrize(("name", "options"), BY_SETTING)
def test_loss_and_gradient_are_those_of_the_loop(name, options) -> None:
    learner = learner_of(name, rule=Frozen(), **options)
    xs, ys = gappy()
    state = with_random_readout(start(learner))
    loss, gradient = sequence_gradient(learner, state, xs, ys)
    np.testing.assert_allclose(loss, frozen_loss(learner, state, xs, ys), rtol=1e-10)
    vector, unflatten = ravel_pytree(state.parameters)
    found = np.asarray(ravel_pytree(gradient)[0])
    for entry in np.random.default_rng(0).permutation(vector.size)[:6]:
        ahead, behind = (
            frozen_loss(
                learner,
                state.replace(parameters=unflatten(vector.at[entry].add(step))),
                xs,
                ys,
            )
            for step in (1e-5, -1e-5)
        )
        np.testing.assert_allclose(found[entry], (ahead - behind) / 2e-5, rtol=1e-5, atol=1e-8)


def test_the_label_of_a_bad_sample_teaches_nothing() -> None:
    learner = learner_of(rule=Frozen(), scale=Unscaled(), missing="skip")
    (xs, ys), state = gappy(), with_random_readout(start(learner))
    at_the_bad_one = np.arange(len(ys))[:, None] == 7
    without, wrong = (
        ravel_pytree(sequence_gradient(learner, state, xs, np.where(at_the_bad_one, label, ys)))[0]
        for label in (np.nan, 1e3)
    )
    assert np.isfinite(wrong).all()
    np.testing.assert_array_equal(wrong, without)


@pytest.mark.parametrize("bad", ["features", "labels"])
def test_a_sequence_with_nothing_to_learn_from_is_refused(bad: str) -> None:
    learner = learner_of(delay=1, missing="skip")
    state, (xs, ys) = start(learner), stream(5)
    xs, ys = (xs * np.nan, ys) if bad == "features" else (xs, ys * np.nan)
    for call in (sequence_gradient, lambda *given: pretrain(*given, epochs=1)):
        with pytest.raises(ValueError, match=r"^Expected samples that have their label and"):
            call(learner, state, xs, ys)


def test_pretraining_lowers_the_loss_and_leaves_the_given_state_alone() -> None:
    learner = learner_of("gru", optimizer="adam", rule=RTRL(), loss=CrossEntropy(2))
    xs, ys = stream(60)
    ys = (ys > 0).astype(float)
    state = start(learner)
    before = ravel_pytree(state.parameters)[0].copy()
    trained, losses = pretrain(learner, state, xs, ys, epochs=60)
    assert losses.shape == (60,)
    assert losses[-1] < 0.5 * losses[0]
    np.testing.assert_array_equal(ravel_pytree(state.parameters)[0], before)
    after = sequence_gradient(learner, trained, xs, ys)[0]
    assert after < losses[-1]
    state, info = learner.run(trained, xs, ys)
    assert np.isfinite(info.loss).all() and int(state.counters.learnt) == 60


def test_what_does_not_fit_is_refused() -> None:
    learner = learner_of(delay=3)
    state, (xs, ys) = start(learner), stream(3)
    with pytest.raises(ValueError, match=r"^Expected more samples than delay=3; got 3\. Try a lon"):
        sequence_gradient(learner, state, xs, ys)
    xs, ys = stream(5)
    with pytest.raises(ValueError, match=r"^Expected ys of shape \(5, 1\); got \(4, 1\)\. Try one"):
        sequence_gradient(learner, state, xs, ys[:4])
    with pytest.raises(ValueError, match=r"^Expected epochs to be a positive integer; got 0"):
        pretrain(learner, state, xs, ys, epochs=0)
