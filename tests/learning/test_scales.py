"""Units: inputs and targets are normalised by their running moments, predictions are not."""

import numpy as np

from onward import RTRL, Poisson, Unscaled

from .examples import assert_close, learner_of, start, stream


def test_the_moments_are_those_of_all_values_so_far() -> None:
    learner = learner_of(targets=2)
    xs, ys = stream(40, targets=2)
    xs[3, 0], ys[5, 1] = np.nan, np.nan
    xs, ys = 3 * xs + 5, 0.1 * ys - 2
    state, _ = learner.run(start(learner), xs, ys)
    for moments, values in ((state.input_scale.moments, xs), (state.target_scale.moments, ys)):
        np.testing.assert_array_equal(moments.count, (~np.isnan(values)).sum(axis=0))
        np.testing.assert_allclose(moments.mean, np.nanmean(values, axis=0), rtol=1e-12)
        np.testing.assert_allclose(moments.variance, np.nanvar(values, axis=0), rtol=1e-10)


def test_predictions_follow_a_change_of_units() -> None:
    learner = learner_of(targets=2, rule=RTRL(), delay=1, feedback=True)
    xs, ys = stream(60, targets=2)
    ys[0] = np.nan
    _, plain = learner.run(start(learner), xs, ys)
    scales, shifts = np.array([1000.0, 0.003]), np.array([-50.0, 7.0])
    _, moved = learner.run(start(learner), scales * xs + shifts, shifts + scales[::-1] * ys)
    expected = shifts + scales[::-1] * np.asarray(plain.prediction)
    np.testing.assert_allclose(moved.prediction, expected, rtol=1e-7)
    np.testing.assert_allclose(moved.loss, plain.loss, rtol=1e-6)
    assert np.std(plain.prediction[20:]) > 0.1


def test_without_normalisation_units_matter() -> None:
    learner = learner_of(scale=Unscaled())
    xs, ys = stream(60)
    _, plain = learner.run(start(learner), xs, ys)
    _, moved = learner.run(start(learner), xs, 1000 * ys)
    assert not np.allclose(moved.prediction, 1000 * np.asarray(plain.prediction), rtol=1e-2)


def test_one_wild_value_neither_spoils_the_scale_nor_dominates_the_weights() -> None:
    learner = learner_of(optimizer="sgd", learning_rate=0.01)
    xs, ys = stream(100)
    wild_xs, wild_ys = xs.copy(), ys.copy()
    wild_xs[60, 0], wild_ys[60] = 1e6, -1e6
    state, info = learner.run(start(learner), xs, ys)
    wild, wild_info = learner.run(start(learner), wild_xs, wild_ys)
    assert wild.input_scale.moments.variance[0] < 4 * state.input_scale.moments.variance[0]
    assert wild.target_scale.moments.variance[0] < 4 * state.target_scale.moments.variance[0]
    assert wild_info.loss[60] <= 0.5 * 12**2
    np.testing.assert_allclose(wild_info.prediction[75:], info.prediction[75:], atol=2)
    assert not wild_info.skipped.any()


def test_counts_are_not_normalised() -> None:
    learner = learner_of(loss=Poisson(), optimizer="sgd", learning_rate=0.01)
    xs, _ = stream(600)
    random = np.random.default_rng(1)
    rates = np.exp(1 + 0.5 * xs[:, :1])
    state, info = learner.run(start(learner), xs, random.poisson(rates).astype(float))
    assert state.target_scale == ()
    np.testing.assert_array_equal(info.prediction[0], 1)
    off = np.abs(np.log(info.prediction / rates))
    assert off[400:].mean() < 0.3


def test_everything_is_invariant_to_what_comes_after() -> None:
    """A prefix of a stream gives a prefix of the run: no scale looks ahead."""
    learner = learner_of()
    xs, ys = stream(60)
    _, whole = learner.run(start(learner), xs, ys)
    _, prefix = learner.run(start(learner), xs[:25], ys[:25])
    assert_close(prefix.prediction, whole.prediction[:25])
