"""The columns of a file that begin sequences and weigh labels."""

import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from onward.streams import Chunk, StreamError, open_file, open_stream

LEVELS = [0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5]
BIG = 2**60


def write(folder: Path, ending: str, **columns: Any) -> Path:
    """A file with a feature, a target and these columns."""
    path = folder / f"made.{ending}"
    columns = {"a": LEVELS, "y": LEVELS[::-1], **columns}
    if ending == "npz":
        np.savez(path, **{name: np.asarray(cells) for name, cells in columns.items()})
    elif ending == "parquet":
        pd.DataFrame(columns).to_parquet(path, index=False, row_group_size=3)
    else:
        pd.DataFrame(columns).to_csv(path, index=False)
    return path


def whole(path: Path, **roles: str) -> Chunk:
    (rows,) = open_file(path, "y", **roles).chunks(8)
    return rows


def message_of(path: Path, target: str = "y", **roles: str) -> str:
    with pytest.raises(StreamError) as error:
        open_file(path, target, **roles)
    return str(error.value)


# Values of eight rows, and where they change.
CHANGING: dict[str, tuple[list[Any], list[int]]] = {
    "text": (["a", "a", "b", "b", "b", "a", "c", "c"], [2, 5, 6]),
    "numbers": ([1, 1, 1, 2, 2, 1, 1, 3], [3, 5, 7]),
    "real numbers": ([0.1, 0.1, 0.1, 0.2, 0.2, 0.1, 0.1, 0.3], [3, 5, 7]),
    "numbers that float64 takes for one": ([BIG, BIG, BIG + 1, BIG + 1, *[BIG] * 4], [2, 4]),
    "truth values": ([True, True, False, False, True, True, True, True], [2, 4]),
    "constant": ([7] * 8, []),
    "a new one in each row": (list("abcdefgh"), [1, 2, 3, 4, 5, 6, 7]),
}


@pytest.mark.parametrize("ending", ["csv", "parquet", "npz"])
@pytest.mark.parametrize("kind", CHANGING)
def test_a_sequence_begins_where_the_value_changes(tmp_path: Path, kind: str, ending: str) -> None:
    cells, changes = CHANGING[kind]
    rows = whole(write(tmp_path, ending, trial=cells), start="trial")
    assert rows.start is not None and rows.start.dtype == bool
    # The first row of a stream begins its first sequence.
    assert np.flatnonzero(rows.start).tolist() == [0, *changes]


DAYS = [datetime.date(2020, 1, 1 + day) for day in (0, 0, 1, 1, 1, 2, 2, 0)]


@pytest.mark.parametrize("ending", ["csv", "parquet", "npz"])
def test_a_change_of_date_begins_one_and_is_no_time(tmp_path: Path, ending: str) -> None:
    cells = np.array(DAYS, "datetime64[D]") if ending == "npz" else DAYS
    stream = open_file(write(tmp_path, ending, day=cells), "y", start="day")
    (rows,) = stream.chunks(8)
    assert np.flatnonzero(rows.start).tolist() == [0, 2, 5, 7]
    assert rows.time is None and stream.info.warnings == ()


MISSING: dict[tuple[str, str], list[Any]] = {
    ("csv", "text"): ["a", None, None, "a", "a", None, "b", "b"],
    ("csv", "numbers"): [1, None, np.nan, 1, 1, None, 2, 2],
    ("parquet", "text"): ["a", None, None, "a", "a", None, "b", "b"],
    ("parquet", "numbers"): [1.0, None, np.nan, 1.0, 1.0, None, 2.0, 2.0],
    ("npz", "text"): ["a", "", "", "a", "a", "", "b", "b"],
    ("npz", "numbers"): [1, np.nan, np.nan, 1, 1, np.nan, 2, 2],
    ("parquet", "dates"): [DAYS[0], None, None, DAYS[0], DAYS[0], None, DAYS[2], DAYS[2]],
}


@pytest.mark.parametrize(("ending", "kind"), MISSING)
def test_missing_cells_are_a_value_of_their_own(tmp_path: Path, ending: str, kind: str) -> None:
    path = write(tmp_path, ending, trial=MISSING[ending, kind])
    assert np.flatnonzero(whole(path, start="trial").start).tolist() == [0, 1, 3, 5, 6]


@pytest.mark.parametrize("kind", ["null and not a number", "categories", "half precision"])
def test_other_columns_of_a_parquet_file(tmp_path: Path, kind: str) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    cells = {
        "null and not a number": pa.array([1.0, None, np.nan, np.nan, 1.0, 1.0, 2.0, 2.0]),
        "categories": pa.array(["a", None, None, None, "a", "a", "b", "b"]).dictionary_encode(),
        "half precision": pa.array([np.float16(v) for v in (1, 2, 2, 2, 1, 1, 2, 2)], pa.float16()),
    }[kind]
    parquet.write_table(
        pa.table({"a": LEVELS, "y": LEVELS, "trial": cells}), tmp_path / "a.parquet"
    )
    rows = whole(tmp_path / "a.parquet", start="trial")
    assert np.flatnonzero(rows.start).tolist() == [0, 1, 4, 6]


def test_a_column_without_values_is_one_sequence_and_told(tmp_path: Path) -> None:
    for ending in ("csv", "parquet"):
        path = write(tmp_path, ending, trial=[None] * 8)
        assert np.flatnonzero(whole(path, start="trial").start).tolist() == [0]
        warnings = open_file(path, "y", start="trial").info.warnings
        assert warnings == ("No value at all in the start 'trial'.",)
    path = write(tmp_path, "csv", trial=["a"] * 8)
    warnings = open_file(path, "y", start="trial").info.warnings
    assert warnings == ("Always the same value in the start 'trial'.",)


@pytest.mark.parametrize("size", [1, 3, 8])
@pytest.mark.parametrize("ending", ["csv", "parquet", "npz"])
def test_the_first_row_of_a_chunk_knows_the_row_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, size: int
) -> None:
    """Also where blocks and groups of the file end, which are of three rows here."""
    for module in ("npz", "parquet"):
        monkeypatch.setattr(f"onward.streams.files.{module}.BATCH_ROWS", 3)
    cells, changes = CHANGING["text"]
    stream = open_file(write(tmp_path, ending, trial=cells), "y", start="trial")
    expected = np.isin(np.arange(8), [0, *changes])
    for first in range(9):
        starts = [chunk.start for chunk in stream.chunks(size, first)]
        np.testing.assert_array_equal(np.concatenate([*starts, [True]])[:-1], expected[first:])


@pytest.mark.parametrize("ending", ["csv", "parquet", "npz"])
def test_weights_come_with_their_rows(tmp_path: Path, ending: str) -> None:
    weights = [0, 1, 0.25, np.nan, 1e300, 3, np.inf, 0]
    rows = whole(write(tmp_path, ending, w=weights), weight="w")
    assert rows.weight is not None and rows.weight.dtype == np.float32 and rows.start is None
    # What float32 cannot hold is infinite, as in features.
    expected = [0, 1, 0.25, np.nan, np.inf, 3, np.inf, 0]
    np.testing.assert_array_equal(rows.weight, np.float32(expected))
    truths = [True, False, True, True, True, True, True, False]
    rows = whole(write(tmp_path, ending, w=truths), weight="w")
    np.testing.assert_array_equal(rows.weight, np.float32(truths))


def test_columns_with_a_role_are_features_only_by_name(tmp_path: Path) -> None:
    path = write(tmp_path, "csv", trial=[1, 1, 1, 2, 2, 2, 3, 3], w=LEVELS)
    roles = {"start": "trial", "weight": "w"}
    info = open_file(path, "y", **roles).info
    assert (info.feature_names, info.start_name, info.weight_name) == (("a",), "trial", "w")
    assert info.warnings == ()
    plain = open_file(path, "y").info
    assert plain.feature_names == ("a", "trial", "w")
    assert (plain.start_name, plain.weight_name) == (None, None)
    stream = open_file(path, "y", ["trial", "w"], **roles)
    (rows,) = stream.chunks(8)
    assert stream.info.feature_names == ("trial", "w")
    np.testing.assert_array_equal(rows.x[:, 1], rows.weight)


def test_text_among_the_numbers_of_a_start_is_no_stray(tmp_path: Path) -> None:
    cells = ["1", "2", "2", "2", "2", "test", "1", "1"]
    rows = whole(write(tmp_path, "csv", trial=cells), start="trial")
    assert np.flatnonzero(rows.start).tolist() == [0, 1, 5, 6]


def test_columns_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "csv", when=DAYS, w=[1, 2, 3, -0.5, 1, 1, -2, 1], odd=[*"1234567", "x"])
    assert message_of(path, start="whn") == (
        "Expected a start column; got 'whn'; try 'when' (one of 'a', 'y', 'when', 'w', 'odd')."
    )
    assert message_of(path, weight="v").startswith("Expected a weight column; got 'v'; try ")
    for role in ("start", "weight"):
        assert message_of(path, **{role: "y"}) == (
            f"Expected a {role} column that is no target; got 'y' as both; "
            f"try another {role} column."
        )
    assert message_of(path, weight="w") == (
        "Expected weights >= 0 in the column 'w'; got -2; try 0 for a label that is not to be "
        "learnt from, or another weight column."
    )
    assert message_of(path, weight="when") == (
        "Expected weights as numbers; got timestamps in the column 'when'; "
        "try another weight column."
    )
    assert message_of(path, weight="odd").startswith(
        "Expected numbers in the column 'odd'; got 'x' in row 8"
    )
    path = write(tmp_path, "csv", w=[None] * 8)
    assert message_of(path, weight="w") == (
        "Expected weights >= 0 in the column 'w'; got a missing one in every row; "
        "try another weight column."
    )


def test_a_parquet_column_that_cannot_be_compared_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "parquet", nested=[[1]] * 8)
    assert message_of(path, start="nested").startswith(
        "Expected text, numbers, truth values or timestamps in the start 'nested'; got list<"
    )


def test_an_array_of_several_columns_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "npz", pair=np.ones((8, 2)), single=np.ones((8, 1)))
    assert message_of(path, start="pair") == (
        "Expected one start column; got 'pair', which is 2 columns; "
        "try one of 'pair[0]', 'pair[1]'."
    )
    assert open_file(path, "y", start="single").info.start_name == "single[0]"


def test_arrays_of_other_lengths_do_not_hide_a_column(tmp_path: Path) -> None:
    """The rows are those that most of the wanted arrays have."""
    path = write(tmp_path, "npz", trial=np.arange(8), b=np.ones(5), c=np.ones(5), d=np.ones(5))
    assert open_file(path, "y", start="trial").info.length == 8
    assert message_of(path, start="trail").startswith("Expected a start column; got 'trail'; try ")


@pytest.mark.parametrize("name", ["sine", "phishing"])
@pytest.mark.parametrize("role", ["start", "weight"])
def test_built_in_streams_have_neither(name: str, role: str) -> None:
    with pytest.raises(StreamError) as error:
        open_stream(name, **{role: "x"})
    assert str(error.value) == (
        f"Expected a {role} column of a file; got 'x' for the built-in stream {name!r}, which has "
        "none; try leaving it out."
    )
    info = open_stream(name).info
    assert (info.start_name, info.weight_name) == (None, None)
