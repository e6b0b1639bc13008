"""Real recordings, where the folder that holds them lies next to the repository."""

import os
from pathlib import Path

import numpy as np
import pytest

from onward.recordings import matched, read_session, read_sessions

BESIDE = Path(__file__).parents[3] / "shared" / "data"
DATA = Path(os.environ.get("ONWARD_DATA", BESIDE))

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"needs the recordings in {DATA}"),
]


def test_wrist_force_over_three_months() -> None:
    sessions = matched(read_sessions(DATA / "limb_wrist_spike", beyond=14, dead_after=None))
    assert len(sessions) == 20 and [one.name for one in sessions][-1] == "20121018"
    assert all(one.began is not None for one in sessions)
    assert len({one.channels for one in sessions}) == 1 and sessions[0].channels[0] == "ee01u0"
    for one in sessions[:3]:
        with np.load(DATA / "limb_wrist_spike" / f"{one.name}.npz") as arrays:
            np.testing.assert_array_equal(one.counts, arrays["counts"])
            out = (np.abs(arrays["cursor"]) > 14).any(axis=1)
            out[1:] |= out[:-1].copy()
            np.testing.assert_array_equal(one.scored, arrays["valid"] & ~out)
            np.testing.assert_array_equal(one.targets[~out], arrays["velocity"][~out])
            assert one.start.sum() == 1 and one.trial is not None
            assert one.trial.max() == len(arrays["trials"]) - 1


def test_velocity_derived_from_the_cursor_is_the_velocity() -> None:
    path = DATA / "limb_wrist_spike" / "20120718.npz"
    derived = read_session(path, ("cursor",)).targets
    stated = read_session(path).targets
    np.testing.assert_allclose(np.diff(derived, axis=0) / 0.05, stated[1:], atol=2e-4)


def test_closed_loop_trials_begin_afresh() -> None:
    made = read_session(DATA / "bci_instability_20160325" / "session.npz", "decoded_velocity")
    assert len(made) == 38_015 and made.start.sum() == 1_252 and made.bin_s == 0.045
