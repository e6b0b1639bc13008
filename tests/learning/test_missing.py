"""Features that are missing are filled in, and the sample is learnt from."""

import jax
import numpy as np
import pytest

from matrix import left
from onward import GRU, RTRL, Immediate, Learner, Unscaled

from .examples import all_finite, assert_close, assert_same, learner_of, start, stream

HOLES = {"nan": np.nan, "inf": np.inf, "too large": 1e30}


@pytest.mark.parametrize("rule", [left(Immediate()), RTRL()], ids=str)
def test_a_missing_feature_stands_at_its_mean_and_is_learnt_from(rule) -> None:
    learner = learner_of(rule=rule, scale=Unscaled(), dtype=np.float32)
    xs, ys = stream(30)
    xs[10, 1] = 0.0
    expected, _ = learner.run(start(learner), xs, ys)
    for hole in HOLES.values():
        spoilt = xs.copy()
        spoilt[10, 1] = hole
        state, info = learner.run(start(learner), spoilt, ys)
        assert info.learnt.all()
        assert not info.skipped.any()
        assert state.counters.filled == 1
        assert_same(state.parameters, expected.parameters)
        assert_same(state.recurrent, expected.recurrent)


def test_a_missing_feature_stands_at_its_last_value_on_request() -> None:
    xs, ys = stream(30)
    held = xs.copy()
    held[10:13, 1] = held[9, 1]
    xs[10:13, 1] = np.nan
    learner, other = learner_of(missing="last", scale=Unscaled()), learner_of(scale=Unscaled())
    state, info = learner.run(start(learner), xs, ys)
    expected, _ = other.run(start(other), held, ys)
    assert info.learnt.all()
    assert state.counters.filled == 3
    assert_same(state.parameters, expected.parameters)
    np.testing.assert_array_equal(state.newest, xs[-1])


def test_before_its_first_value_a_feature_stands_at_the_mean() -> None:
    learner = learner_of(missing="last", scale=Unscaled())
    xs, ys = stream(6)
    xs[:, 1] = np.nan
    state, _ = learner.run(start(learner), xs, ys)
    zeros = learner_of(scale=Unscaled())
    expected, _ = zeros.run(start(zeros), np.nan_to_num(xs), ys)
    assert_same(state.parameters, expected.parameters)


@pytest.mark.parametrize(("delay", "missing"), [left(0, "mean"), (2, "mean"), (2, "last")])
def test_a_mask_tells_the_network_what_is_missing(delay, missing) -> None:
    """The same as features of one's own that say so, whatever stands in their place."""
    xs, ys = stream(30)
    xs[4:9, 0], xs[7, 1] = np.nan, np.nan
    cell = GRU(2 + 2 + 1, 4, key=jax.random.key(1))
    options = {"feedback": True, "delay": delay, "scale": Unscaled()}
    masked = Learner(cell, 1, mask=True, missing=missing, **options)
    assert masked.features == 2
    state, info = masked.run(start(masked), xs, ys)
    plain = Learner(cell, 1, **options)
    filled = np.nan_to_num(xs)
    if missing == "last":
        filled[4:9, 0], filled[7, 1] = xs[3, 0], xs[6, 1]
    own = np.concatenate([filled, np.isnan(xs)], axis=1)
    expected, expected_info = plain.run(start(plain), own, ys)
    assert_close(state.parameters, expected.parameters)
    assert_close(info.prediction, expected_info.prediction)


def test_rows_of_which_none_is_whole_are_learnt_from() -> None:
    """Two sensors that are read in turn."""
    random = np.random.default_rng(0)
    xs = random.normal(size=(2000, 2))
    ys = 3 * xs[:, :1]
    xs[::2, 1], xs[1::2, 0] = np.nan, np.nan
    learner = learner_of(optimizer="rmsprop", learning_rate=1e-3, targets=1)
    state, info = learner.run(start(learner), xs, ys)
    assert all_finite(state.parameters)
    assert info.learnt[1:].all()
    error = np.abs(info.prediction - ys)[1000:, 0]
    assert error[::2].mean() < 0.5 * error[1::2].mean()


def test_no_feature_at_all_is_a_stream_that_runs_on_its_own_past() -> None:
    ys = np.sin(np.arange(1500) / 5)[:, None]
    learner = Learner(GRU(1, 8, key=jax.random.key(0)), feedback=True)
    assert learner.features == 0
    _, info = learner.run(start(learner), np.zeros((1500, 0)), ys)
    last = np.abs(np.diff(ys[1000:, 0])).mean()
    assert np.abs(info.prediction - ys)[1001:].mean() < 0.5 * last


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"missing": "median"}, r"^Expected missing to be one of mean, last, skip; got 'median'"),
        ({"missing": "last", "guard": False}, r"^Expected no wish about missing features without"),
        ({"mask": True, "guard": False}, r"^Expected no wish about missing features without"),
        ({"mask": True, "feedback": True}, r"^Expected a cell whose input_size is twice the feat"),
        ({"mask": 1}, r"^Expected mask"),
    ],
)
def test_what_cannot_be_is_refused(options, message) -> None:
    with pytest.raises(ValueError, match=message):
        Learner(GRU(2, 4, key=jax.random.key(0)), **options)
