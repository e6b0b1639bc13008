"""Rows that are no part of the stream."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from onward.streams import StreamError, open_file

from .writing import write_frame


def frame_of(mask: list[Any]) -> pd.DataFrame:
    rows = len(mask)
    values = {"a": np.arange(rows) + 0.5, "y": np.arange(rows) / 7.0}
    return pd.DataFrame({**values, "use": mask})


MASKS: dict[str, list[Any]] = {
    "truth values": [True, False, True, True, False, False, True, False],
    "0 and 1": [1, 0, 1, 1, 0, 0, 1, 0],
    "real numbers": [1.0, 0.0, 1.0, 1.0, np.nan, 0.0, 1.0, np.nan],
    "text": ["true", "False", "TRUE", "1", None, "0", "1.0", None],
}


@pytest.mark.parametrize("ending", ["csv", "parquet", "npz"])
@pytest.mark.parametrize("kind", MASKS)
def test_rows_that_are_not_valid_are_left_out_and_counted(
    tmp_path: Path, ending: str, kind: str
) -> None:
    if kind == "text" and ending == "npz":
        pytest.skip("numpy has no missing text")
    path = write_frame(tmp_path, frame_of(MASKS[kind]), ending)
    stream = open_file(path, "y", valid="use")
    assert stream.info.length == 4 and stream.info.feature_names == ("a",)
    assert stream.info.warnings == ("Left out 4 of 8 rows, which 'use' does not call valid.",)
    for first in range(5):
        found = [value for chunk in stream.chunks(2, first) for value in chunk.x[:, 0]]
        assert found == [0.5, 2.5, 3.5, 6.5][first:]


def test_what_is_left_out_decides_nothing(tmp_path: Path) -> None:
    """Not the types, the classes or the constant columns, nor where a sequence begins."""
    path = tmp_path / "data.csv"
    path.write_text(
        "a,b,y,trial,use\n1,2,up,1,1\n2,2,down,1,1\nx,3,pad,9,0\n4,2,up,1,1\n5,2,up,2,1\n"
    )
    stream = open_file(path, "y", valid="use", start="trial")
    assert stream.info.class_names == ("down", "up")
    assert "Always the same value in the feature 'b'." in stream.info.warnings
    (rows,) = stream.chunks(9)
    assert rows.start is not None and rows.start.tolist() == [True, False, False, True]


def test_a_stray_cell_has_the_row_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("a,y,use\n1,.1,1\n2,.2,0\n3,.3,1\nlost,.4,1\n5,.5,1\n")
    with pytest.raises(StreamError, match="got 'lost' in row 4 "):
        open_file(path, "y", valid="use")


@pytest.mark.parametrize(
    ("cells", "got"),
    [([1, 0, 2, 1], "2"), (["1", "0", "maybe", "1"], "'maybe'"), ([0.5, 1, 1, 1], "0.5")],
)
def test_other_cells_are_refused(tmp_path: Path, cells: list[Any], got: str) -> None:
    path = write_frame(tmp_path, frame_of(cells), "parquet")
    with pytest.raises(StreamError) as error:
        open_file(path, "y", valid="use")
    assert str(error.value) == (
        f"Expected truth values, or 0 and 1, in the column 'use' of valid rows; got {got}; "
        "try another column."
    )


def test_timestamps_and_nothing_valid_are_refused(tmp_path: Path) -> None:
    path = write_frame(tmp_path, frame_of(list(pd.date_range("2024", periods=4))), "parquet")
    with pytest.raises(StreamError, match=r"^Expected truth values.*; got timestamp"):
        open_file(path, "y", valid="use")
    path = write_frame(tmp_path, frame_of([0, 0, 1, 0]), "csv")
    with pytest.raises(StreamError, match=r"^Expected at least 2 rows in data.csv; got 1 row;"):
        open_file(path, "y", valid="use")
