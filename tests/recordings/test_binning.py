"""Binning against brute force, with spikes on the very edges."""

import numpy as np
import pytest

from onward.recordings import Bins, RecordingError, binned, bins_of, count_spikes


def by_hand(times: np.ndarray, begins: np.ndarray, ends: np.ndarray) -> list[int]:
    pairs = zip(begins, ends, strict=True)
    return [sum(1 for time in times if begin < time <= end) for begin, end in pairs]


def random_bins(rng: np.random.Generator) -> Bins:
    """Bins at odd places, with jitter, and with gaps."""
    bin_s = float(rng.choice([0.01, 0.02, 0.05, 1 / 3]))
    steps = bin_s * rng.choice([1.0, 1.0, 1.0, 0.97, 1.04, 7.0], int(rng.integers(1, 40)))
    return Bins(float(rng.uniform(0, 3)) + np.cumsum(steps), bin_s)


@pytest.mark.parametrize("seed", range(60))
def test_counts_are_those_of_brute_force(seed: int) -> None:
    rng = np.random.default_rng(seed)
    bins = random_bins(rng)
    edges = np.concatenate([bins.begins, bins.ends])
    # On edges, one float beside them, anywhere, and twice.
    near = np.concatenate([edges, np.nextafter(edges, 0), np.nextafter(edges, 9e9)])
    times = rng.choice(near, int(rng.integers(0, 60)))
    times = np.concatenate([times, rng.uniform(0, bins.ends[-1] + 1, int(rng.integers(0, 60)))])
    times = np.sort(np.repeat(np.maximum(times, 0), rng.integers(1, 3, len(times))))
    expected = by_hand(times, bins.begins, bins.ends)
    assert count_spikes(times, bins.begins, bins.ends).tolist() == expected
    cut = np.sort(rng.integers(0, len(times) + 1, 3))
    units = [times[: cut[0]], times[cut[0] : cut[1]], times[cut[1] :], np.empty(0)]
    counts = binned({"a": units, "silent": []}, bins, "made.nwb")
    assert counts.dtype == np.float32 and counts[:, 1].sum() == 0
    np.testing.assert_array_equal(counts[:, 0], expected)


def test_a_spike_on_the_edge_belongs_to_the_bin_that_ends_there() -> None:
    bins = Bins(np.array([0.1, 0.2, 0.30000000000000004]), 0.1)
    times = np.array([0.0, 0.1, 0.2, np.nextafter(0.2, 1), 0.30000000000000004, 0.31])
    assert count_spikes(times, bins.begins, bins.ends).tolist() == [1, 1, 2]


@pytest.mark.parametrize("seed", range(20))
def test_a_bin_knows_nothing_of_what_comes_after_its_end(seed: int) -> None:
    rng = np.random.default_rng(seed)
    bins, times = random_bins(rng), np.sort(rng.uniform(0, 9, 200))
    k = int(rng.integers(len(bins.ends)))
    past = times[times <= bins.ends[k]]
    all_of_them = count_spikes(times, bins.begins, bins.ends)
    of_the_past = count_spikes(past, bins.begins, bins.ends)
    np.testing.assert_array_equal(all_of_them[: k + 1], of_the_past[: k + 1])


def test_samples_a_bin_apart_are_rows_and_gaps_between_them_are_gaps() -> None:
    times = np.array([0.0, 0.02, 0.04, 0.0603, 0.16, 0.18])
    bins = bins_of(times, 0.02)
    np.testing.assert_array_equal(bins.ends, times)
    assert bins.gap.tolist() == [True, False, False, False, True, False]
    np.testing.assert_allclose(bins.begins, [-0.02, 0.0, 0.02, 0.04, 0.14, 0.16])


def test_other_samples_are_covered_from_the_first_to_the_last() -> None:
    times = 2.0 + np.arange(251) / 250
    bins = bins_of(times, 0.05)
    np.testing.assert_allclose(bins.ends, 2.05 + 0.05 * np.arange(20))
    assert bins.gap.sum() == 1
    # A rest that makes no bin is left out.
    assert len(bins_of(times[:-1], 0.05).ends) == 19


def test_behaviour_of_no_bin_or_of_far_too_many_is_refused() -> None:
    for times in (np.array([0.0, 0.01, 0.02]), np.array([0.0, 0.004, 1e12])):
        with pytest.raises(
            RecordingError, match=r"spans 1 to \d+ bins of 0.05 s; got (0.02|1e\+12)"
        ):
            bins_of(times, 0.05)
    many = Bins(np.broadcast_to(1.0, 2**23), 0.05)
    with pytest.raises(RecordingError, match="at most 2 GiB in spikes of day"):
        binned({str(channel): [] for channel in range(96)}, many, "day")


@pytest.mark.parametrize(
    ("times", "message"),
    [
        ([0.5, 0.2, 0.9], "sorted spike times in units, unit 1 of 'M1 7' of d.nwb; got 0.5 s b"),
        ([-0.1, 0.2], "spike times >= 0 in units, unit 1 of 'M1 7' of d.nwb; got a spike at -0.1"),
        ([0.1, float("nan")], "finite spike times in units, unit 1 of 'M1 7' of d.nwb"),
        ([["a"]], "spike times in seconds in units, unit 1"),
    ],
)
def test_spike_times_that_cannot_be_are_refused_by_file_and_unit(times, message: str) -> None:
    bins = bins_of(np.arange(1.0, 9.0), 1.0)
    with pytest.raises(RecordingError, match=message):
        binned({"M1 6": [], "M1 7": [np.arange(3.0), np.array(times)]}, bins, "d.nwb", "units")


def test_spikes_of_a_first_bin_that_begins_before_zero_are_counted() -> None:
    bins = bins_of(np.array([0.0, 0.02, 0.04]), 0.02)
    assert binned({"a": [np.array([-0.015, 0.0, 0.01])]}, bins, "d").ravel().tolist() == [2, 1, 0]
