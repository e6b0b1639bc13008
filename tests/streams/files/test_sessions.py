"""Several files as one stream."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from onward.streams import StreamError, open_file, open_stream

from .writing import write_frame

LENGTHS = {"day1": 7, "day2": 12, "day10": 4}


def days(folder: Path, ending: str = "csv") -> list[Path]:
    """Three files, of which the rows are numbered through in `row`."""
    paths, first = [], 0
    for name, length in LENGTHS.items():
        rows = np.arange(first, first + length)
        frame = pd.DataFrame({"row": rows + 0.5, "b": np.sin(rows), "y": np.cos(rows)})
        paths.append(write_frame(folder, frame, ending, name))
        first += length
    return paths


@pytest.mark.parametrize("ending", ["csv", "parquet", "npz"])
@pytest.mark.parametrize("how", ["list", "folder", "pattern"])
def test_files_are_one_stream(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, how: str
) -> None:
    """In the order of their numbers; each is a phase and begins a sequence.

    Blocks of the files are of three rows here.
    """
    for module in ("npz", "parquet"):
        monkeypatch.setattr(f"onward.streams.files.{module}.BATCH_ROWS", 3)
    paths = days(tmp_path, ending)
    (tmp_path / "notes.txt").write_text("no rows")
    (tmp_path / ".hidden.csv").write_text("no,rows")
    given: Any = {"list": paths, "folder": tmp_path, "pattern": str(tmp_path / "day*")}[how]
    stream = open_stream(given, target="y")
    info = stream.info
    assert info.length == 23 and info.session_lengths == (7, 12, 4)
    assert (info.phase_name, info.phase_names) == ("file", ("day1", "day2", "day10"))
    assert info.start_name == "file" and info.feature_names == ("row", "b")
    assert info.name == (tmp_path.name if how == "folder" else "day1+2")
    for first in range(24):
        parts = list(stream.chunks(5, first))
        x, phase, start = (
            np.concatenate([getattr(part, name) for part in parts] or [np.zeros(0)])
            for name in ("x", "phase", "start")
        )
        np.testing.assert_array_equal(x[:, 0] if len(x) else x, np.arange(first, 23) + 0.5)
        np.testing.assert_array_equal(phase, np.repeat([0, 1, 2], [7, 12, 4])[first:])
        np.testing.assert_array_equal(start, np.isin(np.arange(23), [0, 7, 19])[first:])


def test_a_list_keeps_its_order(tmp_path: Path) -> None:
    one, two, ten = days(tmp_path)
    assert open_file([ten, one, two], "y").info.phase_names == ("day10", "day1", "day2")


def test_a_folder_of_one_file_is_one_session(tmp_path: Path) -> None:
    write_frame(tmp_path, pd.DataFrame({"a": [1.5, 2], "y": [0.5, 1]}), "csv")
    info = open_file(tmp_path, "y").info
    assert (info.phase_names, info.session_lengths) == (("data",), (2,))


def test_other_starts_and_phases_are_kept(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [0.5, 1, 2, 3], "y": [0.1, 1, 2, 3], "part": [1, 1, 2, 2]})
    paths = [write_frame(tmp_path, frame, "csv", name) for name in ("one", "two")]
    (rows,) = open_file(paths, "y", start="part", phases="part").chunks(8)
    assert rows.start is not None and rows.phase is not None
    assert np.flatnonzero(rows.start).tolist() == [0, 2, 4, 6]
    assert rows.phase.tolist() == [0, 0, 1, 1] * 2
    info = open_file(paths, "y", start="part", phases="part").info
    assert (info.start_name, info.session_lengths) == ("part or file", (4, 4))
    # Every series begins anew in each file.
    (rows,) = open_file(paths, "y", series="part").chunks(8)
    assert rows.start is not None and np.flatnonzero(rows.start).tolist() == [0, 2, 4, 6]


def test_types_and_classes_are_those_of_all_files(tmp_path: Path) -> None:
    one = pd.DataFrame({"a": [1, 2], "b": [1, 2], "y": ["up", "up"]})
    two = pd.DataFrame({"a": [0.5, 2.5], "b": [None, None], "y": ["down", "flat"]})
    for ending in ("csv", "parquet"):
        paths = [write_frame(tmp_path, f, ending, n) for n, f in (("one", one), ("two", two))]
        for order in (paths, paths[::-1]):
            stream = open_file(order, "y")
            assert stream.info.class_names == ("down", "flat", "up")
            (rows,) = stream.chunks(4)
            a, b = ([1, 2], [0.5, 2.5]), ([1, 2], [np.nan, np.nan])
            expected = [np.concatenate(v if order is paths else v[::-1]) for v in (a, b)]
            np.testing.assert_array_equal(rows.x, np.column_stack(expected))


def test_types_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    one, two = (pd.DataFrame({"a": cells, "y": [0.5, 1]}) for cells in ([1, 2], ["x", "y"]))
    paths = [write_frame(tmp_path, f, "parquet", n) for n, f in (("one", one), ("two", two))]
    message = r"^Expected cells of one type in the column 'a' of every file; got .*string in two "
    with pytest.raises(StreamError, match=message):
        open_file(paths, "y")


def test_a_column_named_file_stays_a_column(tmp_path: Path) -> None:
    frame = pd.DataFrame({"file": [0.5, 1], "y": [0.1, 1]})
    paths = [write_frame(tmp_path, frame, "csv", name) for name in ("one", "two")]
    info = open_file(paths, "y").info
    assert info.feature_names == ("file",) and info.phase_name == "file_"


def test_files_of_one_name_keep_their_folders(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [0.5, 1], "y": [0.1, 1]})
    folders = [tmp_path / name for name in ("p", "q")]
    for folder in folders:
        folder.mkdir()
    paths = [write_frame(folder, frame, "csv") for folder in folders]
    assert open_file(paths, "y").info.phase_names == tuple(map(str, paths))
    found = open_file(str(tmp_path / "*" / "data.csv"), "y").info.phase_names
    assert found == tuple(map(str, paths))


def test_valid_rows_count_for_the_sessions(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [0.5, 1, 2], "y": [0.1, 1, 3], "use": [1, 0, 1]})
    paths = [write_frame(tmp_path, frame, "csv", name) for name in ("one", "two")]
    info = open_file(paths, "y", valid="use").info
    assert (info.length, info.session_lengths) == (4, (2, 2))


def test_files_of_other_columns_are_refused(tmp_path: Path) -> None:
    paths = days(tmp_path)
    paths[1].write_text("row,c,y\n1,2,3\n2,3,4\n")
    with pytest.raises(StreamError) as error:
        open_file(paths, "y")
    assert str(error.value) == (
        "Expected the columns of day1 in every file; got day2 without 'b' and day2 with 'c' "
        "besides; try files of the same columns."
    )


def test_what_is_no_set_of_files_is_refused(tmp_path: Path) -> None:
    paths = days(tmp_path)
    (tmp_path / "empty").mkdir()
    parquet = write_frame(tmp_path, pd.read_csv(paths[0]), "parquet", "day3")
    for given, message in [
        ([], "at least one file; got an empty list; try the path of a file."),
        ([paths[0], paths[0]], "every file once; got 'day1.csv' twice; try removing the repeti"),
        (tmp_path / "empty", "at least one file of a known kind; got the folder "),
        (str(tmp_path / "night*"), "at least one file of a known kind; got "),
        ([paths[0], parquet], "files of one kind; got the CSV file day1 and the Parquet file d"),
        ([*paths, tmp_path / "day4.csv"], "an existing file; got "),
    ]:
        with pytest.raises(StreamError) as error:
            open_stream(given, target="y")
        assert str(error.value).startswith(f"Expected {message}")


def test_a_stray_cell_is_told_by_its_file_and_the_row_there(tmp_path: Path) -> None:
    paths = days(tmp_path)
    lines = paths[1].read_text().splitlines()
    lines[9] = "16.5,lost,0.5"
    paths[1].write_text("\n".join(lines))
    place = "'lost' in row 9 of the file 'day2'"
    with pytest.raises(StreamError, match=f"numbers in the column 'b'; got {place} "):
        open_file(paths, "y")
    with pytest.raises(StreamError, match=f"numbers in the column 'b'; got {place} "):
        open_file(paths, "b")


@pytest.mark.parametrize("several", [False, True])
def test_a_gap_is_told_by_its_row_in_one_file_alone(tmp_path: Path, several: bool) -> None:
    """Among the rows of several files a number would be of none of them."""
    days = [*range(9), 12, 13, 14]
    time = pd.Timestamp("2024-01-01") + pd.to_timedelta(days, "D")
    frame = pd.DataFrame({"when": time, "a": np.sin(days), "y": np.cos(days)})
    later = frame.assign(when=frame["when"] + pd.Timedelta("15D"))
    paths = [write_frame(tmp_path, one, "csv", name) for name, one in (("p", frame), ("q", later))]
    (note,) = open_file(paths if several else paths[1], "y").info.warnings
    where = "2024-01-13" if several else "row 10 (2024-01-28)"
    assert note.endswith(f"the longest, 4 d, leads to {where}.")
