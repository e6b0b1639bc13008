"""One loop: stepping, running and running in chunks are the same thing."""

import copy
from pickle import dumps, loads

import jax
import numpy as np
import pytest

from onward import RTRL, TBPTT, CrossEntropy, EligibilityTrace, Immediate, SparseRTRL

from .examples import (
    all_finite,
    assert_close,
    assert_same,
    copied,
    differs,
    learner_of,
    start,
    stream,
)

pytestmark = pytest.mark.shapes
CONFIGS = {
    "rnn immediate": {},
    "rnn sparse": {"rule": SparseRTRL(2, resample=True), "optimizer": "adam"},
    "gru trace, late": {"name": "gru", "rule": EligibilityTrace(0.5), "delay": 2},
    "lstm rtrl, fed back": {"name": "lstm", "rule": RTRL(), "feedback": True, "optimizer": "sgd"},
    "lru rtrl, classes": {"name": "lru", "rule": RTRL(), "loss": CrossEntropy(3), "delay": 1},
    "skip tbptt": {"name": "skip", "rule": TBPTT(3), "optimizer": "momentum"},
}


# What of them `make test` takes, and in which precision it is cut into chunks there.
KEPT = ("lstm rtrl, fed back",)
CUT = {
    ("rnn sparse", "float32"),
    ("gru trace, late", "float32"),
}


def grouped(name: str, *more):
    marks = [pytest.mark.xdist_group(name)]
    if not ((name, *more) in CUT if more else name in KEPT):
        marks.append(pytest.mark.matrix)
    return pytest.param(CONFIGS[name], *more, marks=marks, id=" ".join([name, *map(str, more)]))


BY_CONFIG = pytest.mark.parametrize("options", [grouped(name) for name in CONFIGS])
DOUBLE = ("rnn immediate", "lru rtrl, classes")
PRECISIONS = [grouped(name, "float32") for name in CONFIGS] + [
    grouped(name, "float64") for name in DOUBLE
]


def gappy(steps: int, options: dict) -> tuple[np.ndarray, np.ndarray]:
    """A stream with what may befall one: missing labels, bad features, a wild label."""
    xs, ys = stream(steps)
    if "loss" in options:
        ys = np.digitize(ys, [-0.3, 0.3]).astype(float)
    xs[3, 0], xs[11, 1] = np.nan, np.inf
    ys[5], ys[9], ys[15] = np.nan, np.inf, np.nan
    return xs, ys


@BY_CONFIG
def test_running_is_stepping(options) -> None:
    learner = learner_of(**options)
    xs, ys = gappy(22, options)
    state, stepped = start(learner), []
    for x, y in zip(xs, ys, strict=True):
        state, info = learner.step(state, x, y)
        stepped.append(copied(info))
    ran, infos = learner.run(start(learner), xs, ys)
    assert_close(infos, jax.tree.map(lambda *leaves: np.stack(leaves), *stepped))
    assert_close(ran, state)


@pytest.mark.parametrize(("options", "dtype"), PRECISIONS)
def test_chunks_of_any_size_give_the_same_bits(options, dtype) -> None:
    learner = learner_of(dtype=np.dtype(dtype), **options)
    xs, ys = gappy(22, options)
    whole_state, whole = learner.run(start(learner), xs, ys)
    assert whole.prediction.dtype == dtype
    for size in (1, 7):
        state, parts = start(learner), []
        for first in range(0, len(xs), size):
            chunk = slice(first, first + size)
            state, info = learner.run(state, xs[chunk], ys[chunk])
            parts.append(copied(info))
        joined = jax.tree.map(lambda *leaves: np.concatenate(leaves), *parts)
        assert_same(joined, whole)
        assert_same(state, whole_state)


@BY_CONFIG
def test_a_stream_with_gaps_leaves_everything_finite_and_counted(options) -> None:
    learner, delay = learner_of(**options), options.get("delay", 0)
    xs, ys = gappy(22, options)
    state, info = learner.run(start(learner), xs, ys)
    assert all_finite(state)
    whole, known = np.isfinite(xs).all(axis=1), np.isfinite(ys[:, 0])
    learnt = known & (np.arange(22) >= delay)
    # The first label sets a running scale: nothing was predicted in its units.
    learnt[0] &= "loss" in options
    np.testing.assert_array_equal(info.learnt, learnt)
    np.testing.assert_array_equal(info.skipped, np.isinf(ys[:, 0]))
    np.testing.assert_array_equal(np.isfinite(info.loss), learnt)
    np.testing.assert_array_equal(np.isfinite(info.gradient_norm), learnt)
    assert (~whole).sum() == 2
    counts = [22, info.skipped.sum(), np.isnan(ys).sum(), learnt.sum(), 2]
    np.testing.assert_array_equal(state.counters.values, counts)
    # In a running scale there is nothing to predict before the first label.
    first = 0 if "loss" in options else np.argmax(known) + 1
    np.testing.assert_array_equal(np.isnan(info.prediction[:, 0]), np.arange(22) < first)


def test_the_same_key_gives_the_same_run_and_another_key_another() -> None:
    learner = learner_of(rule=SparseRTRL(1))
    xs, ys = stream(22)
    first, again, other = (learner.run(start(learner, seed), xs, ys)[0] for seed in (0, 0, 1))
    assert_same(first, again)
    assert differs(first.parameters, other.parameters)


def test_a_legacy_key_is_as_good() -> None:
    learner = learner_of(rule=SparseRTRL(1))
    xs, ys = stream(22)
    with_typed, _ = learner.run(learner.init(jax.random.key(3)), xs, ys)
    with_legacy, _ = learner.run(learner.init(jax.random.PRNGKey(3)), xs, ys)
    assert_same(with_typed.parameters, with_legacy.parameters)


def test_a_state_and_a_learner_can_be_copied_and_pickled() -> None:
    learner = learner_of(rule=RTRL())
    (xs, ys), state = stream(9), start(learner)
    twins = [(learner, copy.copy(state))] + [
        each((learner, state)) for each in (copy.deepcopy, lambda pair: loads(dumps(pair)))
    ]
    assert twins[0][1].tree_flatten()[0][0] is state.tree_flatten()[0][0]
    expected = learner.run(copied(state), xs, ys)
    for twin, kept in twins[1:]:
        assert_same(twin.run(kept, xs, ys), expected)
    assert_same(state, start(learner))


def test_the_learner_keeps_its_own_weights() -> None:
    learner = learner_of()
    before = copied(learner.cell.parameters())
    state, _ = learner.run(start(learner), *stream(22))
    assert_same(learner.cell.parameters(), before)
    assert differs(state.parameters["cell"], before)
    assert_same(start(learner).parameters["cell"], before)


def test_immediate_is_the_default_rule() -> None:
    assert learner_of().parts.rule == Immediate()
