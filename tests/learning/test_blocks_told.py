"""What a learner with blocks tells and counts, what cannot spoil a block, what is refused."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import onward
from matrix import left
from onward import (
    BPTT,
    RTRL,
    Frozen,
    Immediate,
    KernelRegressor,
    Learner,
    Observation,
    Optimizer,
    RecursiveLeastSquares,
    Unscaled,
)

from .examples import FEATURES, assert_same, learner_of, start, stream
from .test_blocks import PLAIN, RATE, K, cut, rows, vector, with_random_readout


def test_what_a_step_tells_and_counts() -> None:
    """The weights move at a block's end, labelled or not; a block without a label moves nothing."""
    learner = learner_of("rnn", rule=BPTT(), every=4, **PLAIN)
    xs, ys = stream(12)
    ys[3] = np.nan
    ys[4:8] = np.nan
    state, info = learner.run(with_random_readout(learner), xs, ys)
    assert np.flatnonzero(info.learnt).tolist() == [3, 11]
    assert np.flatnonzero(np.isfinite(info.gradient_norm)).tolist() == [3, 11]
    assert np.flatnonzero(np.isnan(info.loss)).tolist() == [3, 4, 5, 6, 7]
    counters = state.counters
    assert (int(counters.learnt), int(counters.samples), int(counters.unlabelled)) == (2, 12, 5)
    assert int(counters.skipped) == 0


@pytest.mark.parametrize("rule", [BPTT(), left(RTRL()), left(Immediate())], ids=repr)
def test_bad_numbers_in_a_block_are_as_if_their_labels_had_been_missing(rule) -> None:
    options = {**PLAIN, "rule": rule, "every": K, "missing": "skip"}
    learner, seen = learner_of("gru", **options), rows()
    bad, clean = seen.y.copy(), seen.y.copy()
    bad[[2, 6]], bad[8] = [[np.inf], [1e200]], np.nan
    clean[[2, 6, 8]] = np.nan
    xs = seen.x.copy()
    xs[11, 0], xs[13, 1] = np.nan, np.inf
    clean[[11, 13]] = np.nan
    found, info = learner.run(with_random_readout(learner), xs, bad)
    expected, _ = learner.run(with_random_readout(learner), xs, clean)
    assert_same(found.parameters, expected.parameters)
    assert np.isfinite(vector(found.parameters)).all()
    assert np.flatnonzero(info.learnt).tolist() == [4, 9, 14, 19]
    assert np.flatnonzero(info.skipped).tolist() == [2, 6, 11, 13]


class Bursting(onward.RNN):
    """A cell whose state is beyond all bounds where its first input is the largest there is."""

    def __call__(self, state_prev, x):
        moved = super().__call__(state_prev, x)
        return moved * jnp.where(x[0] > 9, jnp.exp(jnp.where(x[0] > 9, 900 * x[0], 0)), 1)


@pytest.mark.parametrize("rule", [BPTT(), left(Immediate())], ids=repr)
def test_a_state_that_diverges_spoils_nothing_and_begins_a_sequence(rule) -> None:
    cell = Bursting(FEATURES, 4, key=jax.random.key(1), dtype=np.float64)
    learner = Learner(cell, rule=rule, every=K, **PLAIN)
    seen = rows()
    burst = seen.x.copy()
    burst[7, 0] = 10.0
    calm, labels = seen.x.copy(), seen.y.copy()
    labels[7] = np.nan
    # As if the label had been missing, and a sequence had begun with the next sample.
    starts = np.arange(len(calm)) == 8
    found, info = learner.run(with_random_readout(learner), burst, seen.y)
    expected, _ = learner.run(with_random_readout(learner), Observation(calm, labels, None, starts))
    assert info.learnt.sum() == 4 and info.skipped[7]
    np.testing.assert_allclose(vector(found.parameters), vector(expected.parameters), rtol=1e-10)


class Steep(onward.losses.Squared):
    """A loss of which the slope is no number where the target is 5."""

    def __call__(self, output, target, known):
        root = jnp.sqrt(jnp.where(target == 5, 0 * output, 1 + output**2))
        return super().__call__(output, target, known) + jnp.sum(root)


def test_a_block_whose_gradient_is_no_number_moves_nothing_and_is_counted() -> None:
    learner = learner_of("rnn", rule=BPTT(), every=K, loss=Steep(), **PLAIN)
    seen = rows()
    seen.y[7] = 5.0
    state, info = learner.run(with_random_readout(learner), seen)
    assert np.flatnonzero(info.learnt).tolist() == [4, 14, 19]
    assert np.flatnonzero(info.skipped).tolist() == [9]
    assert np.isnan(info.gradient_norm[9])
    assert int(state.counters.skipped) == 1 and int(state.counters.learnt) == 3
    assert np.isfinite(vector(state.parameters)).all()


def test_schedules_count_updates() -> None:
    learner = learner_of(
        "rnn",
        rule=BPTT(),
        every=K,
        scale=Unscaled(),
        optimizer="sgd",
        learning_rate=lambda count: jnp.where(count < 2, 0.0, 1e-2),
    )
    state, seen = with_random_readout(learner), rows()
    moved = []
    for first in range(0, 4 * K, K):
        before = vector(state.parameters)
        state, _ = learner.run(state, cut(seen, first, first + K))
        moved.append(bool(np.any(before != vector(state.parameters))))
    assert moved == [False, False, True, True]


def test_a_transformation_is_handed_the_mean_loss_of_the_block() -> None:
    def update(updates, state, params=None, *, value, **extra):
        return jax.tree.map(lambda leaf: jnp.ones_like(leaf) * value, updates), state

    told = optax.GradientTransformationExtraArgs(lambda params: optax.EmptyState(), update)
    learner = learner_of(
        "rnn", rule=BPTT(), every=K, scale=Unscaled(), optimizer=told, learning_rate=None
    )
    seen = rows(K)
    seen.y[1] = np.nan
    state = with_random_readout(learner)
    before = vector(state.parameters)
    state, info = learner.run(state, seen)
    moved = vector(state.parameters) - before
    np.testing.assert_allclose(moved, np.nanmean(info.loss), rtol=1e-12)


def test_a_clip_bounds_the_mean_gradient() -> None:
    optimizer = Optimizer("sgd", RATE, clip=1e-3)
    learner = learner_of(
        "rnn", rule=BPTT(), every=K, scale=Unscaled(), optimizer=optimizer, learning_rate=None
    )
    state = with_random_readout(learner)
    before = vector(state.parameters)
    state, info = learner.run(state, rows(K))
    assert info.gradient_norm[-1] > 1e-3
    np.testing.assert_allclose(
        np.linalg.norm(before - vector(state.parameters)), RATE * 1e-3, rtol=1e-9
    )


def test_frozen_weights_stand_still_in_blocks_too() -> None:
    learner = learner_of("rnn", rule=Frozen(), every=K, **PLAIN)
    state, info = learner.run(start(learner), rows())
    assert not info.learnt.any() and int(state.counters.learnt) == 0


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"readout": RecursiveLeastSquares}, "RecursiveLeastSquares, which learns by itself"),
        ({"readout": KernelRegressor}, "KernelRegressor, which learns by itself"),
        ({"optimizer": Optimizer("sgd", 0.1, bound=3.0)}, "a bound of each error"),
        ({"optimizer": "intentional"}, "intentional, whose step is as large as one error asks for"),
    ],
    ids=["readout", "of samples", "bound", "of output"],
)
def test_what_has_to_learn_from_each_sample_is_refused(options, reason: str) -> None:
    options = {"learning_rate": None, **options}
    message = rf"^Expected updates by the mean gradient of 5 samples; got {reason}\. Try every=1\.$"
    with pytest.raises(ValueError, match=message):
        learner_of("rnn", every=K, **options)
    assert learner_of("rnn", every=1, **options)


@pytest.mark.parametrize("every", [0, True, 2.0])
def test_wrong_numbers_of_samples_are_refused(untyped, every: Any) -> None:
    with pytest.raises(ValueError, match=r"^Expected every "):
        learner_of("rnn", every=every)
