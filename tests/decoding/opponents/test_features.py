import numpy as np

from decoding.opponents.made import make_rows
from onward.decoding.opponents.features import Centre, lagged


def test_lags_are_the_last_bins_and_end_at_a_start() -> None:
    random = np.random.default_rng(0)
    values, start = random.normal(size=(40, 3)), random.random(40) < 0.15
    expected = np.zeros((40, 5, 3))
    for row in range(40):
        for lag in range(5):
            if row - lag < 0 or (lag and start[row - lag + 1 : row + 1].any()):
                break
            expected[row, lag] = values[row - lag]
    found = lagged(values, start, np.arange(40), 5)
    np.testing.assert_array_equal(found, expected.reshape(40, 15))
    some = np.array([39, 3, 17])
    np.testing.assert_array_equal(lagged(values, start, some, 5), found[some])
    assert start.any()
    assert (lagged(values, start & False, np.arange(40), 5) != found).any()


def test_a_gap_stands_at_the_mean_so_far_of_its_channel() -> None:
    rows = make_rows(0, rows=60)
    counts = rows.counts.copy()
    counts[np.random.default_rng(1).random(counts.shape) < 0.3] = np.nan
    counts[:5, 2] = np.nan
    centre = Centre.of([rows])
    np.testing.assert_allclose(centre.mean, np.sqrt(rows.counts.astype(float)).mean(axis=0))
    found = centre.see(counts)
    roots = np.sqrt(counts.astype(float))
    for row, channel in np.argwhere(np.isnan(counts)):
        known = roots[:row, channel][~np.isnan(roots[:row, channel])]
        expected = known.mean() - centre.mean[channel] if len(known) else 0.0
        np.testing.assert_allclose(found[row, channel], expected, atol=1e-12)
    known = ~np.isnan(counts)
    np.testing.assert_allclose(found[known], (roots - centre.mean)[known])
