"""Readouts that compare samples within a learner: what is called at every sample, in place."""

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import onward
from matrix import left
from onward import (
    GRU,
    RNN,
    CrossEntropy,
    Huber,
    Immediate,
    KernelClassifier,
    KernelRegressor,
    Learner,
    Memoryless,
    Observation,
    ReadoutOnly,
    Series,
    Unscaled,
)
from onward.learning import execution, updates
from onward.learning.loop import predict
from onward.readouts import window as windows

from .examples import all_finite, assert_close, assert_same, copied, differs, start, stream

WINDOW, ROWS, FEATURES, CLASSES = 7, 40, 2, 3
CELLS = {"memoryless": ReadoutOnly(), "gru": Immediate()}


def learner_of(
    classes: bool, cell: str = "gru", dtype: Any = np.float64, window: int = WINDOW, **options: Any
) -> Learner:
    targets = options.pop("targets", 1)
    width = CLASSES if classes else targets
    size = FEATURES + (width if options.get("feedback") else 0)
    key = jax.random.key(0)
    made = GRU(size, 4, key=key, dtype=dtype) if cell == "gru" else Memoryless(size, dtype=dtype)
    if classes:
        own: dict[str, Any] = {"readout": partial(KernelClassifier, window=window)}
        own["loss"] = CrossEntropy(CLASSES)
    else:
        own = {"readout": partial(KernelRegressor, window=window)}
    own |= {"optimizer": "rmsprop", "learning_rate": 1e-2, "rule": CELLS[cell]}
    return Learner(made, targets, **{**own, **options})


def rows_of(classes: bool, targets: int = 1, dtype: Any = np.float64) -> Observation:
    """Rows with missing features, missing labels, weights and starts."""
    random = np.random.default_rng(1)
    xs, ys = stream(ROWS, targets)
    ys = np.digitize(ys, [-0.3, 0.3]).astype(float) if classes else ys
    xs[random.random(xs.shape) < 0.1] = np.nan
    ys[random.random(ys.shape) < 0.2] = np.nan
    weights = random.choice([0.0, 0.5, 1.0, 2.0], ROWS)
    starts = np.isin(np.arange(ROWS), [13, 30])
    return Observation(xs.astype(dtype), ys.astype(dtype), weights.astype(dtype), starts)


def row(seen: Observation, chosen: Any) -> Observation:
    return Observation(*(None if part is None else part[chosen] for part in seen))


OPTIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "late, fed back": {"delay": 2, "feedback": True},
    "single precision": {"dtype": np.float32, "feedback": True},
}


@pytest.mark.parametrize("classes", [False, True])
@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("late, fed back", "gru"),
        ("single precision", "memoryless"),
        left("plain", "gru"),
        left("plain", "memoryless"),
        left("late, fed back", "memoryless"),
        left("single precision", "gru"),
    ],
)
def test_steps_are_a_run_to_the_bit_and_predict_says_what_a_step_does(name, cell, classes) -> None:
    learner = learner_of(classes, cell, **OPTIONS[name])
    seen = rows_of(classes, dtype=learner.dtype)
    state, told = start(learner), []
    for number in range(ROWS):
        expected = learner.predict(state, row(seen, number))
        state, info = learner.step(state, row(seen, number))
        np.testing.assert_array_equal(expected, info.prediction)
        told.append(info)
    whole, info = learner.run(start(learner), seen)
    assert_same(jax.tree.map(lambda *leaves: np.stack(leaves), *told), info)
    assert_same(whole, state)
    half, _ = learner.run(start(learner), row(seen, slice(0, 17)))
    assert_same(learner.run(half, row(seen, slice(17, ROWS)))[0], whole)
    assert all_finite(whole.parameters) and info.learnt.sum() > 2 * WINDOW


@pytest.mark.parametrize("classes", [False, True])
def test_what_it_holds_are_the_samples_that_labels_have_come_for(classes) -> None:
    """In the order of their labels, each with the input of its own sample."""
    delay = 2
    learner = learner_of(classes, "memoryless", delay=delay, scale=Unscaled())
    seen = rows_of(classes)
    state, info = learner.run(start(learner), seen)
    window = copied(state.parameters["readout"].window)
    labelled = np.flatnonzero(info.learnt)
    expected = np.flatnonzero(~np.isnan(seen.y[:, 0]) & (seen.weight > 0))
    assert labelled.tolist() == [number for number in expected if number >= delay]
    held = labelled[-WINDOW:][::-1] - delay
    order = np.argsort(window.ages)
    # A missing feature stands at its mean, which Unscaled takes for zero.
    xs = np.nan_to_num(seen.x[held])
    np.testing.assert_array_equal(window.inputs[-FEATURES:, order].T, xs)
    np.testing.assert_allclose(np.exp(window.weights[order]), seen.weight[held + delay], rtol=1e-12)


@pytest.mark.parametrize("classes", [False, True])
@pytest.mark.parametrize("without", ["label", "weight"])
def test_a_sample_whose_label_never_comes_is_not_kept(classes, without) -> None:
    learner = learner_of(classes, "memoryless", feedback=True)
    seen = rows_of(classes)._replace(start=None)
    state, _ = learner.run(start(learner), seen)
    before = copied(state)
    bad = {"label": {"y": np.full(1, np.nan)}, "weight": {"weight": np.zeros(())}}[without]
    state, info = learner.step(state, row(seen, ROWS - 1)._replace(**bad))
    assert not info.learnt
    assert_same(state.parameters["readout"], before.parameters["readout"])
    assert_same(state.optimizer["readout"], before.optimizer["readout"])
    # The control: with a label it is.
    state, info = learner.step(state, np.ones(FEATURES), np.ones(1))
    assert info.learnt and differs(state.parameters["readout"], before.parameters["readout"])


@pytest.mark.parametrize("classes", [False, True])
def test_the_cell_learns_through_the_gradient_of_the_readout(classes) -> None:
    """One step of plain descent by the gradient of the loss, through the readout as it stood."""
    learner = learner_of(classes, optimizer="sgd", learning_rate=0.1, scale=Unscaled())
    seen = rows_of(classes)._replace(start=None)
    state, _ = learner.run(start(learner), seen)
    x, y = jnp.asarray([0.3, -0.7]), jnp.ones(1)
    parts, held = learner.parts, jax.tree.map(jnp.copy, state)
    readout = parts.model(held.parameters)[1]

    def loss(cell: Any) -> Any:
        moved = cell(held.recurrent, x)
        return parts.loss(readout(cell.emit(moved, x), x), y, jnp.ones(1, bool))

    cell = parts.model(held.parameters)[0]
    slope = jax.tree.leaves(jax.grad(loss, allow_int=True)(cell))
    before = copied(held.parameters["cell"])
    state, info = learner.step(state, x, y)
    np.testing.assert_allclose(info.loss, loss(cell), rtol=1e-12)
    pairs = zip(jax.tree.leaves(state.parameters["cell"]), jax.tree.leaves(before), strict=True)
    found = [np.asarray(one - other) for one, other in pairs]
    slope = [leaf for leaf in slope if leaf.dtype == float]
    for one, other in zip(found, slope, strict=True):
        np.testing.assert_allclose(one, -0.1 * other, rtol=1e-9, atol=1e-15)
    assert max(np.abs(one).max() for one in found) > 1e-5


class Bursting(RNN):
    """A cell whose state is beyond all bounds where its first input is large."""

    def __call__(self, state_prev, x):
        moved = super().__call__(state_prev, x)
        return moved * jnp.where(x[0] > 9, jnp.exp(jnp.where(x[0] > 9, 900 * x[0], 0)), 1)


@pytest.mark.parametrize("classes", [False, True])
@pytest.mark.parametrize("delay", [0, left(2)])
def test_a_state_that_diverges_is_not_kept(delay, classes) -> None:
    made: Any = Bursting
    cell = made(FEATURES, 4, key=jax.random.key(1), dtype=np.float64)
    learner = learner_of(classes, delay=delay, scale=Unscaled()).replace(cell=cell)
    seen = rows_of(classes)._replace(start=None, x=np.ones((ROWS, FEATURES)))
    seen.x[20, 0] = 10.0
    state, info = learner.run(start(learner), seen)
    assert info.skipped[20] and np.isnan(info.prediction[20]).all()
    assert all_finite(state.parameters) and all_finite(state.optimizer)
    assert np.isfinite(info.prediction[21:]).all()


@pytest.mark.parametrize("loss", [Huber(), left(onward.Absolute()), left(onward.Poisson())])
def test_samples_without_a_label_spoil_nothing_with_any_loss(loss) -> None:
    learner, seen = learner_of(False, targets=2, loss=loss), rows_of(False, 2)
    seen = seen._replace(y=np.abs(seen.y))
    seen.y[8:12] = np.nan
    state, info = learner.run(start(learner), seen)
    assert (np.isnan(seen.y).sum(axis=1) == 1).any()
    assert all_finite(state.parameters) and all_finite(state.optimizer)
    assert np.isfinite(info.prediction[5:]).all()


@pytest.mark.parametrize("classes", [False, True])
def test_inputs_that_nothing_can_square_spoil_nothing(classes) -> None:
    learner = learner_of(classes, "memoryless", np.float32, scale=Unscaled())
    seen = rows_of(classes, dtype=np.float32)
    seen.x[10, 0], seen.x[20:30, 1] = 1e17, -1e16
    state, _ = learner.run(start(learner), seen)
    assert all_finite(state.parameters) and all_finite(state.optimizer)


@pytest.mark.parametrize("classes", [left(False), True])
@pytest.mark.parametrize("weights", [left("shared"), "own"])
def test_interleaved_series(weights, classes) -> None:
    learner, seen = learner_of(classes, feedback=True), rows_of(classes)._replace(start=None)
    codes = np.random.default_rng(0).integers(0, 2, ROWS)
    series = Series(learner, 2, weights)
    together, info = series.run(series.init(jax.random.key(0)), codes, seen)
    assert all_finite(together.parameters) and np.isfinite(info.prediction[9:]).all()
    if weights == "shared":
        assert together.parameters["readout"].window.ages.shape == (WINDOW,)
        return
    own = codes == 1
    key = jax.random.split(jax.random.key(0), 2)[1]
    alone, expected = learner.run(learner.init(key), row(seen, own))
    assert_close(jax.tree.map(lambda leaf: leaf[own], info), expected)
    assert_close(jax.tree.map(lambda leaf: leaf[1], together), alone)


def copies(learner: Learner, window: int) -> int:
    """Of a carried array with several numbers for each sample, in the program of a run."""
    shapes = jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype), learner.shapes)
    seen = learner.observation(*stream(16), (None,))
    take = partial(execution.take_all, execution.of_parts(learner.program, kernel=False))
    program = jax.jit(take, donate_argnums=0).lower(shapes, seen, 16)
    # What is carried is an element of the loop's tuple; other copies are of what was computed.
    carried = rf"\[[0-9,]*,{window}\]\S* copy\(%?get-tuple-element"
    return len(re.findall(carried, str(program.compile().as_text())))


def late(classes: bool) -> Learner:
    """With a delay what is predicted is of another sample than what is learnt."""
    return learner_of(classes, "memoryless", window=523, delay=1)


@pytest.fixture
def afresh() -> Iterator[None]:
    """Nothing that has been traced before, and nothing of what is traced within."""
    execution.both_halves.cache_clear()
    yield
    execution.both_halves.cache_clear()


@pytest.mark.usefixtures("afresh")
@pytest.mark.parametrize("place", [updates, windows], ids=["prediction", "scales"])
@pytest.mark.parametrize("classes", [left(True), False])
def test_nothing_of_the_window_is_copied(classes, place, monkeypatch) -> None:
    found = copies(late(classes), 523)
    execution.both_halves.cache_clear()
    monkeypatch.setattr(place, "after", lambda value, read: value)
    if not copies(late(classes), 523):
        pytest.skip("this XLA copies nothing without an order either")
    assert found == 0


def test_it_is_not_one_kernel_which_would_copy() -> None:
    learner = learner_of(True, "memoryless", np.float32)
    assert learner.program.skeleton[1].learns_in_place
    seen = jax.tree.map(jnp.asarray, row(rows_of(True, dtype=np.float32), 0))
    program = jax.make_jaxpr(execution.of_parts(learner.program, kernel=True))
    expected = jax.make_jaxpr(execution.of_parts(learner.program, kernel=False))
    state = start(learner)
    assert str(program(state, seen)) == str(expected(state, seen))
    assert predict(learner.program, state, seen).predicted.all()


def test_samples_that_are_kept_are_not_trained() -> None:
    learner = Learner(GRU(3, 4, key=jax.random.key(0)), readout=partial(KernelRegressor, window=5))
    state, seen = learner.init(jax.random.key(1)), Observation(np.ones((8, 3)), np.ones((8, 1)))
    wanted = r"^Expected a readout whose arrays are weights; got KernelRegressor, which keeps"
    with pytest.raises(ValueError, match=wanted):
        onward.pretrain(learner, state, seen)
    with pytest.raises(ValueError, match=wanted):
        onward.sequence_gradient(learner, state, seen)
    with pytest.raises(ValueError, match=wanted):
        onward.pretrain_sessions(learner, state, [seen], jax.random.key(2))
