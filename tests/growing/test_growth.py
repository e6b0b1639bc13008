"""A learner that has grown goes on as it was, and learns from what is new."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import onward
from catalogue import CELLS, RULES, make_cell
from onward.growing.growth import columns
from onward.growing.input_axes import input_axes

KEY = jax.random.key(7)
STEPS, NEW = 8, 2
# Cells that emit as many numbers as they read.
FIXED = {"residual", "residual stack"}
# The rules below are on a GRU.
SOME = ("stack",)


def drawn(features: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(3)
    xs = random.normal(size=(2 * STEPS, features))
    ys = np.sin(xs.sum(1, keepdims=True).cumsum(0))
    xs[5, 0] = np.nan
    return xs, ys


def both(learner: Any, width: int, **sizes: int) -> tuple[Any, Any, Any, Any]:
    """What a learner predicts, and what it predicts once it has grown; and both states."""
    xs, ys = drawn(learner.features)
    ys = ys if learner.targets == 1 else np.repeat(ys, learner.targets, 1)
    state, _ = learner.run(learner.init(KEY), xs[:STEPS], ys[:STEPS])
    bigger, larger = onward.grow(learner, jax.tree.map(jnp.copy, state), **sizes, key=KEY)
    wide = np.pad(xs, ((0, 0), (0, width)), constant_values=np.nan)
    _, found = learner.run(state, xs[STEPS:], ys[STEPS:])
    larger, grown = bigger.run(larger, wide[STEPS:], ys[STEPS:])
    assert found.learnt.all() and grown.learnt.all()
    return found.prediction, grown.prediction, bigger, larger


def same(learner: Any) -> None:
    """The law, and that learning goes on with the new features."""
    found, grown, bigger, larger = both(learner, NEW, features=learner.features + NEW)
    assert np.isfinite(found).all() and np.ptp(found) > 0
    np.testing.assert_allclose(grown, found, rtol=1e-9, atol=1e-11)
    xs, ys = drawn(bigger.features)
    _, info = bigger.run(larger, xs[:STEPS], ys[:STEPS])
    assert np.abs(info.prediction).max() < 1e3 and info.learnt.all()


def learner(cell: str = "gru", rule: str = "immediate", **settings: Any) -> onward.Learner:
    made = make_cell(cell)
    return onward.Learner(made, rule=RULES[rule].make(made), feedback=True, **settings)


@pytest.mark.parametrize(
    "cell",
    [
        cell if cell in SOME else pytest.param(cell, marks=pytest.mark.matrix)
        for cell in CELLS
        if cell not in FIXED
    ],
)
def test_features_that_stay_missing_change_nothing(cell: str) -> None:
    same(learner(cell))


@pytest.mark.parametrize(
    "rule",
    [
        "rtrl",
        *(
            pytest.param(rule, marks=pytest.mark.matrix)
            for rule in (
                "sparse shared largest resampled",
                "tbptt 3",
                "eprop",
                "sparse row random",
                "trace .5",
                "kernl",
                "dni",
                "shadowed rtrl",
                "snap 2",
            )
        ),
    ],
)
def test_whatever_the_rule_carries(rule: str) -> None:
    same(learner(rule=rule, delay=2))


@pytest.mark.matrix
@pytest.mark.parametrize("cell", ["lru", "stack"])
def test_an_exact_influence_of_any_structure(cell: str) -> None:
    same(learner(cell, "rtrl"))


@pytest.mark.parametrize(
    "optimizer",
    ["adam", *(pytest.param(o, marks=pytest.mark.matrix) for o in ("sgd", "momentum", "adagrad"))],
)
def test_whatever_the_optimizer_remembers(optimizer: str) -> None:
    same(learner(optimizer=optimizer))


def test_a_readout_that_learns_itself_and_features_that_stand_at_their_last_value() -> None:
    # With forgetting the priors of more weights are renewed in turn, each less often.
    readout = partial(onward.RecursiveLeastSquares, forgetting=1.0)
    same(learner("rnn", readout=readout, missing="last"))


def test_a_mask_says_that_the_new_features_are_missing_and_is_not_heard_at_first() -> None:
    made = make_cell("gru", inputs=5)
    masked = onward.Learner(made, mask=True, feedback=True)
    found, grown, bigger, _ = both(masked, NEW, features=masked.features + NEW)
    np.testing.assert_allclose(grown[0], found[0], rtol=1e-9)
    assert not np.allclose(grown[-1], found[-1], rtol=1e-9)
    assert columns(bigger)[-6:] == [("feature", 3), *(("mask", i) for i in range(4)), ("label", 0)]


def test_every_number_is_kept_to_the_bit_and_new_moments_are_as_in_a_fresh_state() -> None:
    small = learner("gru", "rtrl", optimizer="adam")
    xs, ys = drawn(small.features)
    state, _ = small.run(small.init(KEY), xs[:STEPS], ys[:STEPS])
    before = jax.tree.map(np.asarray, state.fields)
    bigger, state = onward.grow(small, state, features=small.features + NEW, key=KEY)
    kept = [0, 1, 4]
    assert small.cell.input_size == 3 and bigger.cell.input_size == 5
    parameters = state.parameters["cell"]
    assert np.array_equal(parameters.input[..., kept], before.parameters["cell"].input)
    assert np.array_equal(parameters.recurrent, before.parameters["cell"].recurrent)
    assert np.ptp(parameters.input[..., 2:4]) > 0
    assert np.abs(parameters.input[..., 2:4]).max() <= np.abs(small.cell.input).max()
    for leaf, old in zip(
        jax.tree.leaves(state.optimizer["cell"]),
        jax.tree.leaves(before.optimizer["cell"]),
        strict=True,
    ):
        if leaf.shape != old.shape:
            assert np.array_equal(leaf[..., kept], old) and not np.any(leaf[..., 2:4])
    scale = state.input_scale.moments.values
    assert np.array_equal(scale[:, kept], before.input_scale.moments.values)
    assert not np.any(scale[:, 2:4])
    assert np.array_equal(state.counters.values, before.counters.values)


def grown_with_samples(cell: str, changes: dict[str, int]) -> tuple[Any, ...]:
    """A learner that compares samples and what it predicts next; the same once it has grown."""
    classes = "classes" in changes
    readout = onward.KernelClassifier if classes else onward.KernelRegressor
    settings = {"loss": onward.CrossEntropy(3)} if classes else {}
    size = onward.input_size(2, 3 if classes else 1)
    made = make_cell("gru", inputs=size) if cell == "gru" else onward.Memoryless(size)
    rule = onward.Immediate() if cell == "gru" else onward.ReadoutOnly()
    small = onward.Learner(
        made, readout=partial(readout, window=7), rule=rule, feedback=True, **settings
    )
    xs, ys = drawn(2)
    ys = np.digitize(ys, [-0.3, 0.3]).astype(float) if classes else ys
    state, _ = small.run(small.init(KEY), xs, ys)
    before = jax.tree.map(np.asarray, state.fields)
    told = small.predict(state, xs[0])
    return small, before, told, *onward.grow(small, state, **changes, key=KEY)


@pytest.mark.parametrize(
    ("cell", "changes"),
    [
        ("gru", {"features": 4}),
        ("memoryless", {"classes": 4}),
        ("memoryless", {"targets": 2}),
        pytest.param("memoryless", {"features": 3}, marks=pytest.mark.matrix),
        pytest.param("gru", {"classes": 5}, marks=pytest.mark.matrix),
        pytest.param("gru", {"targets": 3}, marks=pytest.mark.matrix),
    ],
)
def test_samples_that_are_compared_are_kept_to_the_bit(cell: str, changes: dict[str, int]) -> None:
    small, before, told, bigger, state = grown_with_samples(cell, changes)
    assert bigger.readout.window.samples == 7
    now = jax.tree.map(np.asarray, state.fields)
    old, new = before.parameters["readout"], now.parameters["readout"]
    tags = columns(bigger)
    emitted = old.window.scales.size - small.cell.input_size
    kept = [*range(emitted), *(emitted + tags.index(tag) for tag in columns(small))]
    more = sorted(set(range(emitted + len(tags))) - set(kept))
    assert new.window.scales.size == emitted + len(tags)
    for part in ("ages", "weights", "recency"):
        assert np.array_equal(getattr(new.window, part), getattr(old.window, part))
    for part in ("scales", "inputs"):
        assert np.array_equal(getattr(new.window, part)[kept], getattr(old.window, part))
    assert not np.any(new.window.inputs[more, :])
    assert np.array_equal(new.window.scales[more], np.asarray(bigger.readout.window.scales)[more])
    labels, expected = (
        (new.labels, old.labels) if "classes" in changes else (new.missed[0], old.missed[0])
    )
    assert np.array_equal(labels[: len(expected)], expected) and not np.any(labels[len(expected) :])
    memory = now.optimizer["readout"], before.optimizer["readout"]
    likeness = [each if "classes" in changes else each[1] for each in memory]
    assert likeness[0].count == likeness[1].count > 7
    assert np.array_equal(likeness[0].squares[0][kept], likeness[1].squares[0])
    xs, ys = drawn(bigger.features)
    wide = np.where(np.arange(bigger.features) < 2, xs[0], np.nan)
    after = bigger.predict(state, wide)[: len(told)]
    # What is unsure is shared by more classes, and each has as much less of it.
    apart = np.diff if "classes" in changes else np.asarray
    np.testing.assert_allclose(apart(after), apart(told), rtol=1e-9)
    ys = np.full((len(xs), 1), 3.0) if "classes" in changes else np.ones((len(xs), bigger.targets))
    state, info = bigger.run(state, xs, ys)
    assert info.learnt[1:].all() and np.isfinite(bigger.predict(state, xs[0])).all()
    if "classes" in changes:
        assert bigger.predict(state, xs[0])[3] > 0.8


def test_a_readout_of_samples_that_was_handed_over_is_made_anew_as_it_was() -> None:
    small = learner().replace(cell=make_cell("gru", inputs=3))
    emitted = small.readout.weight.shape[1]
    own = onward.KernelRegressor(emitted, 1, direct=3, window=5, forgetting=0.9, dtype="float64")
    small = small.replace(readout=own)
    bigger, _ = onward.grow(small, small.init(KEY), features=4, key=KEY)
    assert (bigger.readout.window.samples, bigger.readout.line.forgetting) == (5, 0.9)
    classified = onward.Learner(
        make_cell("gru", inputs=4),
        loss=onward.CrossEntropy(2),
        readout=onward.KernelClassifier(emitted, 2, direct=4, window=5, dtype="float64"),
    )
    bigger, _ = onward.grow(classified, classified.init(KEY), classes=3, key=KEY)
    assert bigger.readout.window.samples == 5 and len(bigger.readout.labels) == 3


def test_new_classes_are_unlikely_and_then_learnt() -> None:
    made = make_cell("gru", inputs=5)
    small = onward.Learner(made, loss=onward.CrossEntropy(2), feedback=True, delay=1)
    random = np.random.default_rng(1)
    xs = random.normal(size=(60, 3))
    ys = (xs[:, :1] > 0).astype(float)
    state, _ = small.run(small.init(KEY), xs, ys)
    before = small.predict(state, xs[0], ys[0])
    bigger, state = onward.grow(small, state, classes=4, key=KEY)
    after = bigger.predict(state, xs[0], ys[0])
    np.testing.assert_allclose(after[:2] / after[:2].sum(), before, rtol=1e-9)
    assert (after[2:] > 0).all() and after[2:].sum() < 0.1
    state, info = bigger.run(state, np.abs(xs), np.full((60, 1), 2.0))
    assert info.prediction[-1, 2] > 0.5


@pytest.mark.matrix
def test_new_targets_start_as_in_a_fresh_learner() -> None:
    small = onward.Learner(make_cell("gru", inputs=4), 2, feedback=True)
    found, grown, bigger, state = both(small, 0, targets=2)
    assert np.array_equal(found, grown)
    more, state = onward.grow(bigger, state, targets=3, key=KEY)
    xs, _ = drawn(2)
    assert np.isnan(more.predict(state, xs[0])[2])
    state, _ = more.run(state, xs, np.ones((len(xs), 3)))
    assert more.predict(state, xs[0])[2] == 1


def test_what_cannot_grow_is_refused() -> None:
    small = learner()
    state = small.init(KEY)
    with pytest.raises(ValueError, match="Expected features to be an integer >= 2; got 1"):
        onward.grow(small, state, features=1, key=KEY)
    with pytest.raises(ValueError, match=r"Expected no classes with Squared; got classes=3. Try"):
        onward.grow(small, state, classes=3, key=KEY)
    with pytest.raises(ValueError, match="Expected a cell that reads its input by weights"):
        input_axes(make_cell("residual"))


def test_an_optimizer_that_comes_to_keep_means_of_rows_is_refused() -> None:
    small = onward.Learner(onward.RNN(127, 128, key=KEY), optimizer="adafactor")
    with pytest.raises(ValueError, match=r"axes grow with the network; got one of \(1,\) that bec"):
        onward.grow(small, small.init(KEY), features=128, key=KEY)
