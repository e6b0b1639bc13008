from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from onward.streams import StreamError, open_file

from ..catalogue import example_frame, write_parquet


def write(folder: Path, columns: dict, **options) -> Path:
    path = folder / "data.parquet"
    parquet.write_table(pa.table(columns), path, **options)
    return path


def test_rows_are_those_of_the_file(tmp_path: Path) -> None:
    stream = open_file(write_parquet(tmp_path, 57), "price")
    frame = example_frame(57)
    assert stream.info.feature_names[:3] == ("level", "count", "open")
    assert set(stream.info.feature_names[3:]) == {"kind=red", "kind=green", "kind=blue"}
    assert stream.info.origin == "Parquet file example.parquet"
    (rows,) = stream.chunks(57)
    numbers = frame[["level", "count", "open"]].astype(np.float32)
    np.testing.assert_array_equal(rows.x[:, :3], numbers)
    for column, name in enumerate(stream.info.feature_names[3:], 3):
        np.testing.assert_array_equal(rows.x[:, column], "kind=" + frame["kind"] == name)
    np.testing.assert_array_equal(rows.y, frame[["price"]].astype(np.float32))
    assert rows.time is not None
    np.testing.assert_array_equal(rows.time, frame["date"].to_numpy())


def test_every_type_of_number_is_read(tmp_path: Path) -> None:
    columns = {
        "integer": pa.array([1, None, 3], pa.int8()),
        "large": pa.array([2**63, 2, 3], pa.uint64()),
        "half": pa.array(np.array([0.5, np.inf, np.nan], np.float16)),
        "exact": pa.array([Decimal("1.25"), None, Decimal("-2.50")]),
        "truth": pa.array([True, None, False]),
        "nothing": pa.nulls(3),
        "y": pa.array([0.1, 0.2, 0.3]),
    }
    stream = open_file(write(tmp_path, columns), "y")
    (rows,) = stream.chunks(3)
    expected = [
        [1, 2**63, 0.5, 1.25, 1],
        [np.nan, 2, np.inf, np.nan, np.nan],
        [3, 3, np.nan, -2.5, 0],
    ]
    np.testing.assert_array_equal(rows.x, np.array(expected, np.float32))
    assert stream.info.warnings == ("Left out 'nothing': no value in any row.",)


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()])
@pytest.mark.parametrize("as_dictionary", [True, False])
def test_text_is_classes(tmp_path: Path, kind: pa.DataType, as_dictionary: bool) -> None:
    labels = pa.array(["b", "a", None, "b"], pa.string())
    labels = labels.dictionary_encode() if as_dictionary else labels.cast(kind)
    stream = open_file(write(tmp_path, {"a": [1, 2, 3, 4], "y": labels}), "y")
    (rows,) = stream.chunks(4)
    assert stream.info.class_names == ("a", "b")
    np.testing.assert_array_equal(rows.y[:, 0], [1, 0, np.nan, 1])


def test_text_of_digits_stays_text(tmp_path: Path) -> None:
    stream = open_file(write(tmp_path, {"code": ["1", "2"], "a": [1, 2], "y": [0.1, 0.2]}), "y")
    assert stream.info.feature_names == ("a",)


@pytest.mark.parametrize(
    "times",
    [
        pa.array([0, 86_400_000_000_001], pa.timestamp("ns", "Europe/Rome")),
        pa.array([0, 86_400], pa.timestamp("s")),
        pa.array([0, 1], pa.date32()),
        pa.array(["1970-01-01", "1970-01-02"]),
    ],
)
def test_timestamps_are_time_in_utc(tmp_path: Path, times: pa.Array) -> None:
    stream = open_file(write(tmp_path, {"when": times, "a": [1, 2], "y": [0.1, 0.2]}), "y")
    (rows,) = stream.chunks(2)
    assert rows.time is not None
    expected = np.array(["1970-01-01", "1970-01-02"], "datetime64[us]")
    np.testing.assert_array_equal(rows.time, expected)
    assert stream.info.warnings == ()


def test_columns_of_other_types_are_left_out_with_a_warning(tmp_path: Path) -> None:
    columns = {
        "nested": pa.array([[1, 2], [3]]),
        "raw": pa.array([b"x", b"y"]),
        "a": [1, 2],
        "y": [0.1, 0.2],
    }
    path = write(tmp_path, columns)
    stream = open_file(path, "y")
    assert stream.info.feature_names == ("a",)
    assert stream.info.warnings == (
        "Left out 'nested' (list<element: int64>), 'raw' (binary): what it holds is no column of "
        "numbers.",
    )
    with pytest.raises(StreamError) as error:
        open_file(path, "nested")
    assert str(error.value) == (
        "Expected numbers or classes in the target 'nested'; got list<element: int64>; "
        "try another target."
    )


def test_an_index_without_a_name_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    example_frame(20)[["level", "price"]].iloc[::2].to_parquet(path, index=True)
    assert open_file(path, "price").info.feature_names == ("level",)


def test_no_rows_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path, {"a": pa.array([], pa.int8()), "y": pa.array([], pa.int8())})
    with pytest.raises(
        StreamError, match=r"^Expected at least 2 rows in data\.parquet; got a head"
    ):
        open_file(path, "y")


def test_duplicate_names_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    columns = [pa.array([1, 2]), pa.array([1, 2])]
    parquet.write_table(pa.Table.from_arrays(columns, names=["a", "a"]), path)
    with pytest.raises(StreamError, match=r"^Expected every column name once; got 'a' more"):
        open_file(path, "a")


def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    path.write_text("a,y\n1,2\n")
    with pytest.raises(
        StreamError, match=r"^Expected a readable Parquet file; got data\.parquet: "
    ):
        open_file(path, "y")


def test_starting_late_skips_row_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = open_file(write_parquet(tmp_path, 57), "price")
    asked: list[list[int]] = []
    iter_batches = parquet.ParquetFile.iter_batches

    def spy(self, *args, row_groups, **options):
        asked.append(row_groups)
        return iter_batches(self, *args, row_groups=row_groups, **options)

    monkeypatch.setattr(parquet.ParquetFile, "iter_batches", spy)
    list(stream.chunks(100, start=40))
    assert asked == [[4, 5]]
