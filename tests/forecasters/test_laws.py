"""What every forecaster promises, whatever it forecasts from."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from matrix import left
from onward import forecasters
from onward.learning.one_kernel import fits
from oracles import jit

from .catalogue import FORECASTERS, labels_for, passed


@pytest.fixture(params=FORECASTERS)
def forecaster(request):
    return FORECASTERS[request.param]()


def shapes(tree):
    return jax.tree.map(lambda leaf: (leaf.shape, leaf.dtype), tree)


def test_the_catalogue_has_every_forecaster() -> None:
    final = {name for name in forecasters.__all__ if not name.startswith("Abstract")}
    assert final == {type(make()).__name__ for make in FORECASTERS.values()}
    assert forecasters.__all__ == sorted(forecasters.__all__)


@pytest.mark.parametrize(
    ("ahead", "dtype"),
    [left(1, np.float32), (1, np.float64), (7, np.float32), left(7, np.float64)],
)
def test_shapes_and_dtypes_never_change(forecaster, ahead, dtype) -> None:
    state = forecaster.init(3, dtype, ahead)
    label, known = jnp.ones(3, dtype), jnp.ones(3, bool)
    after = jax.eval_shape(forecaster.update, state, label, known)
    assert shapes(after) == shapes(jax.eval_shape(forecaster.begin, state)) == shapes(state)
    assert all(leaf.dtype in (dtype, np.int32, bool) for leaf in jax.tree.leaves(state))
    forecast = jax.eval_shape(lambda s: forecaster.forecast(s, ahead), state)
    assert (forecast.shape, forecast.dtype) == ((3,), dtype)


def test_a_step_fits_one_kernel(forecaster) -> None:
    @jax.jit
    def step(state, label, known):
        state = forecaster.begin(forecaster.update(state, label, known))
        return state, forecaster.forecast(state, 2)

    given = forecaster.init(3, np.float32, 2), jnp.ones(3, np.float32), jnp.ones(3, bool)
    assert fits(step, *given) or jax.default_backend() != "cpu"


def test_equal_forecasters_are_equal_and_hash_alike() -> None:
    ones, others = ([make() for make in FORECASTERS.values()] for _ in range(2))
    for index, one in enumerate(ones):
        assert hash(one) == hash(others[index])
        assert [bool(one == other) for other in others] == [
            place == index for place in range(len(others))
        ]
        for field in dataclasses.fields(one):
            assert f"{field.name}={getattr(one, field.name)!r}" in repr(one)


def test_what_is_missing_is_never_read(forecaster) -> None:
    labels = labels_for(forecaster)
    one, other = (
        passed(forecaster, labels, begins=[30], hidden=hidden)[0] for hidden in (1e18, -3.0)
    )
    np.testing.assert_array_equal(one, other)


def test_before_any_label_and_in_a_sequence_without_one_forecasts_are_finite(forecaster) -> None:
    nothing = np.full((12, 3), np.nan)
    after = np.concatenate([labels_for(forecaster), nothing])
    # As long, for one program.
    assert np.isfinite(passed(forecaster, np.full_like(after, np.nan))[0]).all()
    assert np.isfinite(passed(forecaster, after, begins=[60])[0]).all()
    state = forecaster.init(3, np.float32, 4)
    assert np.isfinite(forecaster.forecast(state, 4)).all()


def test_side_by_side_they_forecast_as_one_by_one(forecaster) -> None:
    labels = np.stack([np.roll(labels_for(forecaster), turn, axis=0) for turn in (0, 11)])
    known = np.isfinite(labels)
    filled = np.where(known, labels, 0.0)

    @jit
    def together(labels, known):
        def step(state, row):
            state = jax.vmap(forecaster.update)(state, *row)
            return state, jax.vmap(lambda one: forecaster.forecast(one, 3))(state)

        start = jax.tree.map(lambda leaf: jnp.stack([leaf] * 2), forecaster.init(3, float, 3))
        rows = jnp.moveaxis(labels, 0, 1), jnp.moveaxis(known, 0, 1)
        return jax.lax.scan(step, start, rows)[1]

    found = together(filled, known)
    for index, rows in enumerate(labels):
        expected = passed(forecaster, rows, ahead=3)[0]
        np.testing.assert_allclose(found[:, index], expected, rtol=1e-9, atol=1e-12)


def test_forecasts_of_hostile_labels_are_finite(forecaster) -> None:
    random = np.random.default_rng(0)
    rows = np.arange(400)
    columns = {
        "huge": random.choice([1e18, -1e18], 400),
        "huge and above zero": 1e18 * random.random(400),
        "of all sizes": 10 ** random.uniform(-44, 18, 400),
        "of all that float32 holds in full": 10 ** random.uniform(-37, 18, 400),
        "one outlier": np.where(rows == 50, 1e18, 1.0),
        "growing": 10 ** np.linspace(-30, 18, 400),
        "falling": 10 ** np.linspace(18, -44, 400),
        "zero": np.zeros(400),
        "zero at times": 1e18 * (random.random(400) < 0.5),
    }
    labels = np.stack(list(columns.values()), axis=1)
    labels[(random.random(400) < 0.3) & (rows > 200)] = np.nan
    for ahead in (1, 1000):
        forecasts, state = passed(forecaster, labels, ahead, np.float32, begins=[300])
        finite = np.isfinite(forecasts).all(axis=0)
        assert finite.all(), np.array(list(columns))[~finite]
        assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(state))


def test_classes_are_forecast_as_probabilities(forecaster) -> None:
    if not forecaster.classes:
        pytest.skip("it forecasts numbers alone")
    labels = labels_for(forecasters.Markov(), 200)
    first = int(np.isfinite(labels[:, 0]).argmax())
    forecasts = passed(forecaster, labels, ahead=2, begins=[100])[0][first:]
    assert (forecasts >= 0).all()
    np.testing.assert_allclose(forecasts.sum(axis=1), 1, rtol=1e-12)
