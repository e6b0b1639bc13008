"""How rates have changed, and what was masked."""

import numpy as np
import pytest

from onward.report.decoding.drift import (
    FLOOR,
    changes,
    mask_figure,
    masked_sentence,
    shifted,
    shifted_sentence,
)


def study(rates, missing, trained=2):
    sessions = [
        {"name": f"s{place}", "rates": one, "missing": gone}
        for place, (one, gone) in enumerate(zip(rates, missing, strict=True))
    ]
    channels = ["a", "b", "c"]
    return {"training": sessions[:trained], "sessions": sessions[trained:], "channels": channels}


CLEAN = [[0.0] * 3] * 4


def test_changes_are_doublings_since_the_mean_of_the_training():
    before = [3.0, 1.0, 0.0], [5.0, 1.0, 0.0]
    after = [2 * (4 + FLOOR) - FLOOR, 1.0, 0.0], [4.0, (1 + FLOOR) / 4 - FLOOR, None]
    found = changes(study([*before, *after], CLEAN))
    np.testing.assert_allclose(found[2], [1, 0, 0], atol=1e-12)
    np.testing.assert_allclose(found[3], [0, -2, np.nan], atol=1e-12)
    # One of three has doubled; of two that are there, one has fallen to a quarter.
    np.testing.assert_allclose(shifted(study([*before, *after], CLEAN)), [1 / 3, 1 / 2])
    assert shifted_sentence(study([*before, *after], CLEAN)) == (
        "33 to 50 % of the channels fire at least twice or at most half as often as in training; "
        "most, in s3."
    )


def test_a_channel_that_is_masked_throughout_has_not_fallen_silent():
    rates = [[2.0] * 3] * 2 + [[0.0, 2.0, 2.0]] * 2
    gone = [[0.0] * 3] * 2 + [[1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    found = changes(study(rates, gone))
    assert np.isnan(found[2, 0]) and found[3, 0] < -2


def test_masks_are_drawn_and_told_where_there_are_any():
    rates = [[2.0] * 3] * 4
    assert mask_figure(study(rates, CLEAN), "m", (4, 3)) is None
    assert masked_sentence(study(rates, CLEAN)) == "No channel was masked or missing."
    gone = [[0.0] * 3, [0.0] * 3, [0.0, 1.0, 0.0], [0.2, 0.0, 0.0]]
    assert "<image" in (mask_figure(study(rates, gone), "m", (4, 3)) or "")
    assert masked_sentence(study(rates, gone)) == (
        "10 % of all bins were masked or missing; most, 100 % of b in s2. 1 channel was absent "
        "from a whole session."
    )


@pytest.mark.parametrize("channels", [1, 96])
def test_the_map_has_a_dot_for_each_cell(channels):
    rates = np.random.default_rng(0).exponential(5, (5, channels)).tolist()
    found = changes(study(rates, np.zeros((5, channels)).tolist()))
    assert found.shape == (5, channels)
