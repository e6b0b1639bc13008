import gzip
from pathlib import Path

import numpy as np
import pytest

from onward.streams import Chunk, StreamError, open_file

from ..catalogue import example_frame, write_csv


def write(folder: Path, text: str, name: str = "data.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def read(path: Path, target: str | list[str], **options) -> Chunk:
    stream = open_file(path, target, **options)
    (chunk,) = stream.chunks(stream.info.length)
    return chunk


def message_of(path: Path, target: str | None = "y", **options) -> str:
    with pytest.raises(StreamError) as error:
        open_file(path, target, **options)
    return str(error.value)


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.csv.gz", "a.tsv.gz", "A.CSV"])
def test_rows_are_those_of_the_file(tmp_path: Path, name: str) -> None:
    path = write_csv(tmp_path, 57, name)
    stream = open_file(path, "price")
    assert stream.info.name == name[0] and stream.info.length == 57
    frame = example_frame(57)
    kinds = list(dict.fromkeys(frame["kind"]))
    names = tuple(f"kind={kind}" for kind in kinds)
    assert stream.info.feature_names == ("level", "count", "open", *names)
    assert stream.info.warnings == (
        f"Text in 'kind' became one feature for each value: {', '.join(map(repr, names))}.",
    )
    rows = read(path, "price")
    np.testing.assert_allclose(rows.x[:, :3], frame[["level", "count", "open"]].astype(np.float32))
    for column, kind in enumerate(kinds, 3):
        np.testing.assert_array_equal(rows.x[:, column], frame["kind"] == kind)
    np.testing.assert_allclose(rows.y, frame[["price"]].astype(np.float32))
    assert rows.time is not None
    np.testing.assert_array_equal(rows.time, frame["date"].to_numpy())


def test_missing_and_extreme_values_pass(tmp_path: Path) -> None:
    text = "a,y\n1e30,1.5\ninf,2\n-Inf,NA\n,3\n  ,4\n1e300,5\nNaN, 6.5 \n+2,\n"
    rows = read(write(tmp_path, text), "y")
    expected = [1e30, np.inf, -np.inf, np.nan, np.nan, np.inf, np.nan, 2]
    np.testing.assert_array_equal(rows.x[:, 0], np.array(expected, np.float32))
    expected = [1.5, 2, np.nan, 3, 4, 5, 6.5, np.nan]
    np.testing.assert_array_equal(rows.y[:, 0], np.array(expected, np.float32))


def test_truth_values_become_0_and_1(tmp_path: Path) -> None:
    rows = read(write(tmp_path, "a,y\nTrue,1.5\nfalse,2\n,3\n"), "y")
    np.testing.assert_array_equal(rows.x[:, 0], [1, 0, np.nan])


@pytest.mark.parametrize(
    ("cells", "first"),
    [
        (("2020-02-01", "2020-02-02"), "2020-02-01T00:00:00.000000"),
        (("2020-02-01 03:04:05.5", "2020-02-02 03:04:05"), "2020-02-01T03:04:05.500000"),
        (("2020-02-01T03:00:00+0200", "2020-02-02T03:00:00+0100"), "2020-02-01T01:00:00.000000"),
        (("02/01/2020", "02/02/2020"), "2020-02-01T00:00:00.000000"),
        (("01/02/2020 10:00", "13/02/2020 11:00"), "2020-02-01T10:00:00.000000"),
        (("01.02.2020", "02.02.2020"), "2020-02-01T00:00:00.000000"),
    ],
)
def test_dates_are_recognised(tmp_path: Path, cells: tuple[str, str], first: str) -> None:
    path = write(tmp_path, f"when,a,y\n{cells[0]},1,1.5\n{cells[1]},2,2.5\n,3,3.5\n")
    rows = read(path, "y")
    assert rows.x.shape == (3, 1) and rows.time is not None
    assert str(rows.time[0]) == first
    assert rows.time[0] < rows.time[1] and np.isnat(rows.time[2])


def test_text_that_only_starts_as_dates_is_text(tmp_path: Path) -> None:
    path = write(tmp_path, "when,a,y\n2020-02-01,1,1.5\nlater,2,2.5\n2020-02-03,3,3.5\n")
    assert read(path, "y").time is None
    assert open_file(path, "y").info.warnings == (
        "Left out 'when': most of it is timestamps, but 'later' in row 2 is none.",
    )


def test_types_are_those_of_the_whole_file_and_not_of_its_beginning(tmp_path: Path) -> None:
    numbers = "".join(f"{row},{row % 7}.5\n" for row in range(200_000))
    path = write(tmp_path, f"a,y\n{numbers}oops,1\n")
    assert message_of(path) == (
        "Expected numbers in the column 'a'; got 'oops' in row 200001 (the first below the "
        "header is row 1); try correcting that cell, emptying it if it is missing, or choosing "
        "other columns."
    )


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    import pyarrow as pa

    path = write(tmp_path, "a,note,y\n" + f"1.5,{'long ' * 60},3.5\n" * 250_000)
    stream = open_file(path, "y", task="regression")
    assert stream.info.length == 250_000
    size = path.stat().st_size
    for _ in stream.chunks(10_000):
        assert pa.total_allocated_bytes() < size / 2


def test_a_quoted_cell_may_hold_commas_and_line_breaks(tmp_path: Path) -> None:
    path = write(tmp_path, 'a,y\n1,"red, dark"\n2,"blue\nlight"\n')
    assert open_file(path, "y").info.class_names == ("blue\nlight", "red, dark")


def test_a_byte_order_mark_is_no_part_of_the_name(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(b"\xef\xbb\xbfa,y\r\n1,2.5\r\n2,3.5\r\n")
    assert open_file(path, "y").info.feature_names == ("a",)


def test_row_numbers_without_a_name_are_left_out(tmp_path: Path) -> None:
    path = write(tmp_path, ",a,y\n0,5,1.5\n1,6,2.5\n")
    stream = open_file(path, "y")
    assert stream.info.feature_names == ("a",)
    assert stream.info.warnings == (
        "Left out '': an index without a name is mostly the row number.",
    )
    assert open_file(path, "y", ["", "a"]).info.feature_names == ("", "a")


def test_a_header_without_rows_is_refused(tmp_path: Path) -> None:
    for text in ("a,y\n", "a,y"):
        message = message_of(write(tmp_path, text))
        assert message == (
            "Expected at least 2 rows in data.csv; got a header without rows; try a longer file."
        )


def test_blank_lines_are_no_header(tmp_path: Path) -> None:
    assert message_of(write(tmp_path, "\n\n")) == (
        "Expected a CSV file with a header; got data.csv without any; "
        "try adding a row of column names."
    )


def test_one_row_is_refused(tmp_path: Path) -> None:
    assert message_of(write(tmp_path, "a,y\n1,2\n")) == (
        "Expected at least 2 rows in data.csv; got 1 row; try a longer file."
    )


def test_duplicate_names_are_refused(tmp_path: Path) -> None:
    assert message_of(write(tmp_path, "a,y,a,b,b\n1,2,3,4,5\n")) == (
        "Expected every column name once; got 'a', 'b' more than once; try renaming the columns."
    )


def test_rows_of_another_length_are_refused(tmp_path: Path) -> None:
    message = message_of(write(tmp_path, "a,y\n1,2\n3,4,5\n"))
    assert message.startswith("Expected a readable CSV file; got data.csv: CSV parse error: ")
    assert "Expected 2 columns, got 3: 3,4,5; try opening it with the program" in message


def test_another_separator_than_said_is_pointed_out(tmp_path: Path) -> None:
    assert message_of(write(tmp_path, "a;y\n1;2\n3;4\n"), separator=",") == (
        "Expected columns separated by a comma; got one column 'a;y'; "
        "try a semicolon as the separator."
    )


@pytest.mark.parametrize(
    "content",
    [b"a,y\n1,2\n", gzip.compress(b"a,y\n" + b"1,2\n" * 5000)[:-20], b"\x1f\x8b\x08"],
    ids=["not compressed", "cut short", "header alone"],
)
def test_broken_compression_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "data.csv.gz"
    path.write_bytes(content)
    assert message_of(path).startswith("Expected a readable CSV file; got data.csv.gz: ")


def test_a_file_that_breaks_later_is_refused_when_it_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, "a,y\n1,2.5\n2,3.5\n")
    stream = open_file(path, "y")
    path.write_text("a,y\n1,2,3\n")
    with pytest.raises(StreamError, match=r"^Expected a readable CSV file; got data\.csv: "):
        list(stream.chunks(1))
