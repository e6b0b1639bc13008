"""A lasting change of level or unit is followed at once; nothing else is."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from matrix import left
from onward import AdaptiveMoments, ExponentialMoments
from oracles import jit

NOISE = np.random.default_rng(0).normal(size=3000)


def last(scale, values: np.ndarray, dtype=np.float64):
    """The state after one column of values, NaN for what is missing."""

    @jit
    def go(values):
        def step(state, value):
            return scale.update(state, value, jnp.isfinite(value)), None

        return jax.lax.scan(step, scale.init(1, dtype), values)[0]

    return go(jnp.asarray(values, dtype)[:, None])


@pytest.mark.parametrize(
    "change",
    [lambda v: v + 1e6, lambda v: 1000 * v + 3000, lambda v: 1000 * v, lambda v: v * 0 + 500],
    ids=["level", "level and unit", "unit", "stuck far away"],
)
@pytest.mark.parametrize("calm", [left(500), 2000])
def test_some_20_values_after_a_jump_the_scale_fits(change, calm) -> None:
    after = change(NOISE[2000:2060])
    moments = last(AdaptiveMoments(), np.concatenate([NOISE[:calm], after])).moments
    assert moments.mean[0] == pytest.approx(after.mean(), abs=2 * after.std() + 1e-9)
    assert moments.variance[0] == pytest.approx(after.var(), rel=0.7, abs=1e-9)


def test_values_that_vary_a_thousand_times_less_have_another_unit() -> None:
    after = 5 + NOISE[2000:2500] / 1000
    moments = last(AdaptiveMoments(), np.concatenate([5 + NOISE[:2000], after])).moments
    deviation = float(np.sqrt(moments.variance[0]))
    assert 0.5 * after.std() < deviation < 3 * after.std()


@pytest.mark.parametrize(
    "quiet",
    [np.zeros(600), np.full(600, 0.3), NOISE[2000:2150] / 1000, NOISE[2000:2600] / 20],
    ids=["zero for long", "stuck", "calm for a while", "calmer"],
)
def test_rest_is_no_change_of_unit(quiet) -> None:
    values = np.concatenate([NOISE[:2000], quiet])
    found, expected = (
        last(scale, values) for scale in (AdaptiveMoments(), ExponentialMoments(5000))
    )
    np.testing.assert_allclose(found.moments.values, expected.values, rtol=1e-12)


@pytest.mark.parametrize("burst", [left(1), 19])
def test_outliers_are_clipped_as_they_are_without_it(burst) -> None:
    values = NOISE[:2000].copy()
    values[1000 : 1000 + burst] = 1e6
    values[500:520] = np.nan
    found, expected = (
        last(scale, values) for scale in (AdaptiveMoments(), ExponentialMoments(5000))
    )
    np.testing.assert_allclose(found.moments.values, expected.values, rtol=1e-12)


def test_a_label_is_carried_over_unclipped_from_the_second_of_a_burst_on() -> None:
    scale = AdaptiveMoments()
    for burst, clipped in ((1, True), (2, False), (5, False)):
        state = last(scale, np.append(NOISE[:200], [500.0] * burst))
        score = scale.normalise(state, jnp.full(1, 500.0))
        assert bool(scale.carried(state, score)[0] == 10) is clipped
        assert scale.bounded(score)[0] == 10
        if not clipped:
            assert scale.restore(state, scale.carried(state, score))[0] == pytest.approx(500)


def test_it_needs_a_clip_to_tell_what_lies_outside() -> None:
    with pytest.raises(ValueError, match=r"^Expected clip > 0; got None\. Try clip=10, or Exp"):
        AdaptiveMoments(clip=None)
    with pytest.raises(ValueError, match=r"^Expected time_constant >= 1"):
        AdaptiveMoments(0.5)
