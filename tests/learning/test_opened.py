"""A learner whose optimizer, readout and scales are handed in."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pandas as pd
import pytest

from matrix import left
from onward import (
    RTRL,
    CrossEntropy,
    ExponentialMoments,
    FixedMoments,
    Frozen,
    Immediate,
    Linear,
    Optimizer,
    ReadoutOnly,
    RecursiveLeastSquares,
    Unscaled,
)

from .examples import assert_close, assert_same, copied, differs, learner_of, start, stream

STEPS = 30


def after(**options):
    """A learner after a stream, and what it told."""
    learner = learner_of(**options)
    return learner.run(start(learner), *stream(STEPS))


def test_a_transformation_of_ones_own_learns_as_the_name_does() -> None:
    named, _ = after(optimizer="sgd", learning_rate=0.01)
    own, _ = after(optimizer=optax.sgd(0.01), learning_rate=None)
    assert_close(own.parameters, named.parameters)
    assert own.learning_rates == {}


def test_each_part_is_moved_by_its_own() -> None:
    parts = {"cell": "sgd", "readout": optax.adam(1e-2)}
    both, _ = after(optimizer=parts, learning_rate={"cell": 0.0})
    before = copied(start(learner_of()).parameters)
    assert_same(both.parameters["cell"], before["cell"])
    whole, _ = after(optimizer="adam", learning_rate={"cell": 0.0, "readout": 1e-2})
    assert_close(both.parameters["readout"], whole.parameters["readout"])


def test_a_schedule_counts_updates_and_not_samples() -> None:
    xs, ys = stream(STEPS)
    ys[::2] = np.nan
    schedule = optax.piecewise_constant_schedule(0.05, {10: 0.0})
    learner = learner_of(optimizer="sgd", learning_rate=schedule, scale=Unscaled())
    state, info = learner.run(start(learner), xs, ys)
    assert int(state.counters.learnt) == 15
    tenth = int(np.flatnonzero(info.learnt)[9])
    until, _ = learner.run(start(learner), xs[: tenth + 1], ys[: tenth + 1])
    before, _ = learner.run(start(learner), xs[:tenth], ys[:tenth])
    assert_same(state.parameters, until.parameters)
    assert differs(before.parameters, until.parameters)


@pytest.mark.parametrize("guard", [True, left(False)])
def test_a_clip_bounds_the_step_of_all_parts_together(guard: bool) -> None:
    optimizer = Optimizer("sgd", 1.0, clip=0.01)
    options = {"learning_rate": None, "scale": Unscaled(), "guard": guard, "rule": RTRL()}
    learner = learner_of(optimizer=optimizer, **options)
    state = start(learner)
    for x, y in zip(*stream(STEPS), strict=True):
        before = copied(state.parameters)
        state, info = learner.step(state, x, 5 + y)
        moves = jax.tree.map(lambda new, old: np.sum((new - old) ** 2), state.parameters, before)
        length = np.sqrt(sum(jax.tree.leaves(moves)))
        np.testing.assert_allclose(length, min(0.01, info.gradient_norm), rtol=1e-6)


def test_weight_decay_shrinks_weights_that_have_no_gradient() -> None:
    optimizer = Optimizer("sgd", 0.1, weight_decay=0.01)
    learner = learner_of(optimizer=optimizer, learning_rate=None, scale=Unscaled())
    xs, _ = stream(STEPS)
    state, _ = learner.run(start(learner), 0 * xs, np.zeros((STEPS, 1)))
    found, before = state.parameters["cell"].input, learner.cell.input
    np.testing.assert_allclose(found, before * (1 - 0.1 * 0.01) ** STEPS, rtol=1e-10)


def states_of(learner, xs) -> np.ndarray:
    """The states of a cell whose weights stand still."""

    def one(state, x):
        state = learner.cell(state, x)
        return state, state

    return np.asarray(jax.lax.scan(one, learner.cell.init_state(), jnp.asarray(xs))[1])


def test_a_least_squares_readout_is_the_regularised_regression_on_what_it_has_read() -> None:
    make = partial(RecursiveLeastSquares, forgetting=1.0, regularisation=0.5)
    options = {"readout": make, "scale": Unscaled(), "rule": ReadoutOnly(), "targets": 2}
    learner = learner_of(**options)
    xs, ys = stream(STEPS, 2)
    state, info = learner.run(start(learner), xs, ys)
    features = np.concatenate([states_of(learner, xs), xs, np.ones((STEPS, 1))], axis=1)
    whole = np.linalg.solve(
        features.T @ features + 0.5 * np.eye(features.shape[1]), features.T @ ys
    )
    readout = copied(state.parameters["readout"]).map
    found = np.concatenate([readout.weight, readout.direct, readout.bias[:, None]], axis=1)
    np.testing.assert_allclose(found, whole.T, rtol=1e-7, atol=1e-9)
    assert int(state.counters.learnt) == STEPS and info.learnt.all()


@pytest.mark.parametrize("rule", [Immediate(), left(RTRL())], ids=str)
def test_beside_it_the_cell_learns_by_its_rule_from_the_same_error(rule) -> None:
    """One step of plain descent by the gradient through the readout as it stood."""
    make = partial(RecursiveLeastSquares, regularisation=0.5)
    options = {"readout": make, "scale": Unscaled(), "rule": rule, "optimizer": "sgd"}
    learner = learner_of(learning_rate=0.01, **options)
    xs, ys = stream(STEPS)
    state, _ = learner.run(start(learner), xs, ys)
    assert "readout" in state.optimizer and "" in state.learning_rates
    linear = copied(state.parameters["readout"]).map
    same = learner_of(
        learning_rate={"cell": 0.01, "readout": 0.0},
        **{**options, "readout": Linear(5, 1, direct=2, dtype=np.float64)},
    )
    twin = start(same)
    shared = {"cell": state.parameters["cell"], "readout": jax.tree.map(jnp.asarray, linear)}
    kept = {name: getattr(state, name) for name in ("recurrent", "carry", "key", "counters")}
    twin = twin.replace(parameters=jax.tree.map(jnp.copy, shared), **jax.tree.map(jnp.copy, kept))
    x, y = np.array([0.3, -0.7]), np.array([1.5])
    moved, info = learner.step(state, x, y)
    expected, other = same.step(twin, x, y)
    assert_close(moved.parameters["cell"], expected.parameters["cell"])
    np.testing.assert_allclose(info.prediction, other.prediction, rtol=1e-12)
    np.testing.assert_allclose(info.loss, other.loss, rtol=1e-12)
    assert differs(moved.parameters["readout"], jax.tree.map(jnp.asarray, linear))


@pytest.mark.parametrize(
    "options",
    [
        left({}),
        {"delay": 3},
        left({"feedback": True}),
        left({"loss": CrossEntropy(3)}),
        left({"rule": Frozen()}),
    ],
    ids=str,
)
def test_a_second_order_readout_is_the_same_in_chunks_and_one_by_one(options) -> None:
    learner = learner_of("gru", readout=RecursiveLeastSquares, **options)
    xs, ys = stream(STEPS)
    if "loss" in options:
        ys = np.digitize(ys, [-0.3, 0.3]).astype(float)
    ys[4] = np.nan
    whole, infos = learner.run(start(learner), xs, ys)
    state = start(learner)
    for first in range(0, STEPS, 7):
        rows = slice(first, first + 7)
        state, _ = learner.run(state, xs[rows], ys[rows])
    assert_same(state, whole)
    state = start(learner)
    for row in range(STEPS):
        state, info = learner.step(state, xs[row], ys[row])
        np.testing.assert_allclose(info.prediction, infos.prediction[row], rtol=1e-9)
    frozen = isinstance(options.get("rule"), Frozen)
    assert differs(whole.parameters["readout"], start(learner).parameters["readout"]) != frozen


def test_scales_are_those_asked_for() -> None:
    inputs = FixedMoments([1.0, -1.0], [2.0, 4.0])
    targets = ExponentialMoments(50.0)
    learner = learner_of(scale={"inputs": inputs, "targets": targets})
    assert (learner.parts.input_scale, learner.parts.target_scale) == (inputs, targets)
    xs, ys = stream(STEPS)
    state, info = learner.run(start(learner), xs, ys)
    plain = learner_of(scale={"inputs": Unscaled(), "targets": targets})
    _, other = plain.run(start(plain), (xs - [1, -1]) / [2, 4], ys)
    np.testing.assert_allclose(info.prediction, other.prediction, rtol=1e-9)
    assert float(state.target_scale.count[0]) == STEPS


def test_one_target_or_one_feature_need_no_axis_of_their_own() -> None:
    learner = learner_of()
    xs, ys = stream(STEPS)
    expected = learner.run(start(learner), xs, ys)
    for given in (ys[:, 0], ys[:, 0].tolist(), pd.Series(ys[:, 0])):
        assert_same(learner.run(start(learner), pd.DataFrame(xs), given), expected)
    first = learner.step(start(learner), xs[0], ys[0])
    assert_same(learner.step(start(learner), pd.Series(xs[0]), float(ys[0, 0])), first)
    for wrong, kind in (({"a": 1.0}, "a dict"), ("high", "a str")):
        with pytest.raises(ValueError, match=rf"real numbers; got {kind}\."):
            learner.step(start(learner), xs[0], wrong)


def test_a_step_without_a_label_is_one_whose_label_is_missing() -> None:
    learner = learner_of()
    xs, ys = stream(STEPS)
    state, _ = learner.run(start(learner), xs, ys)
    twin = jax.tree.map(jnp.copy, state)
    assert_same(learner.step(state, xs[0]), learner.step(twin, xs[0], [np.nan]))


def test_the_first_label_of_a_running_scale_is_not_learnt_from() -> None:
    learner = learner_of(targets=2, feedback=True)
    xs, ys = stream(6, 2)
    ys[:3, 1] = np.nan
    state, info = learner.run(start(learner), xs, ys)
    np.testing.assert_array_equal(info.learnt, [False, True, True, True, True, True])
    np.testing.assert_array_equal(np.isnan(info.prediction[:, 1]), [True] * 4 + [False] * 2)
    assert int(state.counters.learnt) == 5
