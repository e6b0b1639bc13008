"""What the figures read and compute, without looking at the drawing."""

import numpy as np
import pandas as pd
import pytest

from onward.report.figures.classes import _rolling_accuracy, confusion
from onward.report.figures.rolling import lines_of
from onward.report.predictions import read_excerpts


@pytest.mark.parametrize("total", [0, 1, 7, 20, 1000, 150_000])
def test_excerpts_are_the_ends_and_every_kth_row(total, tmp_path):
    path = tmp_path / "p.parquet"
    pd.DataFrame({"row": np.arange(total), "other": np.zeros(total)}).to_parquet(path)
    excerpts = read_excerpts(path, ["row"], rows=10, points=50)
    first, last, thinned = excerpts.first["row"], excerpts.last["row"], excerpts.thinned["row"]
    half = min(10, -(-total // 2))
    np.testing.assert_array_equal(first, np.arange(total)[:half])
    np.testing.assert_array_equal(last, np.arange(total)[half:][-10:])
    assert len(thinned) <= 50
    if total > 1:
        assert len(set(np.diff(thinned))) == 1 and thinned[-1] + np.diff(thinned)[0] >= total


@pytest.mark.parametrize("categorical", [False, True])
def test_rolling_accuracy_counts_scored_rows_by_class(categorical, tmp_path):
    true = ["a", "a", "b", None, "b", "a", "b", "b"]
    predicted = ["a", "b", "b", "a", None, "a", "a", "a"]
    table = pd.DataFrame({"row": range(8), "true": true, "onward": predicted})
    if categorical:
        table = table.astype({"true": "category", "onward": "category"})
    table.to_parquet(tmp_path / "p.parquet")
    centres, overall, (a, b) = _rolling_accuracy(tmp_path / "p.parquet", ["a", "b"], 8)
    np.testing.assert_array_equal(centres, np.arange(8) + 0.5)
    np.testing.assert_array_equal(overall, [1, 0, 1, np.nan, np.nan, 1, 0, 0])
    np.testing.assert_array_equal(a, [1, 0, np.nan, np.nan, np.nan, 1, np.nan, np.nan])
    np.testing.assert_array_equal(b, [np.nan, np.nan, 1, np.nan, np.nan, np.nan, 0, 0])


def test_confusion_shows_the_most_frequent_classes(make_run):
    names = tuple(f"c{i}" for i in range(15))
    metrics = make_run("classification", names).metrics
    shown = confusion(metrics)
    assert shown is not None and len(shown.names) == 12 and shown.hidden == 3
    matrix = np.array(metrics["learners"]["onward"]["overall"]["confusion"])
    true, predicted = names.index(shown.names[2]), names.index(shown.names[5])
    cell = shown.rows[2][5]
    assert cell.count == matrix[true, predicted]
    assert cell.share == pytest.approx(matrix[true, predicted] / matrix[true].sum())


def test_lines_are_told_apart_without_colour(make_run):
    lines = lines_of(make_run(learners=("onward", "frozen after warm-up", *"abcd")).metrics)
    assert len({(line.colour, line.dashes) for line in lines}) == len(lines)
    assert max(lines, key=lambda line: line.width).key == "onward"
