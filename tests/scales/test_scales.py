"""Running moments against those of numpy, at ease and with outliers."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from matrix import left
from onward import ExponentialMoments, FixedMoments, RunningMoments, Unscaled
from oracles import jit


def after(values: np.ndarray, scale=None, dtype=np.float64):
    """The state after each row of values, NaN for what is missing."""
    scale = scale or RunningMoments()

    @jit
    def go(values):
        def step(state, value):
            state = scale.update(state, value, jnp.isfinite(value))
            return state, state

        return jax.lax.scan(step, scale.init(values.shape[1], dtype), values)[1]

    return go(jnp.asarray(values, dtype))


def test_the_moments_are_those_of_the_values_so_far() -> None:
    values = np.random.default_rng(0).normal(size=(50, 3)) * [1, 1e-3, 1e4] + [0, 5, -1e5]
    values[7, 1] = np.nan
    states = after(values)
    for t in (0, 1, 7, 30, 49):
        past = values[: t + 1]
        np.testing.assert_array_equal(states.count[t], (~np.isnan(past)).sum(axis=0))
        np.testing.assert_allclose(states.mean[t], np.nanmean(past, axis=0), rtol=1e-12)
        np.testing.assert_allclose(states.variance[t], np.nanvar(past, axis=0), rtol=1e-7)


@pytest.mark.parametrize("dtype", [np.float32, left(np.float64)])
def test_far_from_zero_the_variance_keeps_its_digits(dtype) -> None:
    values = 1e4 + np.random.default_rng(0).normal(size=(2000, 1))
    state = jax.tree.map(lambda leaf: leaf[-1], after(values, dtype=dtype))
    np.testing.assert_allclose(state.variance, np.var(values), rtol=1e-2)
    assert state.values.dtype == dtype


def test_restore_undoes_normalise() -> None:
    scale = RunningMoments()
    values = np.random.default_rng(0).normal(size=(20, 2)) * [3, 0.01] + [1, 100]
    state = jax.tree.map(lambda leaf: leaf[-1], after(values))
    scaled = scale.normalise(state, jnp.asarray(values[5]))
    expected = (values[5] - values.mean(axis=0)) / values.std(axis=0)
    np.testing.assert_allclose(scaled, expected, rtol=1e-10)
    np.testing.assert_allclose(scale.restore(state, scaled), values[5], rtol=1e-12)


def test_what_has_not_varied_is_centred_and_restored_as_its_mean() -> None:
    scale = RunningMoments()
    nothing = scale.init(1, np.float64)
    assert not scale.ready(nothing, jnp.ones(1)).any()
    for level in (0.0, 0.1, -3e7):
        state = jax.tree.map(lambda leaf: leaf[-1], after(np.full((40, 1), level)))
        assert scale.ready(state, jnp.ones(1)).all()
        assert scale.normalise(state, jnp.full(1, level)) == pytest.approx(0, abs=1e-7)
        assert scale.restore(state, jnp.ones(1)) == pytest.approx(level, rel=1e-12)


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e9])
def test_normalised_values_do_not_depend_on_units(unit) -> None:
    scale = RunningMoments()
    values = np.random.default_rng(0).normal(size=(60, 1))
    values[50] = 1e3
    plain, other = after(values), after(unit * values)
    for t in (0, 1, 20, 50, 59):
        one, two = (jax.tree.map(lambda leaf: leaf[t], states) for states in (plain, other))  # noqa: B023
        expected = scale.normalise(one, jnp.asarray(values[t]))
        found = scale.normalise(two, jnp.asarray(unit * values[t]))
        if t:
            np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def test_an_outlier_counts_as_ten_deviations_once_the_scale_is_trusted() -> None:
    scale, values = RunningMoments(), np.random.default_rng(0).normal(size=(40, 1))
    values[-1] = 1e6
    states = after(values)
    mean, deviation = values[:-1].mean(), values[:-1].std()
    assert states.mean[-1, 0] == pytest.approx(mean + 10 * deviation / 40)
    last = jax.tree.map(lambda leaf: leaf[-1], states)
    for sign in (1, -1):
        assert scale.bounded(scale.normalise(last, jnp.full(1, sign * 1e6))) == sign * 10
    early = after(values[-8:])
    assert early.mean[-1, 0] == pytest.approx(values[-8:].mean())


def test_a_true_change_of_level_moves_the_scale() -> None:
    random = np.random.default_rng(0)
    values = np.concatenate([random.normal(size=(100, 1)), 1e6 + random.normal(size=(100, 1))])
    states = after(values)
    assert states.mean[-1, 0] > 1e5
    assert np.isfinite(states.values).all()


def test_unscaled_leaves_numbers_alone() -> None:
    scale, value = Unscaled(), jnp.array([3.0, -1e9])
    state = scale.update(scale.init(2, float), value, jnp.ones(2, bool))
    assert state == ()
    np.testing.assert_array_equal(scale.normalise(state, value), value)
    np.testing.assert_array_equal(scale.restore(state, value), value)


def test_a_clip_of_nothing_is_refused() -> None:
    for clip in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match=r"^Expected clip > 0, or None; got .*Try clip=10\.$"):
            RunningMoments(clip)
        with pytest.raises(ValueError, match="Expected clip > 0, or None"):
            FixedMoments(0.0, 1.0, clip)


def test_without_a_clip_nothing_is_held_back() -> None:
    scale, values = RunningMoments(clip=None), np.random.default_rng(0).normal(size=(40, 1))
    values[-1] = 1e6
    state = jax.tree.map(lambda leaf: leaf[-1], after(values, scale))
    np.testing.assert_allclose(state.mean, values.mean(), rtol=1e-12)
    np.testing.assert_allclose(state.variance, values.var(), rtol=1e-10)
    assert scale.bounded(scale.normalise(state, jnp.full(1, 1e9)))[0] > 1e3


def exponential(values: np.ndarray, time_constant: float) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance with weights that fall by 1 - 1/T from one value to the one before; the
    first T values weigh alike."""
    weights = np.zeros(0)
    for count in range(1, len(values) + 1):
        share = max(1 / count, 1 / time_constant)
        weights = np.append((1 - share) * weights, share)
    mean = weights @ values
    return mean, weights @ (values - mean) ** 2


@pytest.mark.parametrize("time_constant", [1.0, left(7.5), 20.0, left(1000.0)])
def test_exponential_moments_weigh_the_past_by_their_time_constant(time_constant) -> None:
    scale = ExponentialMoments(time_constant, clip=None)
    values = np.random.default_rng(0).normal(size=(60, 2)) * [1, 100] + [5, -3]
    states = after(values, scale)
    for t in (0, 3, 30, 59):
        mean, variance = exponential(values[: t + 1], time_constant)
        np.testing.assert_allclose(states.mean[t], mean, rtol=1e-10)
        np.testing.assert_allclose(states.variance[t], variance, rtol=1e-8, atol=1e-12)


def test_exponential_moments_follow_a_change_of_level_that_all_time_moments_do_not() -> None:
    random = np.random.default_rng(0)
    values = np.concatenate([random.normal(size=(5000, 1)), 50 + 20 * random.normal(size=(800, 1))])
    forgets, keeps = (
        after(values, scale) for scale in (ExponentialMoments(100.0), RunningMoments())
    )
    assert forgets.mean[-1, 0] == pytest.approx(50, abs=6)
    assert np.sqrt(forgets.variance[-1, 0]) == pytest.approx(20, rel=0.25)
    assert keeps.mean[-1, 0] < 10


def test_fixed_moments_stand_still() -> None:
    scale = FixedMoments(np.array([1.0, -2.0]), [2.0, 0.5], clip=3.0)
    state = scale.init(2, np.float64)
    value = jnp.asarray([5.0, 100.0])
    assert scale.update(state, value, jnp.ones(2, bool)) is state
    np.testing.assert_array_equal(scale.bounded(scale.normalise(state, value)), [2, 3])
    np.testing.assert_array_equal(scale.restore(state, jnp.asarray([2.0, 3.0])), [5, -0.5])
    assert scale.ready(state, value).all()
    one = FixedMoments(1, 2)
    np.testing.assert_array_equal(one.normalise(one.init(2, np.float64), value), [2, 49.5])
    assert one == FixedMoments([1.0], [2.0]) and hash(one) == hash(FixedMoments([1.0], [2.0]))


@pytest.mark.parametrize(
    ("message", "make"),
    [
        ("Expected time_constant >= 1, in samples; got 0", lambda: ExponentialMoments(0)),
        ("Expected time_constant >= 1, in samples; got nan", lambda: ExponentialMoments(np.nan)),
        ("Expected trust to be an integer >= 0; got -1", lambda: ExponentialMoments(9, trust=-1)),
        ("Expected deviations > 0; got 0", lambda: FixedMoments(0.0, [1.0, 0.0])),
        ("Expected mean as one finite number, or one an entry", lambda: FixedMoments("a", 1.0)),
        (
            "Expected mean as one number or 3, one an entry",
            lambda: FixedMoments([0, 0], 1).init(3, float),
        ),
    ],
)
def test_settings_that_are_none_are_refused(message, make, untyped) -> None:
    with pytest.raises(ValueError, match=message):
        make()
