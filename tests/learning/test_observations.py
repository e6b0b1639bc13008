"""Sequences that begin within a stream, and labels that weigh more, less or nothing."""

import os
import subprocess
import sys
from functools import partial

import jax
import numpy as np
import pytest

from matrix import named
from onward import (
    DNI,
    RTRL,
    TBPTT,
    CrossEntropy,
    EligibilityTrace,
    Fleet,
    Observation,
    SparseRTRL,
    Unscaled,
    pretrain,
    sequence_gradient,
)
from onward.diagnose import record

from .examples import assert_close, assert_same, copied, differs, learner_of, start, stream

# Of two programs only those that are compiled as a user's are give the same bits. Others give the
# same but for rounding.
THOROUGH = bool(os.environ.get("ONWARD_THOROUGH"))
same = assert_same if THOROUGH else partial(assert_close, tolerance=1e-10)
STEPS, SEQUENCE = 24, 8
STARTS = np.arange(STEPS) % SEQUENCE == 0

RULES = {
    "immediate": {},
    "exact": {"rule": RTRL(), "name": "gru"},
    "trace, fed back": {"rule": EligibilityTrace(0.5), "feedback": True},
    "window": {"rule": TBPTT(3), "loss": CrossEntropy(3)},
    "predicted credit": {"rule": DNI(), "name": "lru"},
    "unscaled": {"rule": RTRL(), "scale": Unscaled(), "optimizer": "adam"},
}


# The same in two laws of bits, for compiling it as a user does takes seconds.
LATE = {"rule": RTRL(), "delay": 2, "feedback": True}


def labelled(options: dict) -> tuple[np.ndarray, np.ndarray]:
    xs, ys = stream(STEPS)
    return xs, np.digitize(ys, [-0.3, 0.3]).astype(float) if "loss" in options else ys


def with_weights_of(fresh, state):
    """A fresh state that goes on with what another one has learnt of weights and scales."""
    kept = ("parameters", "optimizer", "learning_rates", "input_scale", "target_scale", "counters")
    return fresh.replace(**{name: getattr(state, name) for name in kept})


@pytest.mark.parametrize("options", named(RULES, "trace, fed back"))
def test_sequences_with_starts_are_each_run_from_a_fresh_state(options) -> None:
    learner = learner_of(**options)
    xs, ys = labelled(options)
    whole, info = learner.run(start(learner), Observation(xs, ys, start=STARTS))
    state, parts = start(learner), []
    for first in range(0, STEPS, SEQUENCE):
        rows = slice(first, first + SEQUENCE)
        state, part = learner.run(with_weights_of(start(learner), state), xs[rows], ys[rows])
        parts.append(part)
    joined = jax.tree.map(lambda *leaves: np.concatenate(leaves), *parts)
    same(joined, info)
    same(state.parameters, whole.parameters)
    plain, _ = learner.run(start(learner), xs, ys)
    assert differs(plain.parameters, whole.parameters)


@pytest.mark.matrix
def test_a_start_before_the_first_sample_changes_nothing() -> None:
    learner = learner_of(**LATE)
    xs, ys = stream(STEPS)
    first = np.arange(STEPS) == 0
    same(
        learner.run(start(learner), Observation(xs, ys, start=first)),
        learner.run(start(learner), xs, ys),
    )


def test_samples_that_wait_for_late_labels_keep_what_they_have() -> None:
    learner = learner_of(**LATE)
    xs, ys = stream(STEPS)
    begun = Observation(xs[:9], ys[:9], start=np.arange(9) == 8)
    state, _ = learner.run(start(learner), begun)
    plain, _ = learner.run(start(learner), xs[:9], ys[:9])
    # The labels of rows 6 and 7 come with rows 8 and 9: what they teach is of the old sequence.
    same(state.parameters, plain.parameters)
    place = int(state.waiting.place)
    old = lambda kept: jax.tree.map(lambda leaf: leaf[place], kept.waiting.samples)  # noqa: E731
    same(old(state), old(plain))
    assert differs(state.recurrent, plain.recurrent)


def test_a_rule_that_draws_draws_anew_at_a_start() -> None:
    learner = learner_of(rule=SparseRTRL(1))
    xs, ys = stream(STEPS)
    state, _ = learner.run(start(learner), Observation(xs, ys, start=STARTS))
    supports = {tuple(np.ravel(state.carry.support).tolist())}
    for count in (2, 3, 4):
        begun = Observation(xs, ys, start=np.arange(STEPS) == STEPS - count)
        state, _ = learner.run(start(learner), begun)
        supports.add(tuple(np.ravel(state.carry.support).tolist()))
    assert len(supports) > 1


@pytest.mark.parametrize("size", [1, 5])
def test_observations_are_the_same_in_one_piece_in_chunks_and_one_by_one(size: int) -> None:
    learner = learner_of(rule=RTRL(), feedback=True)
    xs, ys = stream(STEPS)
    weights = np.random.default_rng(0).uniform(0, 2, STEPS)
    seen = Observation(xs, ys, weights, STARTS)
    whole, infos = learner.run(start(learner), seen)
    state, parts = start(learner), []
    for first in range(0, STEPS, size):
        rows = jax.tree.map(lambda leaf, first=first: leaf[first : first + size], seen)
        state, part = learner.run(state, rows)
        parts.append(part)
    assert_same(jax.tree.map(lambda *leaves: np.concatenate(leaves), *parts), infos)
    assert_same(state, whole)
    state = start(learner)
    for row in range(STEPS):
        one = jax.tree.map(lambda leaf, row=row: leaf[row], seen)
        peeked = learner.predict(state, one)
        state, info = learner.step(state, one)
        np.testing.assert_allclose(peeked, info.prediction, rtol=1e-12)
    assert_close(state, whole)


@pytest.mark.matrix
def test_a_fleet_takes_observations() -> None:
    learner = learner_of(rule=RTRL())
    xs, ys = stream(STEPS)
    seen = Observation(xs, ys, np.linspace(0, 2, STEPS), STARTS)
    alone, info = learner.run(learner.init(jax.random.key(3)), seen)
    fleet = Fleet(learner, 2)
    several = jax.tree.map(lambda leaf: np.stack([leaf, leaf]), seen)
    parts, infos = fleet.run(fleet.init(jax.random.split(jax.random.key(0), 2)), several)
    for state in fleet.scatter(parts):
        assert_close(state.parameters, alone.parameters)
    assert_close(infos.prediction[1], info.prediction)


@pytest.mark.parametrize("weight", [0.5, 3.0])
def test_a_weight_multiplies_the_step_of_plain_descent(weight: float) -> None:
    options = {"optimizer": "sgd", "scale": Unscaled(), "rule": RTRL()}
    xs, ys = stream(STEPS)
    weighed, info = learner_of(learning_rate=1e-2, **options), None
    state, info = weighed.run(start(weighed), Observation(xs, ys, weight=weight))
    faster = learner_of(learning_rate=weight * 1e-2, **options)
    expected, other = faster.run(start(faster), xs, ys)
    assert_close(state.parameters, expected.parameters)
    assert_close(info.loss, other.loss)
    assert_close(info.gradient_norm, weight * other.gradient_norm)


def test_a_label_of_weight_zero_is_predicted_and_not_learnt_from() -> None:
    learner = learner_of(optimizer="adam")
    xs, ys = stream(STEPS)
    dropped = np.arange(STEPS) % 3 == 1
    state, info = learner.run(start(learner), Observation(xs, ys, weight=~dropped * 1.0))
    expected, other = learner.run(start(learner), xs, np.where(dropped[:, None], np.nan, ys))
    assert_same(info.prediction, other.prediction)
    assert_same(info.learnt, other.learnt)
    assert_same(
        [state.parameters, state.optimizer, state.target_scale],
        [expected.parameters, expected.optimizer, expected.target_scale],
    )
    assert not info.skipped.any()


@pytest.mark.parametrize("bad", [np.nan, -1.0, np.inf])
def test_a_weight_that_is_none_is_skipped_and_counted(bad: float) -> None:
    learner = learner_of()
    xs, ys = stream(STEPS)
    weights = np.ones(STEPS)
    weights[7] = bad
    state, info = learner.run(start(learner), Observation(xs, ys, weights))
    np.testing.assert_array_equal(np.flatnonzero(info.skipped), [7])
    assert not info.learnt[7] and int(state.counters.skipped) == 1
    assert np.isfinite(info.prediction[1:]).all()


@pytest.mark.matrix
def test_starts_and_weights_reach_backpropagation_through_a_recorded_sequence() -> None:
    """The mean weighted loss over two sequences, against the two of them alone."""
    learner = learner_of("gru", scale=Unscaled())
    xs, ys = stream(12)
    weights = np.linspace(0.5, 2, 12)
    begun = np.arange(12) == 5
    loss, gradient = sequence_gradient(learner, start(learner), Observation(xs, ys, weights, begun))
    parts = [
        (
            rows,
            sequence_gradient(
                learner, start(learner), Observation(xs[rows], ys[rows], weights[rows])
            ),
        )
        for rows in (slice(0, 5), slice(5, 12))
    ]
    share = [weights[rows].sum() / weights.sum() for rows, _ in parts]
    np.testing.assert_allclose(loss, sum(s * p[0] for s, (_, p) in zip(share, parts, strict=True)))
    expected = jax.tree.map(
        lambda one, two: share[0] * one + share[1] * two, *(part[1] for _, part in parts)
    )
    assert_close(gradient, expected)
    _, plain = sequence_gradient(learner, start(learner), xs, ys)
    assert differs(gradient, plain)
    _, losses = pretrain(learner, start(learner), Observation(xs, ys, weights, begun), epochs=3)
    assert losses[2] < losses[0]


def test_a_trajectory_begins_afresh_at_a_start() -> None:
    learner = learner_of("gru")
    xs, ys = stream(STEPS)
    recorded = record(learner, start(learner), Observation(xs, ys, start=STARTS))
    fresh = copied(learner.cell.init_state())
    for row in np.flatnonzero(STARTS):
        assert_same(jax.tree.map(lambda leaf, row=row: leaf[row], recorded.states_prev), fresh)


@pytest.mark.parametrize(
    ("seen", "message"),
    [
        (lambda xs, ys: (Observation(xs, ys), ys), "an observation alone, or x and y; got an obs"),
        (lambda xs, ys: (Observation(xs, ys, np.ones(3)),), r"weight of shape \(24,\); got \(3,\)"),
        (
            lambda xs, ys: (Observation(xs, ys, 1, np.ones((24, 1))),),
            r"start of shape \(24,\); got",
        ),
        (lambda xs, ys: (Observation(xs, ys, "heavy"),), "weight as real numbers; got <U5"),
    ],
)
def test_what_is_no_observation_is_refused(seen, message, untyped) -> None:
    learner = learner_of()
    with pytest.raises(ValueError, match=message):
        learner.run(start(learner), *seen(*stream(STEPS)))


@pytest.mark.long
def test_the_laws_of_bits_hold_as_a_user_compiles() -> None:
    """With one rule, wherever what is around it is compiled quickly."""
    names = "fresh_state and trace or changes_nothing or keep_what_they_have"
    command = [sys.executable, "-m", "pytest", "-n", "0", "-p", "no:cacheprovider", "-k", names]
    plain = {name: value for name, value in os.environ.items() if name != "XLA_FLAGS"}
    done = subprocess.run(
        [*command, __file__],
        env={**plain, "ONWARD_THOROUGH": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert "skipped" not in done.stdout
