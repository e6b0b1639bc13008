"""Dead channels, masked one by one and causally."""

import numpy as np
import pytest

from onward.recordings import without_dead


def by_hand(counts: np.ndarray, most: int) -> np.ndarray:
    found = counts.astype(np.float32)
    for channel in range(counts.shape[1]):
        silent = 0
        for row in range(len(counts)):
            silent = 0 if counts[row, channel] > 0 else silent + 1
            if silent > most:
                found[row, channel] = np.nan
    return found


@pytest.mark.parametrize("seed", range(10))
def test_masks_are_those_of_brute_force_and_know_no_future(seed: int) -> None:
    rng = np.random.default_rng(seed)
    counts = rng.poisson(rng.uniform(0.05, 0.6, 5), (200, 5)).astype(float)
    counts[rng.uniform(size=counts.shape) < 0.05] = np.nan
    found = without_dead(counts, 0.05, 0.5)
    np.testing.assert_array_equal(found, by_hand(counts, 10))
    row = int(rng.integers(1, 200))
    np.testing.assert_array_equal(without_dead(counts[:row], 0.05, 0.5), found[:row])


def test_one_dead_channel_leaves_the_others_alone() -> None:
    counts = np.ones((1000, 96))
    counts[:, 7] = 0
    found = without_dead(counts, 0.05, 30.0)
    assert np.isnan(found[:, 7]).sum() == 1000 - 600
    assert not np.isnan(found[:600]).any()
    assert np.isnan(np.delete(found, 7, axis=1)).sum() == 0


def test_none_masks_nothing_and_the_input_stays_as_it_was() -> None:
    counts = np.zeros((1000, 2))
    assert not np.isnan(without_dead(counts, 0.05, None)).any()
    without_dead(counts, 0.05, 1.0)
    assert not np.isnan(counts).any()
