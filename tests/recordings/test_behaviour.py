"""Behaviour at the ends of bins: the last sample, never a later one."""

import numpy as np
import pytest

from onward.recordings import Behaviour, Bins, RecordingError, sampled, velocity
from onward.recordings.behaviour import all_true


def behaviour(times, values) -> Behaviour:
    values = np.reshape(values, (len(values), -1))
    names = tuple(map(str, range(values.shape[1])))
    return Behaviour(np.asarray(times, float), values, names)


@pytest.mark.parametrize("seed", range(30))
def test_each_bin_has_the_last_sample_at_or_before_its_end(seed: int) -> None:
    rng = np.random.default_rng(seed)
    bins = Bins(rng.uniform(0, 1) + 0.05 * np.arange(1, 60), 0.05)
    times = np.unique(np.concatenate([rng.uniform(0, 3, 40), rng.choice(bins.ends, 5)]))
    given = behaviour(times, rng.normal(size=(len(times), 2)))
    found = sampled(given, bins)
    for k, end in enumerate(bins.ends):
        past = np.flatnonzero(times <= end)
        if len(past) and end - times[past[-1]] <= 3 * 0.05 + 1e-7:
            np.testing.assert_array_equal(found[k], given.values[past[-1]])
        else:
            assert np.isnan(found[k]).all()
    k = int(rng.integers(len(bins.ends)))
    if np.sum(times <= bins.ends[k]):
        past = times <= bins.ends[k]
        known = sampled(behaviour(times[past], given.values[past]), bins)
        np.testing.assert_array_equal(known[: k + 1], found[: k + 1])


def test_the_rounding_of_times_moves_no_sample_into_the_next_bin() -> None:
    times = np.concatenate([[0.0], np.cumsum(np.full(99_999, 1 / 250))])
    bins = Bins(0.02 * np.arange(1, 19_999), 0.02)
    found = sampled(behaviour(times, np.arange(100_000)), bins)[:, 0]
    np.testing.assert_array_equal(found, 5 * np.arange(1, 19_999))
    # Without any allowance some come a sample late: the test would see it.
    strict = np.searchsorted(times, bins.ends, side="right") - 1
    assert np.any(strict != found)


def test_a_sample_that_is_missing_is_missing_and_not_the_one_before() -> None:
    bins = Bins(np.arange(8.0), 1.0)
    found = sampled(behaviour([0.5, 2.0, 3.5], [1.0, np.nan, 3.0]), bins)[:, 0]
    # The first bin ends before the first sample, the last one long after the last.
    np.testing.assert_array_equal(found, [np.nan, 1.0, np.nan, np.nan, 3.0, 3.0, 3.0, np.nan])


def test_velocity_is_the_difference_over_the_bin_and_never_over_a_gap() -> None:
    position = np.array([[0.0], [1.0], [3.0], [9.0], [10.0], [np.nan], [12.0]])
    gap = np.array([True, False, False, True, False, False, False])
    found = velocity(position, gap, 0.5)[:, 0]
    np.testing.assert_array_equal(found, [np.nan, 2.0, 4.0, np.nan, 2.0, np.nan, np.nan])


def test_a_mask_holds_in_a_bin_if_it_holds_at_every_sample_of_it() -> None:
    bins = Bins(np.array([1.0, 2.0, 3.0, 4.0]), 1.0)
    times = np.array([0.5, 1.0, 1.4, 2.0, 3.0])
    mask = behaviour(times, np.array([True, True, False, True, True]))
    # The first sample of the third bin is its last; the fourth bin has only an older one.
    assert all_true(mask, bins).tolist() == [True, False, True, True]
    assert not all_true(behaviour(times, np.zeros(5, bool)), bins).any()


@pytest.mark.parametrize(
    ("times", "samples", "message"),
    [
        ([0.0, 0.1, 0.2], 4, "a time for each of 4 samples in 'hand' of d.nwb; got 3 times"),
        ([0.0, 0.2, 0.1, 0.3], 4, "times that go forward in 'hand' of d.nwb; got 0.1 s after 0.2"),
        ([0.0, np.nan, 0.2], 3, "times that go forward"),
        ([0.0], 1, "two samples or more"),
    ],
)
def test_times_that_do_not_fit_are_refused(times, samples: int, message: str) -> None:
    with pytest.raises(RecordingError, match=message):
        behaviour(times, np.zeros(samples)).check("'hand'", "d.nwb")
