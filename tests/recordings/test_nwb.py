"""NWB files as laboratories and the FALCON benchmark lay them out, written by pynwb."""

from pathlib import Path

import numpy as np
import pytest

from onward.recordings import RecordingError, count_spikes, read_session

from .writing import BEGAN, NwbWriter, trains

FAST = np.arange(0, 2501) / 250.0
TWENTY = np.arange(0, 500) * 0.02


def hand(times: np.ndarray) -> np.ndarray:
    return np.stack([np.sin(times), np.cos(2 * times)], axis=1)


def expected(spikes: np.ndarray, ends: np.ndarray, bin_s: float) -> np.ndarray:
    return count_spikes(spikes, np.concatenate([[ends[0] - bin_s], ends[:-1]]), ends)


def test_units_are_summed_by_electrode_and_velocity_is_derived(tmp_path: Path) -> None:
    spikes = trains(4, 10.0)
    with NwbWriter(tmp_path / "day.nwb") as nwb:
        nwb.units(spikes, labels=("e3", "e1", "e2"), of=(1, 0, 1, 2))
        nwb.position(hand(FAST), FAST, unit="cm", conversion=10.0)
        nwb.trials([(1.0, 2.0), (2.0, 3.5)])
    made = read_session(tmp_path / "day.nwb", bin_s=0.05)
    ends = 0.05 * np.arange(1, 201)
    assert made.channels == ("e1", "e3", "e2") and made.began == BEGAN and len(made) == 200
    together = np.sort(np.concatenate([spikes[0], spikes[2]]))
    np.testing.assert_array_equal(made.counts[:, 0], expected(together, ends, 0.05))
    np.testing.assert_array_equal(made.counts[:, 1], expected(spikes[1], ends, 0.05))
    assert made.target_names == ("velocity x", "velocity y") and made.unit == "cm/s"
    # The last sample at or before an end: 50 ms are 12.5 samples.
    position = 10 * hand(FAST[(ends * 250 + 1e-6).astype(int)])
    np.testing.assert_allclose(made.targets[1:], np.diff(position, axis=0) / 0.05, rtol=1e-5)
    assert np.isnan(made.targets[0]).all() and not made.scored[0] and made.scored[1:].all()
    assert made.trial is not None
    expected_trial = np.where((ends > 1.001) & (ends < 2.001), 0, -1)
    expected_trial[(ends > 2.001) & (ends < 3.501)] = 1
    np.testing.assert_array_equal(made.trial, expected_trial)
    assert made.start.sum() == 1
    at_trials = read_session(tmp_path / "day.nwb", bin_s=0.05, starts="trials").start
    assert np.flatnonzero(at_trials).tolist() == [0, 20, 40]


def test_columns_in_a_container_and_a_mask_as_falcon_has_them(tmp_path: Path) -> None:
    # With a gap of a second, as where a session was cut.
    times = np.concatenate([TWENTY[:200], TWENTY[200:] + 1.0])
    mask = np.ones(500, bool)
    mask[50:60] = False
    spikes = trains(3, 11.0)
    with NwbWriter(tmp_path / "m2.nwb") as nwb:
        nwb.units(spikes, labels=("1", "2", "3"))
        velocity = hand(times)
        columns = {"index": velocity[:, 0], "mrs": velocity[:, 1]}
        nwb.columns("finger_vel", columns, times)
        nwb.acquisition("eval_mask", mask, times, unit="bool")
    made = read_session(tmp_path / "m2.nwb", bin_s=0.02)
    assert made.target_names == ("index", "mrs") and made.unit == "m/s"
    np.testing.assert_array_equal(made.targets, hand(times).astype(np.float32))
    np.testing.assert_array_equal(made.scored, mask)
    assert np.flatnonzero(made.start).tolist() == [0, 200]
    assert read_session(tmp_path / "m2.nwb", bin_s=0.02, mask=None).scored.all()
    # The bin behind the gap holds no spike of the gap.
    np.testing.assert_array_equal(
        made.counts[200], [np.sum((s > times[200] - 0.02) & (s <= times[200])) for s in spikes]
    )
    # In coarser bins a row is scored only if the mask holds in all of it.
    coarse = read_session(tmp_path / "m2.nwb", bin_s=0.1)
    assert np.flatnonzero(~coarse.scored)[:3].tolist() == [9, 10, 11]


def test_samples_that_are_stamped_at_their_start_belong_to_the_bin_behind(tmp_path: Path) -> None:
    spikes = trains(2, 10.0)
    with NwbWriter(tmp_path / "m2.nwb") as nwb:
        nwb.units(spikes)
        nwb.acquisition("finger_vel", hand(TWENTY), TWENTY)
        nwb.acquisition("eval_mask", TWENTY > 1.0, TWENTY)
    made = read_session(tmp_path / "m2.nwb", bin_s=0.02, stamps="start")
    ends = TWENTY + np.median(np.diff(TWENTY))
    counts = [expected(one, ends, 0.02) for one in spikes]
    np.testing.assert_array_equal(made.counts, np.transpose(counts))
    np.testing.assert_array_equal(made.targets, hand(TWENTY).astype(np.float32))
    np.testing.assert_array_equal(made.scored, TWENTY > 1.0)
    # The same rows, one bin later.
    at_end = read_session(tmp_path / "m2.nwb", bin_s=0.02)
    assert np.mean(made.counts[:-1] == at_end.counts[1:]) > 0.99


def test_one_member_of_a_container_can_be_asked_for_where_they_are_no_columns(tmp_path) -> None:
    with NwbWriter(tmp_path / "mixed.nwb") as nwb:
        nwb.units(trains(2, 10.0))
        nwb.columns("behavior", {"hand_vel": hand(FAST), "pupil": FAST}, FAST)
    made = read_session(tmp_path / "mixed.nwb")
    assert made.target_names == ("hand_vel x", "hand_vel y")
    assert made.channels == ("unit 0", "unit 1")
    both = read_session(tmp_path / "mixed.nwb", ["hand_vel", "pupil"])
    assert both.target_names == ("hand_vel x", "hand_vel y", "pupil")


def test_a_step_where_the_rate_belongs_is_told(tmp_path: Path) -> None:
    with NwbWriter(tmp_path / "h1.nwb") as nwb:
        nwb.units([np.concatenate([[-0.01], spikes]) for spikes in trains(2, 10.0)])
        nwb.acquisition("OpenLoopKinematicsVelocity", np.ones((500, 7)), 0.02)
    with pytest.warns(UserWarning, match="is taken for 0.02 s a sample"):
        made = read_session(tmp_path / "h1.nwb", bin_s=0.02)
    assert len(made) == 500 and made.counts[0, 0] >= 1
    assert made.target_names[6] == "OpenLoopKinematicsVelocity 6"


def test_a_rate_that_is_one_is_taken_at_its_word(tmp_path: Path) -> None:
    with NwbWriter(tmp_path / "slow.nwb") as nwb:
        nwb.units(trains(2, 100.0))
        nwb.acquisition("velocity", np.ones((50, 2)), 0.5)
    assert len(read_session(tmp_path / "slow.nwb", bin_s=2.0)) == 50


def test_equal_labels_of_two_arrays_are_told_apart(tmp_path: Path) -> None:
    with NwbWriter(tmp_path / "two.nwb") as nwb:
        groups = ("M1", "M1", "S1")
        nwb.units(trains(2, 10.0), labels=("1", "2", "1"), of=(0, 2), groups=groups)
        nwb.acquisition("velocity", hand(FAST), FAST)
    assert read_session(tmp_path / "two.nwb").channels == ("M1 1", "S1 1")


def test_an_excursion_and_the_row_behind_it_have_no_labels(tmp_path: Path) -> None:
    position = hand(TWENTY)
    position[100, 1] = -20.0
    with NwbWriter(tmp_path / "out.nwb") as nwb:
        nwb.units(trains(2, 10.0))
        nwb.acquisition("cursor", position, TWENTY)
        nwb.acquisition("emg", TWENTY, TWENTY)
    made = read_session(tmp_path / "out.nwb", bin_s=0.02, beyond=14.0)
    assert np.flatnonzero(~made.scored).tolist() == [0, 100, 101]
    assert np.isnan(made.targets[100:102]).all()
    assert read_session(tmp_path / "out.nwb", "emg", bin_s=0.02, beyond=14.0).scored.sum() == 498


def test_what_is_missing_is_refused_with_what_is_there(tmp_path: Path) -> None:
    def refused(name: str, message: str, **options) -> None:
        with pytest.raises(RecordingError, match=message):
            read_session(tmp_path / name, **options)

    with NwbWriter(tmp_path / "units.nwb") as nwb:
        nwb.units(trains(2, 10.0))
    refused("units.nwb", r"behaviour for 'velocity' in target of units.nwb; got no behaviour")
    with NwbWriter(tmp_path / "behaviour.nwb") as nwb:
        nwb.acquisition("velocity", hand(FAST), FAST)
    refused("behaviour.nwb", "spike times in units of behaviour.nwb; got no units")
    with NwbWriter(tmp_path / "several.nwb") as nwb:
        nwb.units(trains(2, 10.0))
        for name in ("left_vel", "right_vel", "emg"):
            nwb.acquisition(name, hand(FAST), FAST)
    refused("several.nwb", r"one velocity .* 'left_vel', 'right_vel'\. Try target='left_vel'")
    refused("several.nwb", "a signal 'gaze' in target of .*'left_vel'.*'emg'", target="gaze")
    refused("several.nwb", "a signal 'good' in mask", target="emg", mask="good")
    refused("several.nwb", "a position for beyond", target="emg", beyond=1.0)


@pytest.mark.parametrize(
    ("spikes", "table", "message"),
    [
        ([0.4, 0.1], [], "sorted spike times in units, unit 0 of 'unit 0' of bad.nwb"),
        ([-0.4, 0.1], [], "spike times >= 0 in units, unit 0 of 'unit 0' of bad.nwb"),
        ([0.1], [(1, 3), (2, 4)], "trials that do not overlap in trials of bad.nwb; got trial 1"),
        ([0.1], [(3, 1)], "trials that end after they begin in trials of bad.nwb"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, spikes, table, message: str) -> None:
    with NwbWriter(tmp_path / "bad.nwb") as nwb:
        nwb.units([np.array(spikes)])
        nwb.acquisition("velocity", hand(FAST), FAST)
        nwb.trials([(float(start), float(stop)) for start, stop in table])
    with pytest.raises(RecordingError, match=message):
        read_session(tmp_path / "bad.nwb")


def test_labels_that_are_longer_than_their_times_are_refused(tmp_path: Path) -> None:
    import h5py

    with NwbWriter(tmp_path / "long.nwb") as nwb:
        nwb.units(trains(1, 10.0))
        nwb.acquisition("velocity", hand(FAST), FAST)
    with h5py.File(tmp_path / "long.nwb", "r+") as file:
        series = file["acquisition/velocity"]
        times = series["timestamps"]
        attributes, values = dict(times.attrs), times[:-7]
        del series["timestamps"]
        series["timestamps"] = values
        series["timestamps"].attrs.update(attributes)
    with pytest.raises(RecordingError, match="a time for each of 2501 samples in 'velocity' of l"):
        read_session(tmp_path / "long.nwb")


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_file_that_was_cut_off_is_refused(tmp_path: Path, share: float) -> None:
    with NwbWriter(tmp_path / "cut.nwb") as nwb:
        nwb.units(trains(2, 10.0))
        nwb.acquisition("velocity", hand(FAST), FAST)
    whole = (tmp_path / "cut.nwb").read_bytes()
    (tmp_path / "cut.nwb").write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(RecordingError, match=r"Expected cut\.nwb to be a readable NWB file; got"):
        read_session(tmp_path / "cut.nwb")
