"""A learner with intervals: what it leaves alone, how it is cut, and what it refuses."""

import jax
import numpy as np
import pytest

from learning.examples import assert_same, copied, learner_of, stream
from matrix import left
from onward import AdaptiveConformal, Conformal, CrossEntropy, Observation
from onward.wrapping.bands import Bands

STEPS = 90


def conformal_of(delay: int = 0, targets: int = 1, **options) -> Conformal:
    return Conformal(
        learner_of(targets=targets, delay=delay, **options), AdaptiveConformal(first=5)
    )


def start(conformal: Conformal):
    return conformal.init(jax.random.key(0))


def with_holes(delay: int, targets: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """A stream whose labels arrive late, some of them missing."""
    xs, ys = stream(STEPS, targets)
    ys = np.roll(ys, delay, axis=0)
    ys[:delay] = np.nan
    ys[30:33] = np.nan
    ys[40, 0] = np.inf
    return xs, ys


@pytest.mark.parametrize("delay", [left(0), 4])
def test_it_predicts_as_the_learner_does_alone_and_tells_intervals_around_it(delay: int) -> None:
    xs, ys = with_holes(delay)
    conformal = conformal_of(delay)
    state, info, low, high = conformal.run(start(conformal), xs, ys)
    learner, expected = conformal.learner.run(conformal.learner.init(jax.random.key(0)), xs, ys)
    assert_same(info, expected)
    assert_same(copied(state.learner), copied(learner))
    told = np.isfinite(low)
    np.testing.assert_array_equal(told, np.isfinite(high))
    assert not told[: 5 + delay].any() and told[10 + 2 * delay :].all()
    assert (low <= high)[told].all()
    assert low.shape == high.shape == (STEPS, 1)


@pytest.mark.parametrize("delay", [left(0), 4])
def test_it_does_not_matter_how_the_samples_are_cut(delay: int) -> None:
    xs, ys = with_holes(delay, targets=2)
    conformal = conformal_of(delay, targets=2)
    state, _, low, high = conformal.run(start(conformal), xs, ys)
    whole = copied(state.bands)
    cut, lows, highs = start(conformal), [], []
    for begin, end in ((0, 1), (1, 40), (40, STEPS)):
        cut, _, one, other = conformal.run(cut, xs[begin:end], ys[begin:end])
        lows, highs = [*lows, one], [*highs, other]
    np.testing.assert_array_equal(np.concatenate(lows), low)
    np.testing.assert_array_equal(np.concatenate(highs), high)
    assert_same(copied(cut.bands), whole)


@pytest.mark.parametrize("delay", [left(0), 3])
def test_a_step_is_a_run_of_one_and_a_prediction_is_what_it_will_tell(delay: int) -> None:
    xs, ys = with_holes(delay)
    conformal = conformal_of(delay)
    _, _, low, high = conformal.run(start(conformal), xs[:30], ys[:30])
    state = start(conformal)
    for row in range(30):
        prediction, least, most = conformal.predict(state, xs[row], ys[row])
        state, info, one, other = conformal.step(state, xs[row], ys[row])
        np.testing.assert_array_equal(one, low[row])
        np.testing.assert_array_equal(other, high[row])
        np.testing.assert_allclose(prediction, info.prediction)
        np.testing.assert_allclose(least, one)
        np.testing.assert_allclose(most, other)
    _, least, most = conformal.predict(state, xs[:4], None if delay == 0 else ys[:4])
    assert least.shape == most.shape == (4, 1) and np.isfinite(least).all()


def test_labels_of_an_observation_are_read_and_none_is_none() -> None:
    xs, ys = with_holes(0)
    conformal = conformal_of()
    _, _, low, _ = conformal.run(start(conformal), xs, ys)
    _, _, seen, _ = conformal.run(start(conformal), Observation(xs, ys))
    np.testing.assert_array_equal(seen, low)
    _, _, never, _ = conformal.run(start(conformal), xs)
    assert np.isnan(never).all()


def test_a_late_label_is_compared_with_the_interval_that_was_given_for_it() -> None:
    made = np.random.default_rng(0).normal(size=(60, 1))
    labels = made + 1.0
    labels[40] = 50.0
    bands = Bands(AdaptiveConformal(first=5), 1, np.float64, 3)
    late = np.concatenate([np.full((3, 1), np.nan), labels[:-3]])
    _, low, high = bands.run(bands.init(), made, late)
    half = (high - low)[:, 0]
    # The wild label of row 40 comes with row 43, and nothing is known of it before.
    assert (np.diff(half[10:43]) < 0).all() and half[43] > half[42]


def test_series_are_followed_each_by_itself() -> None:
    random = np.random.default_rng(1)
    codes = random.integers(0, 3, 200)
    made, labels = random.normal(size=(2, 200, 1))
    together = Bands(AdaptiveConformal(first=5), 1, np.float64, 2, series=3)
    _, low, high = together.run(together.init(), made, labels, codes)
    for code in range(3):
        alone = Bands(AdaptiveConformal(first=5), 1, np.float64, 2)
        own = codes == code
        _, least, most = alone.run(alone.init(), made[own], labels[own])
        np.testing.assert_array_equal(low[own], least)
        np.testing.assert_array_equal(high[own], most)


def test_under_vmap_it_is_what_each_would_be() -> None:
    made, labels = np.random.default_rng(2).normal(size=(2, 4, 40, 1))
    bands = Bands(AdaptiveConformal(first=5), 1, np.float64, 1)
    low = jax.vmap(lambda *rows: bands.run(bands.init(), *rows)[1])(made, labels)
    for index in range(4):
        expected = bands.run(bands.init(), made[index], labels[index])[1]
        np.testing.assert_allclose(low[index], expected, rtol=1e-12)


def test_classes_have_no_interval(untyped) -> None:
    message = r"^Expected a learner with one output a target; got 3 outputs for 1 target\. Try"
    with pytest.raises(ValueError, match=message):
        Conformal(learner_of(loss=CrossEntropy(3)))
    with pytest.raises(ValueError, match=r"^Expected interval of type AdaptiveConformal; got 0\.9"):
        Conformal(learner_of(), 0.9)  # pyright: ignore[reportArgumentType]
