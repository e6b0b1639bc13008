"""NPZ and Parquet files of binned counts."""

from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from onward.recordings import RecordingError, Session, read_session

T = 60
RNG = np.random.default_rng(0)
COUNTS = RNG.poisson(2.0, (T, 4)).astype(np.uint8)
CURSOR = RNG.normal(size=(T, 2)).astype(np.float32)
LABELS = np.array(["ee01u0", "ee02u0", "ee03u0", "ee05u0"])


def npz(folder: Path, **arrays: Any) -> Path:
    given = {"counts": COUNTS, "cursor": CURSOR, "label": LABELS, "bin_s": 0.05} | arrays
    np.savez(folder / "day.npz", **{name: one for name, one in given.items() if one is not None})
    return folder / "day.npz"


def read(folder: Path, target: Any = "velocity", asked: Any = None, **arrays: Any) -> Session:
    return read_session(npz(folder, **arrays), target, **(asked or {}))


def test_velocity_is_derived_where_there_is_none(tmp_path: Path) -> None:
    made = read(tmp_path)
    assert made.channels == tuple(LABELS) and made.bin_s == 0.05
    np.testing.assert_array_equal(made.counts, COUNTS)
    np.testing.assert_allclose(made.targets[1:], np.diff(CURSOR, axis=0) / 0.05, rtol=1e-4)
    np.testing.assert_array_equal(read(tmp_path, "cursor").targets, CURSOR)
    stated = read(tmp_path, velocity=CURSOR * 3)
    np.testing.assert_array_equal(stated.targets, CURSOR * 3)
    assert stated.target_names == made.target_names == ("velocity x", "velocity y")


def test_masks_excursions_and_dates_as_the_wrist_recordings_have_them(tmp_path: Path) -> None:
    cursor, valid = CURSOR.copy(), np.ones(T, bool)
    cursor[20, 0], valid[40] = 15.0, False
    columns = np.array(["start_time_s", "target_id", "end_time_s"])
    table = np.array([[0.13, 7, 0.42], [np.nan, 0, 1.0], [1.0, 8, 1.5]])
    arrays = {"cursor": cursor, "valid": valid, "trials": table, "trial_columns": columns}
    arrays |= {"velocity": CURSOR, "t_end_first": 0.1, "start_datetime": "7/18/2012 14:0:46.750"}
    made = read(tmp_path, asked={"beyond": 14}, **arrays)
    assert made.began == datetime(2012, 7, 18, 14, 0, 46, 750_000)
    assert np.flatnonzero(~made.scored).tolist() == [20, 21, 40]
    assert np.isnan(made.targets[20:22]).all() and not np.isnan(made.targets[40]).any()
    assert made.trial is not None and np.flatnonzero(made.start).tolist() == [0]
    # Row k ends at 0.1 s + k 50 ms.
    assert np.flatnonzero(made.trial == 0).tolist() == [1, 2, 3, 4, 5, 6]
    assert np.flatnonzero(made.trial == 2).tolist() == list(range(19, 29))
    assert set(made.trial.tolist()) == {-1, 0, 2}


def test_between_trials_that_were_cut_out_time_is_missing(tmp_path: Path) -> None:
    trial = np.repeat([17, 18, 21], 20).astype(np.uint16)
    made = read(tmp_path, trial=trial)
    assert np.flatnonzero(made.start).tolist() == [0, 20, 40]
    assert np.flatnonzero(np.isnan(made.targets[:, 0])).tolist() == [0, 20, 40]
    assert made.trial is not None and made.trial.tolist() == trial.tolist()


def test_gaps_are_told_by_times_or_by_start(tmp_path: Path) -> None:
    time = 5 + 0.05 * np.arange(T)
    time[30:] += 4
    made = read(tmp_path, time=time, trial=np.repeat([1, 2], 30))
    assert np.flatnonzero(made.start).tolist() == [0, 30]
    start = np.arange(T) == 10
    assert np.flatnonzero(read(tmp_path, start=start, time=time).start).tolist() == [0, 10, 30]


def test_a_channel_that_falls_silent_is_masked_and_no_other(tmp_path: Path) -> None:
    counts = np.maximum(COUNTS, 1)
    counts[10:, 2] = 0
    made = read(tmp_path, asked={"dead_after": 1.0}, counts=counts)
    assert np.flatnonzero(np.isnan(made.counts).any(axis=0)).tolist() == [2]
    assert np.flatnonzero(np.isnan(made.counts[:, 2])).tolist() == list(range(30, T))


def test_one_channel_of_nan_is_kept_as_it_is(tmp_path: Path) -> None:
    counts = COUNTS.astype(np.float32)
    counts[:, 1] = np.nan
    made = read(tmp_path, counts=counts)
    assert np.isnan(made.counts[:, 1]).all() and not np.isnan(made.counts[:, [0, 2, 3]]).any()
    assert made.scored[1:].all()


def test_channels_without_labels_are_numbered_and_counts_may_be_called_otherwise(tmp_path) -> None:
    assert read(tmp_path, label=None).channels[3] == "channel 4"
    assert read(tmp_path, label=None, channel=np.arange(5, 9)).channels == ("5", "6", "7", "8")
    made = read(tmp_path, asked={"counts": "crossings"}, counts=None, crossings=COUNTS)
    np.testing.assert_array_equal(made.counts, COUNTS)


@pytest.mark.parametrize(
    ("arrays", "asked", "message"),
    [
        (
            {"cursor": CURSOR[:-1]},
            {},
            r"label for each of 60 bins of counts in 'cursor' of day.npz",
        ),
        ({"velocity": np.zeros((61, 2))}, {}, r"bins of counts in 'velocity' .* shape \(61, 2\)"),
        ({"cursor": None}, {}, "behaviour for 'velocity' in target of day.npz; got no behaviour"),
        ({"counts": None}, {}, r"array 'counts' of counts in 'counts' of day.npz; got only 'curs"),
        ({"bin_s": None}, {}, r"width of a bin in seconds in 'bin_s' .* none\. Try bin_s=0.05"),
        ({"bin_s": "wide"}, {}, "width of a bin in seconds"),
        ({}, {"bin_s": 0.02}, r"bins of 0.02 s in 'bin_s' of day.npz; got 0.05 s"),
        ({"time": np.arange(T)}, {}, "steps of 0.05 s, as bin_s says, in 'time' .* got 1 s"),
        ({"time": -np.arange(T)}, {}, "times that go forward in 'time'"),
        ({"valid": np.ones(59, bool)}, {"mask": "valid"}, "truth value for each of 60 bins in 'va"),
        ({}, {"mask": "good"}, "'good' of day.npz; got no such array"),
        (
            {"label": np.array(["a", "a", "b", "c"])},
            {},
            "each name once in channels of .* 'a' twic",
        ),
        ({"counts": COUNTS - 3.0}, {}, "counts >= 0 in counts of session 'day'"),
        ({"velocity": np.full((T, 2), np.nan)}, {}, "labels in 'velocity x', 'velocity y' of day"),
        ({}, {"beyond": -1}, "beyond to be a number > 0, or None; got -1"),
        ({}, {"starts": "now"}, "starts to be 'gaps' or 'trials'"),
        ({}, {"stamps": "middle"}, "stamps to be 'end' or 'start'; got 'middle'"),
        ({}, {"target": ()}, "target to be the name of a signal"),
        (
            {"trials": np.array([[0, 2.0], [1, 3]]), "trial_columns": ["start_time", "stop_time"]},
            {},
            "trials that do not overlap in 'trials' of day.npz; got trial 1 from 1 s on, before",
        ),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path: Path, arrays, asked, message: str) -> None:
    with pytest.raises(RecordingError, match=message):
        read_session(npz(tmp_path, **arrays), **asked)


def table(folder: Path, metadata: Any = None, **columns: Any) -> Path:
    given = {f"counts.{label}": COUNTS[:, k] for k, label in enumerate(LABELS)}
    given |= {"cursor_x": CURSOR[:, 0], "cursor_y": CURSOR[:, 1]} | columns
    made = pa.table({name: pa.array(one) for name, one in given.items() if one is not None})
    stated = {"bin_s": "0.05", "date": "2020-10-19"} if metadata is None else metadata
    parquet.write_table(made.replace_schema_metadata(stated), folder / "day.parquet")
    return folder / "day.parquet"


def test_parquet_says_what_an_npz_file_says(tmp_path: Path) -> None:
    valid = np.arange(T) != 9
    time = 0.05 * np.arange(1, T + 1)
    time[30:] += 1
    made = read_session(table(tmp_path, valid=valid, time=time))
    same = read(tmp_path, valid=valid, time=time, date="2020-10-19")
    assert made.target_names == same.target_names and made.began == same.began
    assert made.channels == tuple(LABELS)
    for field in ("counts", "targets", "scored", "start"):
        np.testing.assert_array_equal(getattr(made, field), getattr(same, field))


def test_columns_and_bins_of_parquet_can_be_told(tmp_path: Path) -> None:
    plain = {f"counts.{label}": None for label in LABELS}
    plain |= {"e1": COUNTS[:, 0], "e2": pa.array([None, *COUNTS[1:, 1].tolist()])}
    path = table(tmp_path, {}, **plain)
    made = read_session(path, ("cursor_x", "cursor_y"), counts=["e2", "e1"], bin_s=0.02)
    assert made.channels == ("e2", "e1") and made.bin_s == 0.02
    assert made.target_names == ("cursor_x", "cursor_y")
    assert np.isnan(made.counts[0, 0]) and not np.isnan(made.counts[1:]).any()
    with pytest.raises(
        RecordingError, match=r"a signal 'hand' .* only 'cursor_x', 'cursor_y', 'cur"
    ):
        read_session(path, "hand", counts=["e2", "e1"], bin_s=0.02)
    with pytest.raises(RecordingError, match="columns 'counts' with a dot and more in counts of"):
        read_session(path)
    with pytest.raises(RecordingError, match="the width of a bin in seconds"):
        read_session(path, "cursor_x", counts=["e1"])


def test_a_parquet_file_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    path = table(tmp_path)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(RecordingError, match=r"day\.parquet to be a readable Parquet file"):
        read_session(path)
