"""MATLAB v7.3 files in the layout of Indy and Loco, written by h5py."""

from datetime import datetime
from pathlib import Path

import h5py
import numpy as np
import pytest

from onward.recordings import RecordingError, count_spikes, read_session

from .writing import trains, write_indy

TIME = np.arange(2501) / 250.0
CURSOR = np.stack([np.sin(TIME), np.cos(TIME)], axis=1) * 30
FINGER = np.stack([0 * TIME, -np.sin(TIME), -np.cos(TIME)], axis=1) * 3


def indy(folder: Path, **changes) -> Path:
    # The first unit of a channel is unsorted; the second channel has that one alone.
    a, b, c = trains(3, 10.0)
    fields = {"cursor_pos": CURSOR, "finger_pos": FINGER, "target_pos": CURSOR} | changes
    spikes = fields.pop("spikes", [[a, b], [c], [np.empty(0)]])
    path = folder / "indy_20160630_01.mat"
    return write_indy(path, spikes, fields.pop("time", TIME), **fields)


def test_a_channel_counts_its_unsorted_and_its_sorted_units(tmp_path: Path) -> None:
    made = read_session(indy(tmp_path), bin_s=0.05)
    ends = 0.05 * np.arange(1, 201)
    a, b, c = (count_spikes(one, ends - 0.05, ends) for one in trains(3, 10.0))
    assert made.channels == ("M1 001", "M1 002", "M1 003")
    np.testing.assert_array_equal(made.counts, np.stack([a + b, c, 0 * c], axis=1))
    assert made.began == datetime(2016, 6, 30, 0, 0, 1) and made.name == "indy_20160630_01"


def test_an_empty_cell_holds_no_spikes_though_it_holds_numbers(tmp_path: Path) -> None:
    path = indy(tmp_path)
    with h5py.File(path, "r+") as file:
        empty = file[file["spikes"][0, 2]]
        assert empty[()].tolist() == [0, 1]
        del empty.attrs["MATLAB_empty"]
    assert read_session(path).counts[:, 2].sum() == 1


def test_velocity_is_that_of_the_cursor_or_of_another_position(tmp_path: Path) -> None:
    path = indy(tmp_path)
    made = read_session(path, bin_s=0.02)
    assert made.target_names == ("velocity x", "velocity y") and made.unit == "mm/s"
    np.testing.assert_allclose(made.targets[1:], np.diff(CURSOR[5::5], axis=0) / 0.02, rtol=1e-3)
    finger = read_session(path, bin_s=0.02, position="finger_pos")
    assert finger.target_names == ("velocity z", "velocity -x", "velocity -y")
    assert finger.unit == "cm/s"
    position = read_session(path, "finger_pos", bin_s=0.02, beyond=40.0)
    np.testing.assert_array_equal(position.targets, FINGER[5::5].astype(np.float32))
    assert position.target_names[1] == "finger_pos -x" and position.unit == "cm"


def test_what_does_not_fit_is_refused_by_file_and_field(tmp_path: Path) -> None:
    def refused(message: str, target: str = "velocity", **changes) -> None:
        with pytest.raises(RecordingError, match=message):
            read_session(indy(tmp_path, **changes), target)

    back = [[np.array([0.1, 0.4])], [np.array([]), np.array([0.5, 0.2])]]
    refused("sorted spike times in spikes, unit 1 of 'M1 002' of indy_20160630_01.mat", spikes=back)
    refused("times >= 0 in spikes, unit 0 of 'M1 001'", spikes=[[np.array([-1.0])]])
    refused("a time for each of 2500 samples in 'cursor_pos' of indy", cursor_pos=CURSOR[:-1])
    refused("a time for each of 2501 samples in 'cursor_pos'", time=TIME[:-1])
    refused("each label once in 'chan_names'", labels=["a", "a", "b"])
    refused("a column of units for each of 2 chan_names in 'spikes'", labels=["a", "b"])
    refused("a signal 'gaze' in target of indy.*'cursor_pos'", "gaze")


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "old.mat").write_bytes(b"MATLAB 5.0 MAT-file" + bytes(200))
    with pytest.raises(RecordingError, match=r"old.mat to be a readable MATLAB v7.3 .*'-v7.3'"):
        read_session(tmp_path / "old.mat")
    with h5py.File(tmp_path / "other.mat", "w") as file:
        file["binned"] = np.zeros((3, 3))
    with pytest.raises(
        RecordingError, match=r"'spikes' in variables of other\.mat; got only 'binn"
    ):
        read_session(tmp_path / "other.mat")
    whole = indy(tmp_path).read_bytes()
    (tmp_path / "cut.mat").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(RecordingError, match=r"cut\.mat to be a readable MATLAB v7.3 file"):
        read_session(tmp_path / "cut.mat")


def test_more_than_2_gib_are_refused_unread(tmp_path: Path) -> None:
    path = indy(tmp_path)
    with h5py.File(path, "r+") as file:
        del file["cursor_pos"]
        file.create_dataset("cursor_pos", shape=(2, 2**40), dtype="f8", chunks=(2, 2**16))
    with pytest.raises(RecordingError, match="at most 2 GiB in 'cursor_pos' of indy"):
        read_session(path)
