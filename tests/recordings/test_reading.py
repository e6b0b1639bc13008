"""Several recordings: in the order of time, and alike."""

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from onward.recordings import RecordingError, read_session, read_sessions

from .writing import NwbWriter, trains, write_days

DAYS = ["2020-01-03", "2020-01-01", "2020-01-02"]


def test_a_folder_and_a_pattern_are_read_in_the_order_of_time(tmp_path: Path) -> None:
    paths = write_days(tmp_path, DAYS)
    # What files are called is not when they began.
    shutil.move(paths[1], tmp_path / "z.npz")
    (tmp_path / "notes.txt").write_text("of the day")
    for where in (tmp_path, str(tmp_path / "*.npz")):
        assert [one.name for one in read_sessions(where)] == ["z", "20200102", "20200103"]
    assert [one.name for one in read_sessions(paths[0])] == ["20200103"]


def test_a_list_out_of_order_is_sorted_with_a_warning_or_refused(tmp_path: Path) -> None:
    paths = write_days(tmp_path, DAYS)
    message = "recordings in the order of time; got '20200101' of 2020-01-01 .* behind '20200103'"
    with pytest.warns(UserWarning, match=message):
        made = read_sessions(paths)
    assert [one.name for one in made] == ["20200101", "20200102", "20200103"]
    with pytest.raises(RecordingError, match=message):
        read_sessions(paths, strict=True)
    assert len(read_sessions(sorted(paths), strict=True)) == 3


def test_moments_with_and_without_a_zone_are_put_in_order(tmp_path: Path) -> None:
    with NwbWriter(tmp_path / "a.nwb") as nwb:  # of 2020-10-19
        nwb.units(trains(2, 10.0))
        times = np.arange(2501) / 250
        nwb.acquisition("velocity", np.ones((2501, 2)), times)
    write_days(tmp_path, ["2020-10-18", "2020-10-20"], target_unit="m/s")
    names = [one.name for one in read_sessions(tmp_path)]
    assert names == ["20201018", "a", "20201020"]


def test_without_dates_the_order_given_is_kept(tmp_path: Path) -> None:
    a, b = write_days(tmp_path, ["2020-01-01", "2020-01-02"], date="")
    a, b = (shutil.move(one, tmp_path / name) for one, name in ((a, "a.npz"), (b, "b.npz")))
    assert [one.name for one in read_sessions([b, a], strict=True)] == ["b", "a"]
    assert read_session(a).began is None


def test_sessions_that_are_not_alike_are_refused(tmp_path: Path) -> None:
    def refused(message: str, **arrays) -> None:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        write_days(folder, ["2020-01-01"], target_unit="mm/s")
        write_days(folder, ["2020-01-02"], **arrays)
        with pytest.raises(RecordingError, match=message):
            read_sessions(folder)

    refused("bins of 0.05 s, as in '20200101', in bin_s of '20200102'; got 0.02 s", bin_s=0.02)
    refused("labels in mm/s, as in '20200101', in unit of '20200102'; got m/s", target_unit="m/s")
    refused("'velocity x', 'velocity y', as in .*'velocity z'", velocity=np.ones((40, 3)))


def test_what_is_no_recording_is_refused(tmp_path: Path) -> None:
    (tmp_path / "day.csv").write_text("a,b")
    with pytest.raises(RecordingError, match=r"ends in \.nwb, .*; got 'day.csv'"):
        read_session(tmp_path / "day.csv")
    with pytest.raises(RecordingError, match=r"Expected a file; got '.*gone.npz'"):
        read_session(tmp_path / "gone.npz")
    with pytest.raises(RecordingError, match="got none at"):
        read_sessions(tmp_path / "*.npz")
    with pytest.raises(RecordingError, match="got none at"):
        read_sessions([])


@pytest.mark.parametrize(("name", "ending"), [("pynwb", "nwb"), ("h5py", "mat")])
def test_a_reader_that_is_not_installed_is_named(tmp_path, monkeypatch, name, ending) -> None:
    path = tmp_path / f"day.{ending}"
    path.write_bytes(b"")
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=rf"Expected {name}, .* Try pip install pynwb h5py"):
        read_session(path)
