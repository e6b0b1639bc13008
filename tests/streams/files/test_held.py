"""Files that are loaded whole."""

import datetime
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import feather

from .writing import message_of, read, write

FRAME = pd.DataFrame(
    {
        "when": pd.date_range("2020-01-01", periods=6, freq="h"),
        "a": [1.0, np.nan, 3.0, 4.0, 5.0, 6.0],
        "c": list("xyxyxy"),
        "y": np.arange(6) + 0.5,
    }
)


def check(path: Path, kind: str) -> None:
    info, rows = read(path)
    assert info.feature_names == ("a", "c=x", "c=y") and info.origin == f"{kind} {path.name}"
    np.testing.assert_array_equal(rows.x[:, 0], FRAME["a"])
    np.testing.assert_array_equal(rows.x[:, 1], FRAME["c"] == "x")
    np.testing.assert_array_equal(rows.y[:, 0], FRAME["y"])
    assert rows.time is not None
    np.testing.assert_array_equal(rows.time, FRAME["when"].to_numpy("datetime64[us]"))


def test_json_lines(tmp_path: Path) -> None:
    text = FRAME.to_json(orient="records", lines=True, date_format="iso")
    for name in ("data.jsonl", "data.ndjson"):
        check(write(tmp_path, text, name), "JSON lines file")


@pytest.mark.matrix
def test_json_of_mixed_cells(tmp_path: Path) -> None:
    rows = [{"a": row if row % 2 else "?", "s": f"{row}.25", "y": row + 0.5} for row in range(6)]
    path = write(tmp_path, "\n".join(map(json.dumps, rows)), "data.jsonl")
    info, found = read(path)
    assert info.warnings == ("Took '?', in 50 % of 'a', for missing.",)
    np.testing.assert_array_equal(found.x[:2], [[np.nan, 0.25], [1, 1.25]])


def test_json_as_one_array(tmp_path: Path) -> None:
    text = FRAME.to_json(orient="records", date_format="iso")
    for name in ("data.json", "data.jsonl"):
        check(write(tmp_path, text, name), "JSON lines file")


@pytest.mark.parametrize("as_array", [False, True])
def test_objects_within_objects_are_columns(tmp_path: Path, as_array: bool) -> None:
    rows = [{"a": {"b": row, "c": {"d": -row}}, "tags": [1], "y": row + 0.5} for row in range(6)]
    del rows[2]["a"]
    text = json.dumps(rows) if as_array else "\n".join(map(json.dumps, rows))
    info, found = read(write(tmp_path, text, "data.jsonl"))
    assert info.feature_names == ("a.b", "a.c.d")
    np.testing.assert_array_equal(found.x[1:4], [[1, -1], [np.nan, np.nan], [3, -3]])
    (note,) = info.warnings
    assert note.startswith("Left out 'tags' (list<")


def test_an_array_that_ends_too_early_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, '[{"a": 1, "y": 2}, {"a":', "data.json")
    assert message_of(path).startswith("Expected a readable JSON lines file; got data.json: ")


def test_arrow(tmp_path: Path) -> None:
    content = pa.Table.from_pandas(FRAME)
    feather.write_feather(content, str(tmp_path / "data.feather"))
    check(tmp_path / "data.feather", "Arrow file")
    for make in (pa.ipc.new_file, pa.ipc.new_stream):
        path = tmp_path / "data.arrow"
        with pa.OSFile(str(path), "wb") as sink, make(sink, content.schema) as writer:
            writer.write_table(content)
        check(path, "Arrow file")


def test_arff(tmp_path: Path) -> None:
    text = (
        "@relation r\n@attribute a numeric\n@attribute c {lo,hi}\n@attribute y {0,1}\n@data\n"
        "1,lo,0\n?,hi,1\n3,?,1\n4,lo,0\n"
    )
    info, rows = read(write(tmp_path, text, "data.arff"))
    assert info.feature_names == ("a", "c=lo", "c=hi") and info.class_names == ("0", "1")
    expected = [[1, 1, 0], [np.nan, 0, 1], [3, 0, 0], [4, 1, 0]]
    np.testing.assert_array_equal(rows.x, expected)
    free = "@relation r\n@attribute a string\n@attribute y numeric\n@data\nx,1\nz,2\n"
    message = message_of(write(tmp_path, free, "data.arff"))
    assert "String attributes not supported" in message and "try saving it as CSV" in message


def test_npy(tmp_path: Path) -> None:
    path = tmp_path / "data.npy"
    np.save(path, np.arange(12).reshape(4, 3) + 0.5)
    info, rows = read(path, "column 3")
    assert info.feature_names == ("column 1", "column 2") and rows.y[1].tolist() == [5.5]
    np.save(path, np.array([(1, 2.5), (2, 3.5)], [("a", "i4"), ("y", "f8")]))
    assert read(path)[1].x.tolist() == [[1], [2]]
    np.save(path, np.zeros((3, 4, 5)))
    assert "got one of shape (3, 4, 5) in data.npy" in message_of(path)


def test_excel(tmp_path: Path) -> None:
    pytest.importorskip("openpyxl")
    path = tmp_path / "data.xlsx"
    with pd.ExcelWriter(path) as book:
        FRAME.to_excel(book, index=False, startrow=2)
    check(path, "Excel file")
    with pd.ExcelWriter(path) as book:
        FRAME.assign(a=[1, "?", "?", 4, 5, 6]).to_excel(book, index=False, sheet_name="A")
        FRAME.to_excel(book, sheet_name="B")
    assert read(path)[0].warnings == (
        "Read the first sheet, 'A', and not 'B'.",
        "Text in 'c' became one feature for each value: 'c=x', 'c=y'.",
        "Took '?', in 33 % of 'a', for missing.",
    )


def test_excel_without_its_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "onward.streams.installed.find_spec", lambda name: name != "openpyxl" or None
    )
    assert message_of(write(tmp_path, b"x", "data.xlsx")) == (
        "Expected openpyxl for reading data.xlsx; got a Python without openpyxl; "
        "try pip install openpyxl."
    )


@pytest.mark.parametrize("ending", ["jsonl", "feather", "arrow", "arff", "npy", "parquet"])
def test_broken_files_are_refused(tmp_path: Path, ending: str) -> None:
    path = write(tmp_path, b"hello world, this is not it", f"data.{ending}")
    assert message_of(path).startswith("Expected a readable ")


def test_parquet_of_dates_and_times_of_day(tmp_path: Path) -> None:
    when = FRAME["when"] + pd.Timedelta("1h")
    days = [moment.date() for moment in when]
    times = [datetime.time(moment.hour) for moment in when]
    frame = FRAME.assign(day=days, hour=times).drop(columns="when")
    frame.to_parquet(tmp_path / "data.parquet")
    _, rows = read(tmp_path / "data.parquet")
    assert rows.time is not None
    np.testing.assert_array_equal(rows.time, when.to_numpy("datetime64[us]"))
