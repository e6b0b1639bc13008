"""Labels that come late, in part or not at all, and what may depend on them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from matrix import left
from onward import RTRL, CrossEntropy, Immediate, Poisson, SparseRTRL, Unscaled
from onward.learning.state import Counters

from .examples import assert_close, assert_same, copied, differs, learner_of, start, stream
from .reference import SlowLearner

PLAIN = {"scale": Unscaled(), "optimizer": "sgd", "learning_rate": 0.1}
RULES = {"immediate": Immediate(), "rtrl": RTRL()}


def late(ys: np.ndarray, delay: int) -> np.ndarray:
    """The labels in order of arrival: nothing during the first `delay` steps."""
    nothing = np.full((delay, ys.shape[1]), np.nan)
    return np.concatenate([nothing, ys[: len(ys) - delay]])


@pytest.mark.parametrize(
    ("delay", "rule"),
    [(3, "rtrl"), (0, "immediate"), left(0, "rtrl"), left(3, "immediate")],
)
def test_the_updates_are_those_of_a_slow_reference(delay, rule) -> None:
    """With two targets of which one, the other or both are missing at times."""
    xs, ys = stream(40, targets=2)
    ys[5], ys[9, 0], ys[14, 1], ys[20:24] = np.nan, np.nan, np.nan, np.nan
    arriving = late(ys, delay)
    learner = learner_of(targets=2, rule=RULES[rule], delay=delay, **PLAIN)
    slow = SlowLearner(learner, 0.1, rule, delay)
    expected = np.stack([slow.step(x, y) for x, y in zip(xs, arriving, strict=True)])
    state, info = learner.run(start(learner), xs, arriving)
    np.testing.assert_allclose(info.prediction, expected, rtol=1e-9, atol=1e-12)
    found = jax.tree.leaves([state.parameters["cell"], state.parameters["readout"]])
    assert len(found) == len(slow.weights)
    for one, other in zip(found, slow.weights, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)
    assert np.abs(np.asarray(found[0]) - learner.cell.recurrent).max() > 1e-3


@pytest.mark.matrix
def test_the_reference_tells_the_rules_apart() -> None:
    xs, ys = stream(40, targets=2)
    learner = learner_of(targets=2, **PLAIN)
    first, second = (SlowLearner(learner, 0.1, rule, 0) for rule in RULES)
    for x, y in zip(xs, ys, strict=True):
        first.step(x, y), second.step(x, y)
    assert np.abs(first.recurrent - second.recurrent).max() > 1e-3


@pytest.mark.parametrize("delay", [left(0), 3])
def test_a_prediction_precedes_its_label_and_those_that_have_not_arrived(delay) -> None:
    learner = learner_of(delay=delay)
    xs, ys = stream(30)
    _, plain = learner.run(start(learner), xs, ys)
    for t in (4, 5, 17, 29):
        other = ys.copy()
        other[t] += 100
        _, info = learner.run(start(learner), xs, other)
        assert_same(info.prediction[: t + 1], plain.prediction[: t + 1])
        if t + 1 < len(ys):
            assert differs(info.prediction[t + 1], plain.prediction[t + 1])


@pytest.mark.parametrize(
    "rule", [left(Immediate()), left(RTRL()), SparseRTRL(2, resample=True)], ids=str
)
def test_a_missing_label_advances_time_without_learning(rule) -> None:
    learner = learner_of(rule=rule, optimizer="adam")
    xs, ys = stream(12)
    state, _ = learner.run(start(learner), xs[:-1], ys[:-1])
    before = copied(state)
    state, info = learner.run(state, xs[-1:], [[np.nan]])
    fields = ("parameters", "optimizer", "target_scale", "label")
    for name in fields:
        assert_same(getattr(state, name), getattr(before, name))
    moving = ("recurrent", "input_scale", *(["carry"] if rule.propagates else []))
    for name in moving:
        assert differs(getattr(state, name), getattr(before, name))
    assert not info.learnt
    assert not info.skipped
    assert np.isnan(info.loss)
    changed = copied(state.counters.values) - before.counters.values
    np.testing.assert_array_equal(changed, [1, 0, 1, 0, 0])


def test_a_target_that_is_missing_leaves_its_outputs_alone() -> None:
    learner = learner_of(targets=2, optimizer="sgd")
    xs, ys = stream(20, targets=2)
    ys[:, 1] = np.nan
    state, _ = learner.run(start(learner), xs, ys)
    readout = copied(state.parameters["readout"])
    assert not readout.weight[1].any()
    assert not readout.direct[1].any()
    assert readout.weight[0].any()
    alone = learner_of(targets=1, optimizer="sgd")
    single, _ = alone.run(start(alone), xs, ys[:, :1])
    assert_close(state.parameters["cell"], single.parameters["cell"])


def test_late_labels_alone_are_waited_for() -> None:
    """Before `delay` samples are in, no label belongs to one: nothing is learnt from it."""
    learner = learner_of(delay=3)
    xs, ys = stream(6)
    _, info = learner.run(start(learner), xs, ys)
    np.testing.assert_array_equal(info.learnt, np.arange(6) >= 3)


def test_after_more_samples_than_can_be_counted_it_learns_on() -> None:
    learner = learner_of(delay=3)
    xs, ys = stream(12)
    most = 2**32 - 1
    near = Counters(jnp.asarray([most - 5, 0, 0, most - 7, 0], jnp.uint32))
    state, info = learner.run(start(learner).replace(counters=near), xs, ys)
    _, expected = learner.run(start(learner), xs, ys)
    assert_same(info, expected)
    np.testing.assert_array_equal(state.counters.values, [most, 0, 0, most, 0])


def test_a_count_below_zero_counts_as_a_bad_label() -> None:
    learner = learner_of(loss=Poisson())
    xs, _ = stream(6)
    state, info = learner.run(start(learner), xs, np.where(np.arange(6)[:, None] < 4, 2.5, -1))
    np.testing.assert_array_equal(info.learnt, np.arange(6) < 4)
    np.testing.assert_array_equal(state.counters.values, [6, 2, 0, 4, 0])


def test_a_class_that_is_out_of_range_counts_as_a_bad_label() -> None:
    learner = learner_of(loss=CrossEntropy(3), optimizer="momentum")
    xs, _ = stream(6)
    state, _ = learner.run(start(learner), xs[:5], np.array([[0.0], [2], [1], [1], [0]]))
    for wrong in (3.0, -1.0, 1e12, 1.5, 0.4):
        before = copied(state)
        state, info = learner.run(state, xs[5:], [[wrong]])
        assert not info.learnt
        assert info.skipped
        assert np.isnan(info.loss)
        for name in ("parameters", "optimizer", "label"):
            assert_same(getattr(state, name), getattr(before, name))


def test_classes_are_predicted_as_probabilities() -> None:
    learner = learner_of(loss=CrossEntropy(3), learning_rate=0.05)
    xs, ys = stream(400)
    classes = np.digitize(ys, [-0.4, 0.4]).astype(float)
    _, info = learner.run(start(learner), xs, classes)
    np.testing.assert_allclose(info.prediction.sum(axis=1), 1, rtol=1e-12)
    hits = np.asarray(info.prediction).argmax(axis=1) == classes[:, 0]
    assert hits[200:].mean() > 0.6
    np.testing.assert_allclose(info.prediction[0], 1 / 3)
