"""What a file's form and its structure have to do with each other."""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from onward.streams import StreamError, from_rows, from_table, open_file

from .writing import message_of, read, table, write

NAN = np.nan


def days(folder: Path, name: str, first: int, ending: str = ".csv") -> None:
    """A file of three days, the newest first."""
    rows = "".join(f"{first + day}.01.2024;{first + day},5;{day}\n" for day in (2, 1, 0))
    text = ("Day;a;y\n" + rows).encode()
    (folder / (name + ending)).write_bytes(gzip.compress(text) if ending == ".csv.gz" else text)


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".txt"])
def test_each_of_several_files_is_turned_round_in_its_place(tmp_path: Path, ending: str) -> None:
    for number, first in enumerate((11, 14, 17)):
        days(tmp_path, f"part{number + 8}", first, ending)
    stream = open_file(tmp_path, "y", task="regression", reverse=True)
    for start in (0, 2, 3, 7):
        (rows,) = stream.chunks(9, start)
        assert rows.time is not None and rows.start is not None
        assert rows.x[:, 0].tolist() == [11.5 + row for row in range(start, 9)]
        assert np.all(np.diff(rows.time) == np.timedelta64(1, "D"))
        assert rows.start.tolist() == [row % 3 == 0 for row in range(start, 9)]
    assert stream.info.phase_names == ("part8", "part9", "part10")
    assert stream.info.warnings == ("Read ',' as the decimal mark.",)


def test_notes_lie_beside_data(tmp_path: Path) -> None:
    days(tmp_path, "part", 11)
    write(tmp_path, "Read me first.", "readme.txt")
    assert open_file(tmp_path, "y").info.length == 3


def test_json_lines_of_several_files_have_the_types_of_all(tmp_path: Path) -> None:
    for number, cell in enumerate(("1", "2.5", "null")):
        rows = f'{{"a": {cell}, "y": 0.5}}\n{{"a": {cell}, "y": 1.5}}\n'
        write(tmp_path, rows, f"{number}.jsonl")
    (rows,) = open_file(tmp_path, "y", start="a").chunks(6)
    assert rows.start is not None and rows.start.tolist() == [True, False] * 3
    (rows,) = open_file(tmp_path, "y").chunks(6)
    np.testing.assert_array_equal(rows.x[:, 0], [1, 1, 2.5, 2.5, NAN, NAN])


def test_codes_for_missing_hold_for_series_and_valid_rows(tmp_path: Path) -> None:
    path = table(tmp_path, shop=["a", "?", "-1"] * 4, ok=["1", "-1", "NA", "1"] * 3, c=range(12))
    info, rows = read(path, series="shop", valid="ok", missing_codes=("?", -1))
    assert info.length == 6 and info.series_names == ("a", "")
    assert rows.x[:, 0].tolist() == [0, 3, 4, 7, 8, 11]
    assert "Left out 6 of 12 rows, which 'ok' does not call valid." in info.warnings
    expected = "truth values, or 0 and 1, in the column 'ok' of valid rows; got '-1'"
    assert expected in message_of(path, valid="ok")


def test_a_date_and_a_time_of_day_have_gaps_and_series(tmp_path: Path) -> None:
    hours = pd.date_range("2024-01-01", periods=20, freq="6h").repeat(2)
    hours = hours.where(hours < "2024-01-03", hours + pd.Timedelta("9D"))
    columns = {"Date": hours.strftime("%d.%m.%Y"), "Time": hours.strftime("%H:%M")}
    path = table(tmp_path, **columns, shop=["n", "s"] * 20, a=range(40))
    info, rows = read(path, series="shop", gap="1d", calendar="hour")
    assert info.feature_names == ("a", "hour_sin", "hour_cos")
    assert rows.start is not None and np.flatnonzero(rows.start).tolist() == [0, 1, 16, 17]
    assert info.steps is not None and info.steps.median == 6 * 3600
    assert info.warnings[0] == "Took 'Date' and 'Time' together as the time of the rows."
    assert not any("Duplicates" in note or "Uneven" in note for note in info.warnings)


def test_features_of_words_that_tell_the_class_are_told() -> None:
    classes = np.random.default_rng(0).integers(0, 2, 300)
    frame = pd.DataFrame({"end": np.where(classes, "won", "lost"), "y": classes})
    info = from_table(frame, "y").info
    assert info.feature_names in (("end=won", "end=lost"), ("end=lost", "end=won"))
    assert any("tells 'y' almost exactly" in note for note in info.warnings)


def test_tables_take_codes_and_are_turned_round() -> None:
    frame = pd.DataFrame({"a": [1, -9, 3], "w": ["x", "-9", "x"], "y": [0.5, 1.5, 2.5]})
    (rows,) = from_table(frame, "y", missing_codes=-9, reverse=True).chunks(3)
    np.testing.assert_array_equal(rows.x[:, 0], [3, NAN, 1])
    assert rows.y[:, 0].tolist() == [2.5, 1.5, 0.5]
    (rows,) = from_rows(frame.to_dict("records"), "y", missing_codes=[-9]).chunks(3)
    np.testing.assert_array_equal(rows.x[:, 0], [1, NAN, 3])


def test_names_with_commas_are_cut_where_no_column_has_them(tmp_path: Path) -> None:
    rows = pd.DataFrame({"a, b": [1.5, 2.5], "c": [3.5, 4.5], "y": [0.5, 0.75]})
    path = tmp_path / "data.parquet"
    rows.to_parquet(path)
    assert open_file(path, "y", "a, b,c").info.feature_names == ("a, b", "c")
    with pytest.raises(StreamError, match="a feature column; got 'a'"):
        open_file(path, "y", "a,c")
