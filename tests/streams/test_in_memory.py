"""Streams from tables, arrays and rows are those that a file would give."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from onward.streams import StreamError, from_arrays, from_rows, from_table, open_file
from onward.testing import check_stream

from .catalogue import BOTH, example_frame, write_parquet

ROWS = 57
RANDOM = np.random.default_rng(0)
X, Y = RANDOM.normal(size=(ROWS, 2)), RANDOM.normal(size=ROWS)


class OnlyStream:
    """A table of a library of which only Arrow's C stream is known."""

    def __init__(self, table: pa.Table):
        self.table = table

    def __arrow_c_stream__(self, requested_schema=None):
        return self.table.__arrow_c_stream__(requested_schema)


class OnlyInterchange:
    """One of which only the interchange protocol is known."""

    def __init__(self, table: pa.Table):
        self.table = table

    def __dataframe__(self, nan_as_null: bool = False, allow_copy: bool = True):
        return self.table.__dataframe__(nan_as_null, allow_copy)


TABLES = {
    "pandas": lambda frame: frame,
    "pyarrow": pa.Table.from_pandas,
    "c stream": lambda frame: OnlyStream(pa.Table.from_pandas(frame)),
    "interchange": lambda frame: OnlyInterchange(pa.Table.from_pandas(frame)),
}


def polars_table(frame: pd.DataFrame) -> Any:
    return pytest.importorskip("polars").from_pandas(frame)


TABLES["polars"] = polars_table


@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize("target", ["price", "kind"])
def test_a_table_is_as_its_file(tmp_path: Path, kind: str, target: str) -> None:
    frame = example_frame(ROWS)
    if kind == "interchange":
        frame, target = frame.drop(columns=["open", "kind"]), "price"
        frame.to_parquet(tmp_path / "example.parquet", index=False)
        path, roles = tmp_path / "example.parquet", {"weight": "count"}
    else:
        path, roles = write_parquet(tmp_path, ROWS), {"weight": "count", "phases": "open"}
    expected = open_file(path, target, **roles)
    stream = from_table(TABLES[kind](frame), target, name="example", **roles)
    assert stream.info.origin == "table example"
    for name in ("task", "feature_names", "class_names", "phase_names", "warnings", "steps"):
        assert getattr(stream.info, name) == getattr(expected.info, name)
    (rows,), (wanted,) = stream.chunks(ROWS), expected.chunks(ROWS)
    for name in ("x", "y", "time", "weight", "phase"):
        np.testing.assert_array_equal(getattr(rows, name), getattr(wanted, name))
    check_stream(stream)


def test_a_change_of_the_table_is_no_change_of_the_stream() -> None:
    frame = pd.DataFrame({"a": X[:, 0], "y": Y})
    stream = from_table(frame, "y")
    frame.iloc[3, 0] = 99
    frame["a"].to_numpy(copy=False)
    x, y = X.copy(), Y.copy()
    arrays = from_arrays(x, y)
    x[:], y[:] = 99, 99
    for found in (stream, arrays):
        (rows,) = found.chunks(ROWS)
        np.testing.assert_array_equal(rows.x[:, 0], X[:, 0].astype(np.float32))
        np.testing.assert_array_equal(rows.y[:, 0], Y.astype(np.float32))


def test_an_index_of_timestamps_is_the_time() -> None:
    when = pd.date_range("2024-01-01", periods=ROWS, freq="h")
    frame = pd.DataFrame({"a": X[:, 0], "y": Y}, index=when)
    stream = from_table(frame, "y")
    (rows,) = stream.chunks(ROWS)
    assert rows.time is not None and stream.info.feature_names == ("a",)
    np.testing.assert_array_equal(rows.time, when.to_numpy())


def test_what_is_no_table_is_refused() -> None:
    for table, message in [
        ([[1, 2]], "Expected a table of pandas, polars or pyarrow; got a list; try from_arrays"),
        (pa.table([[1], [2]], names=["a", "a"]), "Expected every column name once; got 'a' more"),
        (pd.DataFrame({"a": [1, "x"], "y": [1, 2]}), "Expected cells of one type in each column;"),
        (pd.DataFrame({"y": [0.5]}), "Expected at least 2 rows in table; got 1 row; try a longer"),
    ]:
        with pytest.raises(StreamError) as error:
            from_table(table, "y")
        assert str(error.value).startswith(message)
    with pytest.raises(StreamError, match=r"^Expected the name of a target column of table"):
        from_table(pd.DataFrame({"a": [1, 2]}), None)


def test_arrays_become_columns() -> None:
    begins = RANDOM.random(ROWS) < 0.2
    series = np.array(["p", "q"])[RANDOM.integers(0, 2, ROWS)]
    weight = RANDOM.random(ROWS)
    when = np.datetime64("2024-01-01") + np.arange(ROWS).astype("timedelta64[h]")
    stream = from_arrays(X, Y, when, weight=weight, series=series, names=["a", "time zone"])
    check_stream(stream)
    (rows,) = stream.chunks(ROWS)
    assert stream.info.feature_names == ("a", "time zone") and stream.info.target_names == ("y",)
    np.testing.assert_array_equal(rows.x, X.astype(np.float32))
    np.testing.assert_array_equal(rows.weight, weight.astype(np.float32))
    np.testing.assert_array_equal(rows.time, when)
    assert rows.series is not None
    assert [stream.info.series_names[code] for code in rows.series] == series.tolist()
    (rows,) = from_arrays(X, Y, start=begins).chunks(ROWS)
    np.testing.assert_array_equal(rows.start, begins | (np.arange(ROWS) == 0))


def test_starts_may_be_values_that_change() -> None:
    (rows,) = from_arrays(X[:6], Y[:6], start=[7, 7, 3, 3, 7, 7]).chunks(6)
    assert rows.start is not None and np.flatnonzero(rows.start).tolist() == [0, 2, 4]


def test_arrays_of_other_shapes() -> None:
    (rows,) = from_arrays(None, Y).chunks(ROWS)
    assert rows.x.shape == (ROWS, 0) and rows.y.shape == (ROWS, 1)
    stream = from_arrays(Y, X)
    assert stream.info.feature_names == ("x",) and stream.info.target_names == ("y[0]", "y[1]")
    classes = np.where(Y > 0, "up", "down")
    assert from_arrays(X, classes).info.class_names == ("down", "up")
    stream = from_arrays(X, Y, np.arange(ROWS) / 2, target_names=["z"], names=["start", "series"])
    (rows,) = stream.chunks(ROWS)
    np.testing.assert_array_equal(rows.time, np.arange(ROWS) / 2)
    assert stream.info.target_names == ("z",)
    # A feature with the name of a role stays one beside it.
    both = from_arrays(X, Y, start=Y > 0, names=["start", "b"]).info
    assert (both.feature_names, both.start_name) == (("start", "b"), "start_")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((X[:5], Y), "arrays of one length; got {'x[0]': 5, 'x[1]': 5, 'y': 57}; try one entry"),
        ((X[None], Y), "arrays of shape (rows,) or (rows, columns); got x of shape (1, 57, 2); t"),
        ((X, Y, X), "time of shape (rows,); got (57, 2); try one entry a row."),
    ],
)
def test_arrays_that_do_not_fit_are_refused(arguments: Any, message: str) -> None:
    with pytest.raises(StreamError) as error:
        from_arrays(*arguments)
    assert str(error.value).startswith(f"Expected {message}")


def test_names_that_do_not_fit_are_refused() -> None:
    with pytest.raises(StreamError, match=r"^Expected as many different names as columns"):
        from_arrays(X, Y, names=["a", "a"])
    with pytest.raises(StreamError, match=r"^Expected different names for features, targets"):
        from_arrays(X, Y, names=["y", "b"])
    with pytest.raises(StreamError, match="targets and time; got 'time'; try other names"):
        from_arrays(X, Y, Y, names=["time", "b"])


def test_rows_come_once_and_can_be_read_again() -> None:
    taken = []

    def source():
        for row in example_frame(ROWS).to_dict("records"):
            taken.append(row)
            yield row

    stream = from_rows(source(), "price", **BOTH)
    assert len(taken) == ROWS
    check_stream(stream)
    (rows,) = stream.chunks(ROWS)
    (wanted,) = from_table(example_frame(ROWS), "price", **BOTH).chunks(ROWS)
    np.testing.assert_array_equal(rows.x, wanted.x)
    np.testing.assert_array_equal(rows.start, wanted.start)
    assert from_rows(source(), "price", limit=9).info.length == 9
    assert len(taken) == ROWS + 9


def test_pairs_name_the_target() -> None:
    named = (({"a": x[0], "b": x[1]}, {"c": y}) for x, y in zip(X, Y, strict=True))
    for pairs, features, targets in [
        (zip(X, Y, strict=True), ("x[0]", "x[1]"), ("y",)),
        (zip(Y, X, strict=True), ("x",), ("y[0]", "y[1]")),
        (named, ("a", "b"), ("c",)),
    ]:
        stream = from_rows(pairs)
        assert stream.info.feature_names == features and stream.info.target_names == targets
        assert stream.info.length == ROWS
    ups = from_rows((x, bool(y > 0)) for x, y in zip(X, Y, strict=True)).info
    assert ups.class_names == ("False", "True")
    alone = from_rows((None, y) for y in Y)
    assert alone.info.feature_names == ()


def test_columns_may_be_missing_from_rows() -> None:
    stream = from_rows([{"y": 0.5}, {"y": 1.5, "a": 2.5}, {"a": 3.5}], "y")
    (rows,) = stream.chunks(3)
    np.testing.assert_array_equal(rows.x[:, 0], [np.nan, 2.5, 3.5])
    np.testing.assert_array_equal(rows.y[:, 0], [0.5, 1.5, np.nan])


def test_rows_of_another_kind_are_refused() -> None:
    with pytest.raises(
        StreamError, match=r"^Expected rows as mappings, or as pairs \(x, y\); got a"
    ):
        from_rows([[1, 2], [3, 4]])
    with pytest.raises(StreamError, match=r"^Expected features that are no targets; got 'a'"):
        from_rows([({"a": 1}, {"a": 2})])
    with pytest.raises(StreamError, match=r"^Expected the name of a target column of rows"):
        from_rows([{"a": 1, "y": 2}, {"a": 2, "y": 2}])
