"""Files opened as what an earlier stream was."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from onward.streams import StreamError, StreamInfo, open_file

COLORS = StreamInfo("old", "classification", ("a", "b"), ("kind",), ("blue", "red"), 9, "")
NUMBERS = StreamInfo("old", "regression", ("a",), ("u", "v"), (), 9, "")


def opened(tmp_path: Path, known: StreamInfo, features: tuple[str, ...] | None = None, **columns):
    pd.DataFrame(columns).to_csv(tmp_path / "new.csv", index=False)
    names = known.feature_names if features is None else features
    stream = open_file(tmp_path / "new.csv", known.target_names, names, known=known)
    return stream, next(stream.chunks(100))


def test_classes_keep_their_indices_and_new_ones_are_missing(tmp_path: Path) -> None:
    stream, chunk = opened(tmp_path, COLORS, b=[1, 2, 3], a=[4, 5, 6], kind=["red", "red", "gray"])
    assert stream.info.class_names == ("blue", "red")
    np.testing.assert_array_equal(chunk.y[:, 0], [1, 1, np.nan])
    np.testing.assert_array_equal(chunk.x[:, 0], [4, 5, 6])
    assert stream.info.warnings[0] == (
        "Labels 'gray' of 'kind' are no classes that were learnt: their rows are predicted, and "
        "count as unlabelled."
    )


@pytest.mark.parametrize(
    ("classes", "cells", "found"),
    [
        (("0", "2"), ["2", "0", "x"], [1, 0, np.nan]),
        (("0", "2"), [2.0, np.nan, 0], [1, np.nan, 0]),
        (("False", "True"), ["true", "FALSE", "1"], [1, 0, np.nan]),
        (("1", "red"), ["red", "1", "1.0"], [1, 0, np.nan]),
    ],
)
def test_cells_are_the_classes_that_they_were(tmp_path: Path, classes, cells, found) -> None:
    known = replace(COLORS, class_names=classes, feature_names=("a",))
    _, chunk = opened(tmp_path, known, a=[1, 2, 3], kind=cells)
    np.testing.assert_array_equal(chunk.y[:, 0], found)


@pytest.mark.parametrize("suffix", ["csv", "parquet", "npz"])
def test_targets_may_be_absent(tmp_path: Path, suffix: str) -> None:
    path, columns = tmp_path / f"new.{suffix}", {"a": [1.0, 2.0], "v": [3.0, np.nan]}
    if suffix == "npz":
        np.savez(path, **columns)
    else:
        frame = pd.DataFrame(columns)
        (frame.to_csv if suffix == "csv" else frame.to_parquet)(path, index=False)
    stream = open_file(path, ("u", "v"), ("a",), known=NUMBERS)
    chunk = next(stream.chunks(100))
    np.testing.assert_array_equal(chunk.y, [[np.nan, 3], [np.nan, np.nan]])
    assert "No value at all in the target 'u'." in stream.info.warnings


def test_one_row_is_enough(tmp_path: Path) -> None:
    _, chunk = opened(tmp_path, NUMBERS, a=[7.0])
    assert chunk.x.tolist() == [[7.0]] and np.isnan(chunk.y).all()


def test_offsets_are_those_that_the_network_has_learnt_with(tmp_path: Path) -> None:
    known = replace(NUMBERS, feature_offsets=(1e7,), target_offsets=(0.0, 5.0))
    _, chunk = opened(tmp_path, known, a=[1e7 + 1, 1e7 + 2], v=[6.0, 7.0])
    assert chunk.x.tolist() == [[1.0], [2.0]]
    assert chunk.y[:, 1].tolist() == [1.0, 2.0]


def test_words_are_features_also_where_they_are_absent(tmp_path: Path) -> None:
    known = replace(NUMBERS, feature_names=("w=x", "w=y", "a"))
    _, chunk = opened(tmp_path, known, a=[1, 2], w=["y", "z"])
    assert chunk.x.tolist() == [[0, 1, 1], [0, 0, 2]]


def test_a_feature_may_be_empty(tmp_path: Path) -> None:
    _, chunk = opened(tmp_path, NUMBERS, a=[np.nan, np.nan], u=[1.0, 2.0])
    assert np.isnan(chunk.x).all()


def test_a_stream_without_features_has_none(tmp_path: Path) -> None:
    _, chunk = opened(tmp_path, replace(NUMBERS, feature_names=()), a=[1, 2], u=[1.0, 2.0])
    assert chunk.x.shape == (2, 0)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"c": [1, 2]}, "Expected all features of before; got no 'a'"),
        ({"a": ["x", "y"]}, "Expected features of numbers; got text in the column 'a'"),
        ({"a": [1, 2], "u": ["x", "y"]}, "Expected numbers to predict; got text in the target"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, columns, message: str) -> None:
    with pytest.raises(StreamError) as error:
        opened(tmp_path, NUMBERS, **columns)
    assert str(error.value).startswith(message)
