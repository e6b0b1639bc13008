"""What every expansion promises, and what each one is by definition."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from onward import expansions
from onward.expansions import Inputs, Lags, MovingAverages, OneHot, RandomFourier
from onward.learning.one_kernel import fits

from .catalogue import EXPANSIONS, FEATURES, LABELS, passed, rows_of, sequences

ROWS, BEGINS = rows_of(), [31, 50]


@pytest.fixture(params=EXPANSIONS)
def row(request):
    return EXPANSIONS[request.param]


def shapes(tree):
    return jax.tree.map(lambda leaf: (leaf.shape, leaf.dtype), tree)


def test_the_catalogue_has_every_expansion() -> None:
    final = {name for name in expansions.__all__ if not name.startswith("Abstract")} - {"Inputs"}
    assert final == {type(row.make()).__name__ for row in EXPANSIONS.values()}
    assert expansions.__all__ == sorted(expansions.__all__)


def test_columns_are_those_of_the_definition(row) -> None:
    expansion = row.make()
    expected = row.columns(expansion, ROWS)
    np.testing.assert_allclose(passed(expansion, ROWS), expected, rtol=1e-12, atol=1e-14)
    # The control: of other rows they are others.
    other = rows_of(seed=1)
    assert np.abs(passed(expansion, other) - expected).max() > 0.1


def test_a_sequence_begins_as_if_it_were_the_first(row) -> None:
    expansion = row.make()
    found = passed(expansion, ROWS, BEGINS)
    if isinstance(expansion, OneHot):
        # What values a feature has belongs to all sequences.
        expected = row.columns(expansion, ROWS)
    else:
        cut = sequences(ROWS, BEGINS)
        expected = np.concatenate([row.columns(expansion, rows) for rows in cut])
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, jnp.bfloat16])
def test_shapes_and_dtypes_never_change(row, dtype) -> None:
    expansion = row.make()
    state = expansion.init(FEATURES, LABELS, dtype)
    numbers = jnp.ones(FEATURES + LABELS, dtype)
    seen = Inputs(numbers, numbers, numbers > 0)
    after, columns = jax.eval_shape(lambda state: expansion.step(state, seen, LABELS), state)
    assert shapes(after) == shapes(jax.eval_shape(expansion.begin, state)) == shapes(state)
    assert all(leaf.dtype in (dtype, np.int32, bool) for leaf in jax.tree.leaves(state))
    assert columns.shape == (expansion.width(FEATURES, LABELS),)
    assert columns.dtype == dtype


def test_in_single_precision_columns_are_the_same_but_for_rounding(row) -> None:
    expansion = row.make()
    rows = ROWS._replace(scaled=ROWS.scaled.astype(np.float32), raw=ROWS.raw.astype(np.float32))
    if isinstance(expansion, RandomFourier):
        pytest.skip("in another precision other directions are drawn")
    single = passed(expansion, rows, BEGINS, np.float32)
    np.testing.assert_allclose(single, passed(expansion, rows, BEGINS), rtol=1e-4, atol=1e-5)


def test_what_is_missing_is_never_read_in_its_own_units(row) -> None:
    hidden = ROWS._replace(raw=np.where(ROWS.present, ROWS.raw, -1e17))
    np.testing.assert_array_equal(passed(row.make(), hidden), passed(row.make(), ROWS))


def test_nothing_is_read_ahead_of_time(row) -> None:
    other, rows = rows_of(seed=3), ROWS
    late = type(rows)(*(np.concatenate([a[:40], b[40:]]) for a, b in zip(rows, other, strict=True)))
    np.testing.assert_array_equal(passed(row.make(), late)[:40], passed(row.make(), rows)[:40])


@pytest.mark.parametrize("labels", [0, LABELS])
def test_columns_are_finite_before_anything_is_there(row, labels) -> None:
    nothing = ROWS._replace(present=np.zeros_like(ROWS.present), scaled=np.zeros_like(ROWS.scaled))
    cut = type(ROWS)(*(array[:, : FEATURES + labels] for array in nothing))
    columns = passed(row.make(), cut, BEGINS, np.float32, labels)
    assert columns.shape[1] == row.make().width(FEATURES, labels)
    assert np.isfinite(columns).all()


def test_a_step_fits_one_kernel(row) -> None:
    expansion = row.make()

    @jax.jit
    def step(state, seen):
        return expansion.step(expansion.begin(state), seen, LABELS)

    numbers = jnp.ones(FEATURES + LABELS)
    state = expansion.init(FEATURES, LABELS, np.float64)
    assert fits(step, state, Inputs(numbers, numbers, numbers > 0)) or (
        jax.default_backend() != "cpu"
    )


def test_equal_expansions_are_equal_and_hash_alike() -> None:
    ones, others = ([row.make() for row in EXPANSIONS.values()] for _ in range(2))
    for index, one in enumerate(ones):
        assert hash(one) == hash(others[index])
        assert [one == other for other in others] == [
            place == index for place in range(len(others))
        ]
        for field in dataclasses.fields(one):
            assert f"{field.name}={getattr(one, field.name)!r}" in repr(one)


def test_random_features_are_a_gaussian_kernel() -> None:
    many = RandomFourier(4000, 0.8)
    columns = passed(many, ROWS)
    products = columns @ columns.T / many.size
    gaps = ROWS.scaled[:, None] - ROWS.scaled[None]
    width = 0.8 * (FEATURES + LABELS) ** 0.5
    kernel = np.exp(-((gaps / width) ** 2).sum(axis=-1) / 2)
    assert np.abs(products - kernel).max() < 0.1
    assert np.abs(products - kernel).mean() < 0.02
    wider = np.exp(-((gaps / (2 * width)) ** 2).sum(axis=-1) / 2)
    assert np.abs(products - wider).mean() > 0.1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Lags(()), r"^Expected a tuple of lags, integers >= 1; got \(\)\. Try \(1, 24\)"),
        (lambda: Lags((1, 0)), r"^Expected a tuple of lags, .* got \(1, 0\)\."),
        (lambda: Lags((1, True)), r"^Expected a tuple of lags, .* got \(1, True\)\."),
        (lambda: Lags((1.0,)), r"^Expected a tuple of lags, .* got \(1\.0,\)\."),  # type: ignore[arg-type]
        (lambda: Lags([1, 2]), r"^Expected a tuple of lags, .* got \[1, 2\]\."),  # type: ignore[arg-type]
        (lambda: Lags((1,), "label"), r"^Expected `of` to be all, features or labels; got 'label'"),  # type: ignore[arg-type]
        (lambda: MovingAverages(()), r"^Expected a tuple of time constants, each >= 1; got \(\)"),
        (lambda: MovingAverages((0.5,)), r"^Expected a tuple of time constants, .* \(0\.5,\)"),
        (lambda: MovingAverages((float("inf"),)), r"^Expected a tuple of time .* got \(inf,\)"),
        (lambda: MovingAverages(4.0), r"^Expected a tuple of time constants, .* got 4\.0"),  # type: ignore[arg-type]
        (lambda: MovingAverages(of="x"), r"^Expected `of` to be all, .* got 'x'\. Try of='all'"),  # type: ignore[arg-type]
        (lambda: OneHot(1), r"^Expected most to be an integer >= 2; got 1\. Try most=24"),
        (lambda: OneHot(2.0), r"^Expected most to be an integer >= 2; got 2\.0"),  # type: ignore[arg-type]
        (lambda: RandomFourier(0), r"^Expected size to be a positive integer; got 0"),
        (lambda: RandomFourier(4, 0.0), r"^Expected width_scale > 0; got 0\.0\. Try width_scale="),
        (lambda: RandomFourier(4, float("nan")), r"^Expected width_scale > 0; got nan"),
        (lambda: RandomFourier(4, seed=-1), r"^Expected seed to be an integer >= 0; got -1"),
        (lambda: RandomFourier(4, of="y"), r"^Expected `of` to be all, features or labels"),  # type: ignore[arg-type]
    ],
)
def test_what_does_not_fit_is_refused(make, message, untyped) -> None:
    with pytest.raises(ValueError, match=message):
        make()
