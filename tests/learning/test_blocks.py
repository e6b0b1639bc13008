"""Blocks of samples: one update at the end of each, by the mean gradient at frozen weights."""

from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

import onward
from matrix import left
from onward import (
    BPTT,
    RTRL,
    CrossEntropy,
    EligibilityTrace,
    EProp,
    Frozen,
    Immediate,
    Learner,
    LearnerState,
    Observation,
    Unscaled,
    sequence_gradient,
)
from onward.learning import execution

from .examples import assert_same, copied, learner_of, start, stream

K, RATE = 5, 0.1
PLAIN: dict[str, Any] = {"optimizer": "sgd", "learning_rate": RATE, "scale": Unscaled()}


def with_random_readout(learner: Learner, seed: int = 3) -> LearnerState:
    """A start at which a readout of zeros does not hide the cell's gradient."""
    state = start(learner)
    vector, unflatten = ravel_pytree(state.parameters)
    moved = vector + 0.3 * np.random.default_rng(seed).normal(size=vector.shape)
    return state.replace(parameters=unflatten(moved))


def rows(steps: int = 4 * K, targets: int = 1, seed: int = 0) -> Observation:
    xs, ys = stream(steps, targets, seed)
    return Observation(xs, ys, None, None)


def cut(seen: Observation, first: int, stop: int) -> Observation:
    return Observation(*(None if leaf is None else leaf[first:stop] for leaf in seen))


def vector(tree: Any) -> np.ndarray:
    return np.array(ravel_pytree(tree)[0])


def gradients_of_blocks(
    learner: Learner, state: LearnerState, seen: Observation
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """By the learner, and by backpropagation through the whole of each block alone."""
    for first in range(0, len(seen.x), K):
        block = cut(seen, first, first + K)
        _, gradient = sequence_gradient(learner, state, block)
        before = vector(state.parameters)
        state, info = learner.run(state, block)
        assert info.learnt.tolist() == [False] * (K - 1) + [True]
        found = (before - vector(state.parameters)) / RATE
        np.testing.assert_allclose(info.gradient_norm[-1], np.linalg.norm(found), rtol=1e-9)
        yield found, vector(gradient)


# Dense, gated, a state that is a tree, an output that reads parameters, layers.
CELLS = (left("rnn"), left("gru"), left("lstm"), "skip", left("stack"), left("undeclared"))


@pytest.mark.parametrize("name", CELLS)
def test_bptt_moves_the_weights_by_the_gradient_of_the_block(name: str) -> None:
    learner = learner_of(name, rule=BPTT(), every=K, **PLAIN)
    for found, expected in gradients_of_blocks(learner, with_random_readout(learner), rows()):
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-11)


@pytest.mark.matrix
def test_one_sample_of_credit_is_another_gradient() -> None:
    """The control: what Immediate gives of the same block is not the gradient of it."""
    learner = learner_of("gru", rule=Immediate(), every=K, **PLAIN)
    pairs = gradients_of_blocks(learner, with_random_readout(learner), rows())
    assert all(np.linalg.norm(a - b) > 1e-2 * np.linalg.norm(b) for a, b in pairs)


def irregular(targets: int = 1) -> Observation:
    """Labels that are missing, in part or whole; sequences that begin within blocks and at one."""
    seen = rows(targets=targets)
    xs, ys = seen.x, seen.y
    ys[[1, 4, 7, 18, 19]] = np.nan
    ys[2, 1:] = np.nan
    xs[8, 1] = np.nan
    starts = np.isin(np.arange(len(xs)), [3, 4, 10, 17])
    return Observation(xs, ys, None, starts)


@pytest.mark.parametrize(
    ("targets", "options"),
    [
        left(1, {}, id="one target"),
        pytest.param(2, {}, id="two targets, labels in part"),
        left(1, {"loss": CrossEntropy(3)}, id="classes"),
        left(1, {"feedback": True}, id="fed back"),
        left(2, {"missing": "skip"}, id="a sample that is skipped"),
    ],
)
def test_with_gaps_and_starts_it_is_the_gradient_of_the_block(targets: int, options) -> None:
    learner = learner_of("gru", targets, rule=BPTT(), every=K, **{**PLAIN, **options})
    seen = irregular(targets)
    if "loss" in options:
        seen = seen._replace(y=np.where(np.isnan(seen.y), np.nan, np.digitize(seen.y, [-0.3, 0.3])))
    for found, expected in gradients_of_blocks(learner, with_random_readout(learner), seen):
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-11)


def test_a_weight_multiplies_the_loss_of_its_label_and_the_mean_is_over_labels() -> None:
    learner = learner_of("gru", rule=BPTT(), every=K, **PLAIN)
    seen = irregular()
    weights = np.random.default_rng(7).choice([0.0, 0.5, 1.0, 3.0], len(seen.x))
    weights[[0, 5]] = 2.0
    weights[6] = np.nan
    seen = seen._replace(weight=weights)
    state = with_random_readout(learner)
    for first in range(0, len(seen.x), K):
        block = cut(seen, first, first + K)
        counts = ~np.isnan(block.y[:, 0]) & (block.weight > 0)
        _, gradient = sequence_gradient(learner, state, block)
        before = vector(state.parameters)
        state, _ = learner.run(state, block)
        expected = vector(gradient) * block.weight[counts].sum() / counts.sum()
        found = (before - vector(state.parameters)) / RATE
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-11)


def gradient_of_late_block(
    learner: Learner, state: LearnerState, passed: list[Any], place: int
) -> np.ndarray:
    """Of the K samples that are due, from the states that they had, by plain autodiff."""
    delay = learner.parts.delay

    def loss(parameters: Any) -> jax.Array:
        cell, readout = learner.parts.model(parameters)
        total, count, moved = jnp.zeros(()), 0, None
        for t in range(max(place - delay, 0), place - delay + K):
            before, x, after, y = passed[t]
            now = cell(before if moved is None else moved, x)
            # At the numbers of its own time, with the slope of the weights of now.
            moved = jax.tree.map(
                lambda new, was: was + new - jax.lax.stop_gradient(new), now, after
            )
            total = total + learner.parts.loss(readout(cell.emit(moved, x), x), y, y == y)
            count += 1
        return total / count

    return vector(jax.grad(loss)(state.parameters))


def test_with_late_labels_the_block_is_of_the_samples_that_are_due() -> None:
    """Those whose labels come; before the first of them nothing is, and nothing goes back to it."""
    learner = learner_of("rnn", rule=BPTT(), every=K, delay=2, **PLAIN)
    still = learner.replace(rule=Frozen(), every=1, delay=0)
    seen = rows()
    labels = np.concatenate([np.full((2, 1), np.nan), seen.y[:-2]])
    state, passed = with_random_readout(learner), []
    for first in range(0, len(seen.x), K):
        own = onward.transfer(state, learner, still, jax.random.key(0))
        for t in range(first, first + K):
            before = own.recurrent
            before, x = jax.tree.map(jnp.copy, before), jnp.asarray(seen.x[t])
            own, _ = still.step(own, seen.x[t])
            passed.append((before, x, jax.tree.map(jnp.copy, own.recurrent), seen.y[t]))
        expected = gradient_of_late_block(learner, state, passed, first)
        before = vector(state.parameters)
        state, _ = learner.run(state, seen.x[first : first + K], labels[first : first + K])
        found = (before - vector(state.parameters)) / RATE
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize(
    ("delay", "rule"),
    [
        (1, RTRL()),
        left(0, Immediate()),
        *(left(1, rule) for rule in (EligibilityTrace(0.5), EProp(), Immediate())),
        *(left(0, rule) for rule in (RTRL(), EligibilityTrace(0.5), EProp())),
    ],
    ids=repr,
)
def test_a_block_is_the_mean_of_what_each_sample_gives_at_its_weights(rule, delay: int) -> None:
    options = {**PLAIN, "rule": rule, "delay": delay}
    learner = learner_of("rnn", every=K, **options)
    one, seen = learner_of("rnn", every=1, **options), irregular()
    first = with_random_readout(learner)
    # A learner of rate zero stands still and tells each sample's gradient by what sgd would do.
    alone = onward.transfer(first, learner, one, jax.random.key(0))
    total, count = np.zeros_like(vector(first.parameters)), 0
    for t in range(K):
        moving, info = one.step(
            jax.tree.map(jnp.copy, alone),
            cut(seen, t, t + 1)._replace(x=seen.x[t], y=seen.y[t], start=seen.start[t]),
        )
        if info.learnt:
            total += (vector(alone.parameters) - vector(moving.parameters)) / RATE
            count += 1
        alone = moving.replace(
            parameters=jax.tree.map(jnp.copy, alone.parameters),
            optimizer=jax.tree.map(jnp.copy, alone.optimizer),
        )
    before = vector(first.parameters)
    after, _ = learner.run(first, cut(seen, 0, K))
    found = (before - vector(after.parameters)) / RATE
    assert 1 < count < K
    np.testing.assert_allclose(found, total / count, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("every", [1, left(3)])
def test_bptt_of_one_sample_is_immediate_to_the_bit(every: int) -> None:
    """With `every=1`; and in longer blocks it is not, of which the first has no longer credit."""
    found, expected = (
        learner_of("lstm", rule=rule, every=every, optimizer="adam")
        for rule in (BPTT(), Immediate())
    )
    seen, states = rows(), []
    for learner in (found, expected):
        states.append(learner.run(with_random_readout(learner), seen)[0].parameters)
    if every == 1:
        assert_same(*states)
    else:
        assert np.abs(vector(states[0]) - vector(states[1])).max() > 1e-6


SETTINGS: dict[str, dict[str, Any]] = {
    "bptt": {"rule": BPTT()},
    "bptt late, fed back": {"rule": BPTT(), "delay": 2, "feedback": True, "name": "lstm"},
    "rtrl": {"rule": RTRL()},
}


@pytest.mark.shapes
@pytest.mark.parametrize("name", [left("bptt"), "bptt late, fed back", left("rtrl")])
def test_pieces_of_any_length_are_steps_to_the_bit(name: str) -> None:
    learner = learner_of(every=K, optimizer="adam", **SETTINGS[name])
    seen = irregular()
    whole, info = learner.run(with_random_readout(learner), seen)
    pieces, at = with_random_readout(learner), 0
    told = []
    for length in (3, 1, 7, 5, 4):
        pieces, more = learner.run(pieces, cut(seen, at, at + length))
        at += length
        told.append(more)
    stepped, each = with_random_readout(learner), []
    for t in range(len(seen.x)):
        one = Observation(seen.x[t], seen.y[t], None, seen.start[t])
        stepped, more = learner.step(stepped, one)
        each.append(more)
    assert_same(pieces, whole)
    assert_same(stepped, whole)
    for field, of_run in info._asdict().items():
        joined = np.concatenate([getattr(more, field) for more in told])
        np.testing.assert_array_equal(joined, of_run, err_msg=field)
        stacked = np.stack([getattr(more, field) for more in each])
        np.testing.assert_array_equal(stacked, of_run, err_msg=field)


def test_nothing_is_compiled_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    traced = []
    blocks = execution.blocks
    close = blocks.close

    def counted(*given: Any) -> Any:
        traced.append(1)
        return close(*given)

    monkeypatch.setattr(blocks, "close", counted)
    learner = learner_of("rnn", rule=BPTT(), every=4, seed=11, **PLAIN)
    state, seen = start(learner), rows()
    state, _ = learner.step(state, seen.x[0], seen.y[0])
    state, _ = learner.run(state, cut(seen, 1, 3))
    count = len(traced)
    for t in range(3, 12):
        state, _ = learner.step(state, seen.x[t], seen.y[t])
    for length in (5, 1, 2):
        state, _ = learner.run(state, cut(seen, 0, length))
    assert len(traced) == count


@pytest.mark.parametrize("rule", [BPTT(), left(RTRL())], ids=repr)
def test_predictions_within_a_block_are_by_the_weights_of_its_start(rule) -> None:
    learner = learner_of("rnn", rule=rule, every=K, **PLAIN)
    still, seen = learner.replace(rule=Frozen(), every=1), rows()
    state = with_random_readout(learner)
    for first in (0, K):
        frozen = onward.transfer(state, learner, still, jax.random.key(0))
        parameters = copied(state.parameters)
        _, expected = still.run(frozen, cut(seen, first, first + K))
        state, info = learner.run(state, cut(seen, first, first + K - 1))
        assert_same(state.parameters, parameters)
        state, last = learner.run(state, cut(seen, first + K - 1, first + K))
        found = np.concatenate([info.prediction, last.prediction])
        np.testing.assert_allclose(found, expected.prediction, rtol=1e-12)
        assert np.abs(vector(state.parameters) - vector(parameters)).max() > 1e-4
