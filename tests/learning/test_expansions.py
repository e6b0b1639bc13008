"""A learner with further inputs, which expansions make of those that it has."""

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
    Lags,
    Learner,
    Memoryless,
    MovingAverages,
    Observation,
    OneHot,
    RandomFourier,
    ReadoutOnly,
    RecursiveLeastSquares,
    Series,
    Unscaled,
    input_size,
)
from onward.learning.inputs import assemble

from .examples import assert_close, assert_same, copied, start

FEATURES, ROWS = 2, 40
ALL = (MovingAverages((3.0, 9.0)), Lags((1, 5), "labels"), OneHot(3), RandomFourier(4))


def learner_of(expansions=ALL, *, dtype: Any = np.float32, **options) -> Learner:
    options = {"feedback": True, "mask": True, **options}
    label = 1 if options["feedback"] else 0
    size = input_size(FEATURES, label, options["mask"], expansions)
    cell = GRU(size, 8, key=jax.random.key(0), dtype=dtype)
    return Learner(cell, expansions=expansions, **options)


def line_of(*expansions, dtype: Any = np.float64, **options) -> Learner:
    """A line that reads numbers as they come."""
    size = input_size(FEATURES, 1 if options.get("feedback") else 0, False, expansions)
    readout = partial(RecursiveLeastSquares, forgetting=1.0, regularisation=2.0)
    return Learner(
        Memoryless(size, dtype=dtype),
        **{
            "readout": readout,
            "rule": ReadoutOnly(),
            "scale": Unscaled(),
            "expansions": expansions,
            **options,
        },
    )


def stream(dtype: Any = np.float32, seed=0) -> Observation:
    """Rows with gaps in everything, weights and the starts of sequences."""
    random = np.random.default_rng(seed)
    xs = random.normal(size=(ROWS, FEATURES))
    xs[:, 1] = random.integers(0, 3, ROWS)
    ys = np.cumsum(random.normal(size=(ROWS, 1)), axis=0)
    for array in (xs, ys):
        array[random.random(array.shape) < 0.2] = np.nan
    weights = random.choice([0.0, 0.5, 2.0], ROWS)
    starts = np.isin(np.arange(ROWS), [13, 30])
    return Observation(xs.astype(dtype), ys.astype(dtype), weights.astype(dtype), starts)


def rows(seen: Observation, chosen) -> Observation:
    return Observation(*(None if array is None else array[chosen] for array in seen))


@pytest.fixture(scope="module", params=[left(0, id=""), pytest.param(2, id="late")])
def learner(request) -> Learner:
    return learner_of(delay=request.param, missing="last" if request.param else "mean")


@pytest.fixture(scope="module")
def whole(learner):
    """The state and reports after all rows, in one run, as copies."""
    state, info = learner.run(start(learner), stream())
    return copied(state.fields), info


def test_run_is_step_by_step_and_any_cut_of_rows(learner, whole) -> None:
    seen, state = stream(), start(learner)
    infos = []
    for row in range(ROWS):
        one = rows(seen, row)
        predicted = learner.predict(state, one)
        state, info = learner.step(state, one)
        np.testing.assert_allclose(predicted, info.prediction, rtol=1e-4, atol=1e-5)
        infos.append(info)
    assert_same(state.fields, whole[0])
    stacked = jax.tree.map(lambda *leaves: np.stack(leaves), *infos)
    np.testing.assert_array_equal(stacked.prediction, whole[1].prediction)
    state = start(learner)
    for cut in (slice(0, 1), slice(1, 17), slice(17, ROWS)):
        state, _ = learner.run(state, rows(seen, cut))
    assert_same(state.fields, whole[0])
    assert whole[0].counters.learnt > 15


def test_a_saved_learner_goes_on_with_the_same_bits(learner, whole, tmp_path) -> None:
    state, _ = learner.run(start(learner), rows(stream(), slice(0, 17)))
    onward.save(tmp_path / "it", learner, state)
    loaded, state = onward.load(tmp_path / "it")
    assert loaded == learner and loaded.parts.expansions == ALL
    state, _ = loaded.run(state, rows(stream(), slice(17, ROWS)))
    assert_same(state.fields, whole[0])


@pytest.mark.matrix
def test_series_have_expansions_of_their_own(learner) -> None:
    series, seen = Series(learner, 2, "own"), stream()
    codes = np.arange(ROWS) % 3 % 2
    together, info = series.run(series.init(jax.random.key(0)), codes, seen)
    for code, key in enumerate(jax.random.split(jax.random.key(0), 2)):
        own = rows(seen, codes == code)
        alone, expected = learner.run(learner.init(key), own)
        assert_close(info.prediction[codes == code], expected.prediction, 1e-4)
        for one, other in zip(
            jax.tree.leaves(together.expansions), jax.tree.leaves(alone.expansions), strict=True
        ):
            np.testing.assert_allclose(one[code], other, rtol=1e-5, atol=1e-6)


def test_a_sequence_begins_with_expansions_as_before_the_first_sample() -> None:
    # Nothing else moves, so that a sequence is told what the first one is.
    expansions = (MovingAverages((3.0,)), Lags((1, 4)), RandomFourier(3))
    learner = line_of(*expansions, feedback=True, learning_rate=None, rule=onward.Frozen())
    random = np.random.default_rng(0)
    readout: Any = learner.readout
    direct = random.normal(size=readout.map.direct.shape)
    learner = learner.replace(
        readout=jax.tree.map(lambda leaf: direct if leaf.shape == direct.shape else leaf, readout)
    )
    seen = stream(np.float64)
    _, info = learner.run(start(learner), seen)
    for cut in (slice(0, 13), slice(13, 30), slice(30, ROWS)):
        _, alone = learner.run(start(learner), rows(seen, cut)._replace(start=False))
        assert_close(info.prediction[cut], alone.prediction)
    _, control = learner.run(start(learner), seen._replace(start=False))
    assert np.abs(control.prediction[13:20] - info.prediction[13:20]).max() > 0.1


@pytest.mark.shapes
@pytest.mark.parametrize("mask", [left(False), True])
def test_the_input_in_order(mask: bool) -> None:
    expansions = (MovingAverages((2.0,)), Lags((1,)), OneHot(3))
    learner = learner_of(expansions, dtype=np.float64, mask=mask, scale=Unscaled(), delay=0)
    state = start(learner)
    read = []
    label = np.inf
    for x, y in (([1.0, 5.0], 10.0), ([np.nan, 7.0], 20.0), ([2.0, 9.0], 30.0)):
        assembled = assemble(learner.parts, state, jnp.asarray(x), jnp.asarray([label]))
        state = state.replace(expansions=assembled.expansions, input_scale=assembled.scale)
        read.append(np.asarray(assembled.x))
        label = y
    # Features, mask, averages and lags of the features and of the label, values, label.
    expected = [
        [1, 5, 0, 0, *(1, 5, 0), *(1, 5, 0), *(0, 1, 0), *(0, 0, 1), 0],
        [0, 7, 1, 0, *(1, 6, 10), *(1, 5, 10), *(0, 0, 0), *(0, 1, 0), 10],
        [2, 9, 0, 0, *(1.5, 7.5, 15), *(1, 7, 10), *(0, 0, 1), *(0, 0, 0), 20],
    ]
    kept = [place for place in range(17) if mask or place not in (2, 3)]
    np.testing.assert_array_equal(read, np.asarray(expected)[:, kept])


def test_a_line_that_forgets_nothing_is_ridge_regression_on_its_inputs() -> None:
    random = np.random.default_rng(0)
    learner = line_of(Lags((1, 3)), MovingAverages((4.0,)))
    xs = random.normal(size=(ROWS, FEATURES))
    ys = xs @ [[1.0], [2.0]] + np.roll(xs, 1, 0) @ [[0.5], [-1.0]] + random.normal(size=(ROWS, 1))
    weights = random.choice([0.0, 0.5, 2.0], ROWS)
    state, info = learner.run(start(learner), Observation(xs, ys, weights))
    averages, seen = np.zeros((ROWS, FEATURES)), np.zeros(FEATURES)
    for row in range(ROWS):
        seen = seen + (xs[row] - seen) / min(row + 1, 4)
        averages[row] = seen
    lags = [xs[np.maximum(np.arange(ROWS) - lag, 0)] for lag in (1, 3)]
    features = np.concatenate([xs, *lags, averages, np.ones((ROWS, 1))], axis=1)

    def solved(until: int) -> np.ndarray:
        own = features[:until] * weights[:until, None]
        information = own.T @ features[:until] + 2.0 * np.eye(features.shape[1])
        return np.linalg.solve(information, own.T @ ys[:until])

    for row in (5, 20, ROWS - 1):
        np.testing.assert_allclose(info.prediction[row], features[row] @ solved(row), rtol=1e-9)
    linear = state.parameters["readout"].map
    found = np.concatenate([linear.direct[0], linear.bias])
    np.testing.assert_allclose(found, solved(ROWS)[:, 0], rtol=1e-9)
    # The control: without weights it is another line.
    weights = np.ones(ROWS)
    assert np.abs(found - solved(ROWS)[:, 0]).max() > 1e-3


def test_what_a_line_is_made_of_is_told_by_its_settings() -> None:
    one, other = line_of(Lags((1,))), line_of(Lags((1,)))
    assert one == other and hash(one) == hash(other)
    assert one != line_of(MovingAverages((2.0,)))
    assert "expansions=(Lags(lags=(1,), of='all'),)" in repr(one)
    assert one.replace(delay=1).parts.expansions == (Lags((1,)),)
    cell = Memoryless(3)
    assert cell.input_size == 3 and "Memoryless(input_size=3" in repr(cell)
    np.testing.assert_array_equal(cell(cell.init_state() + 1, jnp.ones(3)), [0.0])


def test_input_sizes_are_counted() -> None:
    assert input_size(2) == 2
    assert input_size(2, label=1) == 3
    assert input_size(2, mask=True) == 4
    assert input_size(2, 1, True, ALL) == 2 + 2 + (6 + 2 + 6 + 4) + 1
    assert input_size(0, 3, False, (Lags((1, 2), "labels"),)) == 9


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Learner(Memoryless(10), expansions=MovingAverages()),  # type: ignore[arg-type]
            r"^Expected a sequence of expansions; got MovingAverages\(.*Try \[onward\.MovingAv",
        ),
        (
            lambda: Learner(Memoryless(2), expansions=["lags"]),  # type: ignore[list-item]
            r"^Expected expansions of type AbstractExpansion; got 'lags'",
        ),
        (
            lambda: Learner(Memoryless(6), expansions=[Lags((1, 2), "features")], feedback=True),
            r"^Expected a cell whose input_size is the features plus 1 for feedback plus what "
            r"expansions add; got input_size=6\. Try input_size=onward\.input_size\(features, \.",
        ),
        (
            lambda: Learner(Memoryless(1), expansions=[Lags((1,))]),
            r"^Expected a cell whose input_size is the features plus what expansions add; got "
            r"input_size=1",
        ),
        (
            lambda: Learner(Memoryless(2), expansions=[Lags((1,), "labels")]),
            r"^Expected inputs for Lags\(lags=\(1,\), of='labels'\) to read; got 2 features and no "
            r"label fed back\. Try feedback=True\.",
        ),
        (
            lambda: Learner(Memoryless(5), expansions=[RandomFourier(3, of="labels")]),
            r"^Expected inputs for RandomFourier\(.* to read; got 2 features and no label",
        ),
        (
            lambda: Learner(Memoryless(1), expansions=[OneHot(3)], feedback=True),
            r"^Expected inputs for OneHot\(most=3\) to read; got 0 features and a label of 1 fed "
            r"back\. Try leaving it out\.",
        ),
        (
            lambda: input_size(2, expansions=MovingAverages()),  # type: ignore[arg-type]
            r"^Expected a sequence of expansions; got MovingAverages",
        ),
        (
            lambda: input_size(-1),
            r"^Expected features to be an integer >= 0; got -1\. Try features=1",
        ),
        (lambda: input_size(2, True), r"^Expected label to be an integer >= 0; got True"),
        (lambda: Memoryless(0), r"^Expected input_size to be a positive integer; got 0"),
    ],
)
def test_what_does_not_fit_is_refused(make, message, untyped) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_expansions_read_what_is_bounded_though_a_burst_is_carried_over_as_it_is() -> None:
    lags = (onward.Lags((1, 2), "labels"), onward.MovingAverages((2.0,), "labels"))
    cell = onward.Memoryless(onward.input_size(0, 1, expansions=lags), dtype=np.float32)
    learner = onward.Learner(
        cell, rule=onward.ReadoutOnly(), feedback=True, delay=1, expansions=lags
    )
    labels = np.random.default_rng(0).normal(size=(60, 1)).astype(np.float32)
    labels[-6:] = 1e6
    state, _ = learner.run(learner.init(jax.random.key(0)), np.zeros((60, 0), np.float32), labels)
    read = np.abs(np.asarray(state.waiting.samples.x))
    assert read.max() == 10 and np.sum(read == 10) >= 3
