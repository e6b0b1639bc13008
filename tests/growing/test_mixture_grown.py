"""Mixtures, and learners with expansions, that grow, wait for late labels and look ahead."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import onward
from matrix import left
from onward.expansions import Lags, MovingAverages, OneHot, RandomFourier
from onward.forecasters import LastLabel, Markov, MovingAverage, RunningMean, Seasonal
from onward.growing.growth import columns, fresh_sample, grow_sample
from onward.growing.together_grown import grown, places
from onward.mixtures.mixture import Mixture
from onward.wrapping.late import credit, see
from onward.wrapping.rollout import forecast

KEY = jax.random.key(7)
FEATURES, NEW, STEPS = 2, 3, 10
# With forgetting the priors of more weights are renewed in turn, each less often.
LINE = partial(onward.RecursiveLeastSquares, forgetting=1.0)
EXPANSIONS: dict[str, Any] = {
    "averages": MovingAverages((2.0, 5.0)),
    "lags": Lags((1, 3)),
    "lags of labels": Lags((1, 2), "labels"),
    "averages of features": MovingAverages((3.0,), "features"),
    "names": OneHot(4),
    "waves": RandomFourier(5),
}


def rows(features: int = FEATURES, count: int = 2 * STEPS) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(3)
    xs = random.normal(size=(count, features))
    xs[:, 0] = random.integers(0, 3, count)
    ys = np.sin(xs.sum(1, keepdims=True).cumsum(0))
    xs[5, 0] = np.nan
    return xs, ys


def learner(
    *expansions: Any, line: bool = False, outputs: int = 1, loss: Any = None, **settings: Any
) -> onward.Learner:
    width = onward.input_size(FEATURES, outputs, expansions=expansions)
    if line:
        cell: Any = onward.Memoryless(width)
        settings |= {"rule": onward.ReadoutOnly(), "readout": LINE}
    else:
        cell = onward.GRU(width, 3, key=jax.random.key(1))
    targets = outputs if loss is None else 1
    return onward.Learner(
        cell, targets, loss=loss, feedback=True, expansions=expansions, **settings
    )


def mixture(outputs: int = 1, loss: Any = None, **settings: Any) -> Mixture:
    own = {"outputs": outputs, "loss": loss, **settings}
    return Mixture(
        {
            "network": learner(*(EXPANSIONS[name] for name in ("averages", "names")), **own),
            "last label": LastLabel(),
            "line": learner(EXPANSIONS["lags"], EXPANSIONS["waves"], line=True, **own),
            "mean": RunningMean(),
            "moving average": MovingAverage(3.0),
            "before": Seasonal(3),
        }
    )


def both(made: Any, width: int, **sizes: int) -> tuple[np.ndarray, np.ndarray, Any, Any]:
    """What is predicted as it is, and once it has grown; the larger one and its state."""
    xs, ys = rows()
    ys = np.repeat(ys, made.targets, 1)
    state, _ = made.run(made.init(KEY), xs[:STEPS], ys[:STEPS])
    bigger, larger = onward.grow(made, jax.tree.map(jnp.copy, state), **sizes, key=KEY)
    wide = np.pad(xs, ((0, 0), (0, width)), constant_values=np.nan)
    _, found = made.run(state, xs[STEPS:], ys[STEPS:])
    larger, after = bigger.run(larger, wide[STEPS:], ys[STEPS:])
    return found.prediction, after.prediction, bigger, larger


# The others are in the mixture that goes on as it was.
@pytest.mark.parametrize(
    "name",
    [
        name if name in ("lags of labels", "averages of features") else left(name)
        for name in EXPANSIONS
    ],
)
@pytest.mark.parametrize("line", [True, pytest.param(False, marks=pytest.mark.matrix)])
def test_columns_of_features_that_stay_missing_change_nothing(name: str, line: bool) -> None:
    made = learner(EXPANSIONS[name], line=line, delay=1)
    found, after, bigger, state = both(made, NEW, features=FEATURES + NEW)
    assert np.isfinite(found).all() and np.ptp(found) > 0
    np.testing.assert_allclose(after, found, rtol=1e-8, atol=1e-10)
    xs, ys = rows(FEATURES + NEW)
    state, info = bigger.run(state, xs, ys)
    assert info.learnt.all() and np.abs(info.prediction).max() < 1e3
    assert len(columns(bigger)) == bigger.cell.input_size


def test_an_expansion_that_does_not_tell_its_columns_cannot_grow() -> None:
    class Own(MovingAverages):
        tags = onward.AbstractExpansion.tags

    made = learner(Own((2.0,)))
    with pytest.raises(ValueError, match=r"Expected an expansion that tells what its .* Own\.tags"):
        onward.grow(made, made.init(KEY), features=4, key=KEY)


@pytest.mark.parametrize("delay", [0, left(2)])
def test_a_mixture_that_has_grown_goes_on_as_it_was(delay: int) -> None:
    made = mixture(delay=delay)
    found, after, bigger, _ = both(made, NEW, features=FEATURES + NEW)
    assert np.isfinite(found).any() and bigger.names == made.names
    np.testing.assert_allclose(after, found, rtol=1e-8, atol=1e-10)


def test_new_targets_are_unknown_and_then_learnt() -> None:
    made = mixture()
    found, after, bigger, state = both(made, 0, targets=1)
    np.testing.assert_array_equal(after, found)
    more, state = onward.grow(bigger, state, targets=2, key=KEY)
    xs, ys = rows()
    assert np.isnan(more.predict(state, xs[0])[1])
    state, _ = more.run(state, xs, np.concatenate([ys, np.ones_like(ys)], 1))
    assert abs(more.predict(state, xs[0])[1] - 1) < 0.3


@pytest.mark.parametrize(
    "one", [left(LastLabel()), left(RunningMean()), left(MovingAverage(4.0)), Seasonal(3)]
)
def test_a_forecaster_has_counted_labels_without_the_new_class(one: Any) -> None:
    like_new(one)


@pytest.mark.parametrize("order", [left(1), 2])
def test_a_table_finds_its_contexts_again(order: int) -> None:
    like_new(Markov(order))


def like_new(forecaster: Any) -> None:
    """A forecaster that has grown is the one that had all classes from the first label on."""
    few, many = (
        Mixture(
            {
                "line": onward.Learner(
                    onward.Memoryless(FEATURES),
                    loss=onward.CrossEntropy(classes),
                    rule=onward.ReadoutOnly(),
                ),
                "own": forecaster,
            }
        )
        for classes in (2, 4)
    )
    xs, _ = rows()
    ys = np.random.default_rng(2).integers(0, 2, (len(xs), 1)).astype(float)
    one, other = (each.run(each.init(KEY), xs, ys)[0].around for each in (few, many))
    made = grown(few.table, many.table, one, many.init(KEY).around)
    for found, wanted in zip(
        jax.tree.leaves((made.forecasters, made.begun)),
        jax.tree.leaves((other.forecasters, other.begun)),
        strict=True,
    ):
        np.testing.assert_array_equal(found, wanted)
    assert places(few.table, many.table)[4, 16].tolist() == [0, 1, 4, 5]


@pytest.mark.matrix
def test_a_mixture_of_classes_grows() -> None:
    made = mixture(2, onward.CrossEntropy(2))
    xs, _ = rows()
    ys = (np.arange(len(xs)) % 2).astype(float)[:, None]
    state, _ = made.run(made.init(KEY), xs, ys)
    before = made.predict(state, xs[0])
    bigger, state = onward.grow(made, state, classes=4, key=KEY)
    after = bigger.predict(state, xs[0])
    assert after[2:].sum() < 0.05 and np.abs(after[:2] - before).max() < 0.05
    assert np.isclose(after.sum(), 1)
    state, info = bigger.run(state, xs, np.full_like(ys, 2.0))
    assert np.allclose(info.prediction.sum(1), 1) and info.prediction[-1, 2] > 0.8


@pytest.mark.matrix
def test_a_label_that_comes_at_once_is_one_that_was_never_late() -> None:
    made = mixture()
    xs, ys = rows()
    state, other = made.init(KEY), made.init(KEY)
    for x, y in zip(xs, ys, strict=True):
        state, info = made.step(state, x, y)
        expected = made.predict(other, x)
        other, seen = see(made, other, x)
        np.testing.assert_allclose(seen.prediction, expected, rtol=1e-9)
        other, late = credit(made, other, seen, y)
        np.testing.assert_allclose(late.prediction, info.prediction, rtol=1e-9)
        np.testing.assert_allclose(late.loss, info.loss, rtol=1e-6)
    # Of another sample's opinions the weighing learns something else.
    other, one = see(made, other, xs[0])
    other, _ = see(made, other, xs[1])
    before = np.asarray(other.around.mixing.hedges)
    other, _ = credit(made, other, one, ys[0] + 5)
    assert not np.allclose(other.around.mixing.hedges, before)
    assert other.counters.samples == len(xs) + 2


def test_a_sample_that_waits_while_a_mixture_grows() -> None:
    made = mixture()
    xs, ys = rows()
    state, _ = made.run(made.init(KEY), xs, ys)
    state, seen = see(made, state, xs[0])
    kept = jax.tree.map(jnp.copy, state)
    state, info = credit(made, state, seen, ys[0])
    bigger, kept = onward.grow(made, kept, features=FEATURES + NEW, key=KEY)
    sample = grow_sample(made, bigger, seen.sample)
    assert jax.tree.structure(sample) == jax.tree.structure(fresh_sample(bigger))
    kept, late = credit(bigger, kept, seen._replace(sample=sample), ys[0])
    np.testing.assert_allclose(late.loss, info.loss, rtol=1e-9)
    wide = np.pad(xs, ((0, 0), (0, NEW)), constant_values=np.nan)
    expected = made.predict(state, xs[1:4])
    np.testing.assert_allclose(bigger.predict(kept, wide[1:4]), expected, rtol=1e-8)


@pytest.mark.matrix
def test_a_forecast_is_a_walk_on_the_mixtures_own_predictions() -> None:
    made = mixture(scale=onward.Unscaled())
    xs, ys = rows()
    state, _ = made.run(made.init(KEY), xs[:STEPS], ys[:STEPS])
    found = forecast(made, state, 4, xs[STEPS : STEPS + 4])
    walked = []
    for x in xs[STEPS : STEPS + 4]:
        walked.append(made.predict(state, x))
        told = onward.Observation(x, walked[-1], 0.0, False)
        state, _ = made.step(state, told)
    np.testing.assert_allclose(found, walked, rtol=1e-9)
    assert np.ptp(found) > 0


@pytest.mark.matrix
def test_learners_alone_are_a_mixture_too() -> None:
    made = Mixture({"network": learner(), "line": learner(line=True)})
    xs, ys = rows()
    state, _ = made.run(made.init(KEY), xs, ys)
    expected = made.predict(state, xs[0])
    state, info = made.step(state, xs[0], ys[0])
    np.testing.assert_allclose(info.prediction, expected, rtol=1e-12)


@pytest.mark.matrix
def test_a_prediction_of_many_is_that_of_each() -> None:
    made = mixture()
    xs, ys = rows()
    state, _ = made.run(made.init(KEY), xs, ys)
    each = np.stack([made.predict(state, x) for x in xs])
    np.testing.assert_allclose(made.predict(state, xs), each, rtol=1e-9)
    began = made.predict(state, onward.Observation(xs[0], None, 1, True))
    _, info = made.step(state, onward.Observation(xs[0], None, 1, True))
    np.testing.assert_allclose(info.prediction, began, rtol=1e-9)
    assert not np.allclose(began, each[0])
