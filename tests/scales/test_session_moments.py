"""Moments of a session, with those of the sessions before as a prior: against NumPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from onward import (
    AdaptiveMoments,
    ExponentialMoments,
    FixedMoments,
    RunningMoments,
    SessionMoments,
    Unscaled,
)
from oracles import jit

RANDOM = np.random.default_rng(1)
FIRST = RANDOM.normal(size=(90, 3)) * [1, 1e-2, 10] + [0, 5, -100]
SECOND = RANDOM.normal(size=(40, 3)) * [2, 3e-2, 4] + [1, 5.1, -90]
SECOND[3, 1] = SECOND[17, 1] = np.nan


def passed(scale, state, values):
    """The state after rows of values, NaN for what is missing."""

    @jit
    def go(state, values):
        def step(state, value):
            return scale.update(state, value, jnp.isfinite(value)), None

        return jax.lax.scan(step, state, values)[0]

    return go(state, jnp.asarray(values))


@pytest.mark.parametrize("strength", [1.0, 20.0, 89.5])
def test_the_past_counts_as_so_many_values_at_its_mean(strength: float) -> None:
    scale = SessionMoments(strength, clip=None)
    state = passed(scale, scale.init(3, np.float64), FIRST)
    state = passed(scale, scale.begin_session(state), SECOND)
    prior, spread = FIRST.mean(axis=0), FIRST.var(axis=0)
    count = (~np.isnan(SECOND)).sum(axis=0)
    mean = (strength * prior + np.nansum(SECOND, axis=0)) / (strength + count)
    squares = np.nansum((SECOND - mean) ** 2, axis=0)
    variance = (strength * (spread + (prior - mean) ** 2) + squares) / (strength + count)
    np.testing.assert_allclose(state.count, strength + count, rtol=1e-12)
    np.testing.assert_allclose(state.mean, mean, rtol=1e-12)
    np.testing.assert_allclose(state.variance, variance, rtol=1e-10)


def test_fewer_values_than_the_strength_count_for_themselves() -> None:
    scale = SessionMoments(600, clip=None)
    state = passed(scale, scale.begin_session(scale.init(3, np.float64)), FIRST)
    state = passed(scale, scale.begin_session(state), SECOND)
    both = np.concatenate([FIRST, SECOND])
    np.testing.assert_allclose(state.mean, np.nanmean(both, axis=0), rtol=1e-12)
    np.testing.assert_allclose(state.variance, np.nanvar(both, axis=0), rtol=1e-9)


def test_within_a_session_it_is_running_moments() -> None:
    found, expected = (
        passed(scale, scale.init(3, np.float64), SECOND)
        for scale in (SessionMoments(5), RunningMoments())
    )
    np.testing.assert_array_equal(found.values, expected.values)


def test_a_session_that_begins_twice_begins_once() -> None:
    scale = SessionMoments(20)
    state = passed(scale, scale.init(3, np.float64), FIRST)
    once = scale.begin_session(state)
    np.testing.assert_array_equal(scale.begin_session(once).values, once.values)
    assert np.all(once.count == 20) and np.all(state.count == 90)
    np.testing.assert_array_equal(once.values[1:], state.values[1:])


OTHERS = [
    AdaptiveMoments(),
    ExponentialMoments(50),
    RunningMoments(),
    FixedMoments(0.0, 1.0),
    Unscaled(),
]


@pytest.mark.parametrize("scale", OTHERS, ids=lambda scale: type(scale).__name__)
def test_other_scales_go_on_as_they_were(scale) -> None:
    state = passed(scale, scale.init(3, np.float64), FIRST)
    assert scale.begin_session(state) is state


@pytest.mark.parametrize("strength", [0.5, 0, -1, np.nan, "600"])
def test_a_strength_below_one_value_is_refused(untyped, strength) -> None:
    with pytest.raises(ValueError, match=r"^Expected prior_strength >= 1, in samples; got .+ Try "):
        SessionMoments(strength)
