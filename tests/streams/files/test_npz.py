import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from onward.streams import StreamError, open_file

from ..catalogue import example_frame, write_npz

ROWS = 12
RANDOM = np.random.default_rng(0)
TWO = RANDOM.normal(size=(ROWS, 2))
THREE = RANDOM.normal(size=(ROWS, 3))


def write(folder: Path, **arrays: Any) -> Path:
    path = folder / "data.npz"
    np.savez(path, **arrays)
    return path


def message_of(path: Path, target: str | None) -> str:
    with pytest.raises(StreamError) as error:
        open_file(path, target)
    return str(error.value)


def test_rows_are_those_of_the_arrays(tmp_path: Path) -> None:
    stream = open_file(write_npz(tmp_path, 57), "price")
    frame = example_frame(57)
    assert stream.info.feature_names[:3] == ("level", "count", "open")
    assert set(stream.info.feature_names[3:]) == {"kind=red", "kind=green", "kind=blue"}
    (rows,) = stream.chunks(57)
    numbers = frame[["level", "count", "open"]].astype(np.float32)
    np.testing.assert_array_equal(rows.x[:, :3], numbers)
    for column, name in enumerate(stream.info.feature_names[3:], 3):
        np.testing.assert_array_equal(rows.x[:, column], "kind=" + frame["kind"] == name)
    assert rows.time is not None
    np.testing.assert_array_equal(rows.time, frame["date"].to_numpy())


def test_an_array_of_names_names_the_columns(tmp_path: Path) -> None:
    for key in ("columns", "feature_names", "label"):
        path = write(tmp_path, X=THREE, **{key: np.array(["a", "b", "c"])})
        stream = open_file(path, "b")
        assert stream.info.feature_names == ("a", "c")
        (rows,) = stream.chunks(ROWS)
        np.testing.assert_array_equal(rows.y[:, 0], THREE[:, 1].astype(np.float32))


def test_columns_and_feature_names_come_first(tmp_path: Path) -> None:
    names = {"label": np.array(["p", "q", "r"]), "columns": np.array(["a", "b", "c"])}
    assert open_file(write(tmp_path, X=THREE, **names), "a").info.feature_names == ("b", "c")


def test_without_a_single_fitting_array_of_names_columns_are_numbered(tmp_path: Path) -> None:
    for names in (
        {},
        {"columns": np.array(["a", "b"])},
        {"columns": np.array(["a", "a", "b"])},
        {"first": np.array(["a", "b", "c"]), "second": np.array(["p", "q", "r"])},
    ):
        path = write(tmp_path, X=THREE, **names)
        assert open_file(path, "X[1]").info.feature_names == ("X[0]", "X[2]")


def test_names_are_given_to_one_array_only(tmp_path: Path) -> None:
    path = write(tmp_path, X=THREE, Z=-THREE, columns=np.array(["a", "b", "c"]))
    stream = open_file(path, "Z")
    assert stream.info.target_names == ("Z[0]", "Z[1]", "Z[2]")
    assert stream.info.feature_names == ("a", "b", "c")


def test_the_name_of_an_array_stands_for_its_columns(tmp_path: Path) -> None:
    path = write(tmp_path, counts=THREE, velocity=TWO, cursor=TWO + 1)
    stream = open_file(path, "velocity", "counts")
    assert stream.info.target_names == ("velocity[0]", "velocity[1]")
    assert stream.info.feature_names == ("counts[0]", "counts[1]", "counts[2]")
    (rows,) = stream.chunks(ROWS)
    np.testing.assert_array_equal(rows.y, TWO.astype(np.float32))


def test_arrays_of_other_lengths_are_no_columns(tmp_path: Path) -> None:
    arrays = {"trials": np.ones((5, 3)), "bin": np.array(0.05), "cube": np.ones((ROWS, 2, 2))}
    path = write(tmp_path, X=THREE, y=TWO[:, 0], **arrays)
    stream = open_file(path, "y")
    assert stream.info.length == ROWS
    assert stream.info.feature_names == ("X[0]", "X[1]", "X[2]")


def test_the_target_decides_where_two_lengths_are_possible(tmp_path: Path) -> None:
    path = write(tmp_path, a=TWO[:, 0], b=TWO[:, 1], c=np.arange(5.5), d=np.arange(5) * 1.5)
    assert open_file(path, "a").info.length == ROWS
    short = np.linspace(0, 1, 5)
    path = write(tmp_path, a=TWO[:, 0], b=TWO[:, 1], c=short, d=short * 2)
    assert open_file(path, "c").info.length == 5
    assert open_file(path, "c").info.feature_names == ("d",)


def test_text_and_missing_text_are_classes(tmp_path: Path) -> None:
    path = write(tmp_path, x=np.arange(4.0), y=np.array(["b", "", "a", "b"]))
    stream = open_file(path, "y")
    (rows,) = stream.chunks(4)
    np.testing.assert_array_equal(rows.y[:, 0], [1, np.nan, 0, 1])


def test_dates_in_text_are_time(tmp_path: Path) -> None:
    days = np.datetime_as_string(np.arange("2020-01", "2020-03", dtype="datetime64[D]")[:ROWS])
    (rows,) = open_file(write(tmp_path, X=TWO, time=days), "X[0]").chunks(ROWS)
    assert rows.time is not None and str(rows.time[1])[:10] == "2020-01-02"


def test_arrays_of_other_types_are_left_out_with_a_warning(tmp_path: Path) -> None:
    stream = open_file(write(tmp_path, X=TWO, phase=np.ones(ROWS, complex)), "X[0]")
    assert stream.info.warnings == (
        "Left out 'phase' (complex128): what it holds is no column of numbers.",
    )


def test_arrays_of_other_shapes_are_named(tmp_path: Path) -> None:
    path = write(tmp_path, a=TWO[:, 0], y=THREE, step=0.05, maps=np.zeros((9, 5, 2)), b=[1, 2])
    assert open_file(path, "y").info.warnings == (
        "Left out 'step' (an array of shape ()), 'maps' (an array of shape (9, 5, 2)), "
        "'b' (an array of shape (2,), not of 12 rows): what it holds is no column of numbers.",
    )
    assert "arrays of 12 rows, as many as the target 'a' has; got 'b' of shape (2,)" in message_of(
        path, "a,y,b"
    )
    path = write(tmp_path, y=THREE, spikes=np.zeros((5 * ROWS, 2)))
    assert "got 'spikes' of shape (60, 2)" in message_of(path, "y")


def test_without_a_target_the_arrays_are_named(tmp_path: Path) -> None:
    path = write(tmp_path, counts=THREE, velocity=TWO)
    assert message_of(path, None) == (
        "Expected the name of a target column of data.npz; got none; try one of 'counts', "
        "'velocity', 'counts[0]', 'counts[1]', 'counts[2]', 'velocity[0]', 'velocity[1]'."
    )


def test_an_unknown_target_is_refused(tmp_path: Path) -> None:
    assert message_of(write(tmp_path, counts=TWO, y=TWO[:, 0]), "count").startswith(
        "Expected a target column; got 'count'; try 'counts' or 'counts[1]' or 'counts[0]' (one of"
    )


def test_objects_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path, X=TWO, extra=np.array([{"a": 1}, None]))
    assert message_of(path, "X[0]") == (
        "Expected arrays of numbers, truth values, timestamps or text; got Python objects in "
        "data.npz, which only pickle could load; "
        "try saving it again without arrays of dtype object; trials of uneven length as arrays "
        "(trials, time, columns) that are padded, with a mask for --valid."
    )


def test_a_file_without_rows_is_refused(tmp_path: Path) -> None:
    assert message_of(write(tmp_path, a=np.array(1.0), b=np.ones((2, 2, 2))), "a") == (
        "Expected an NPZ file with arrays of rows; got a (), b (2, 2, 2); "
        "try saving the rows as arrays of shape (rows,) or (rows, columns)."
    )


def test_a_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    path.write_text("a,y\n1,2\n")
    assert message_of(path, "y") == (
        "Expected a readable NPZ file; got data.npz, which is no archive of arrays; "
        "try saving it again with numpy.savez."
    )


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, X=TWO, y=TWO[:, 0])
    content = bytearray(path.read_bytes())
    content[300:340] = b"\xff" * 40
    path.write_bytes(content)
    assert message_of(path, "y").startswith("Expected a readable NPZ file; got data.npz: ")


def test_members_that_are_no_arrays_are_passed_over(tmp_path: Path) -> None:
    path = write(tmp_path, X=TWO, y=TWO[:, 0])
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("notes.txt", "read me")
    assert open_file(path, "y").info.feature_names == ("X[0]", "X[1]")
