"""What the figures read and compute, without looking at the drawing."""

import numpy as np
import pandas as pd
import pytest

from onward.report.figures.classes import _rolling_accuracy, confusion
from onward.report.figures.gain import _limits, _range, gain_figure, gain_sentence
from onward.report.figures.rolling import _ceiling, lines_of, lines_that_leave
from onward.report.figures.stream_axis import event_kinds
from onward.report.predictions import read_thinned


@pytest.mark.parametrize("total", [0, 1, 7, 20, 1000, 150_000])
def test_thinned_rows_are_every_kth(total, tmp_path):
    path = tmp_path / "p.parquet"
    pd.DataFrame({"row": np.arange(total), "other": np.zeros(total)}).to_parquet(path)
    thinned = read_thinned(path, ["row"], points=50)["row"]
    np.testing.assert_array_equal(thinned, np.arange(0, total, max(1, -(-total // 50))))


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


def test_one_that_runs_away_spoils_no_axis_and_is_named(make_run):
    metrics = make_run().metrics
    calm = _ceiling({k: np.array(v, float) for k, v in metrics["rolling"]["series"].items()})
    for key in ("onward", "linear (RLS)"):
        series = metrics["rolling"]["series"][key]
        series[len(series) // 2 :] = [1e100] * (len(series) - len(series) // 2)
    top = _ceiling({k: np.array(v, float) for k, v in metrics["rolling"]["series"].items()})
    assert top < 15 * calm
    assert lines_that_leave(metrics) == [metrics["learner"], "linear (RLS)"]
    values = metrics["gain"]["values"]
    values[-1] = -1e100
    low, high = _limits(metrics, [np.array(values)])
    assert -15 * calm < low < 0 < high < calm
    assert "The curve leaves the axis" in gain_sentence(metrics)


def test_the_gain_has_a_band_over_seeds(make_run):
    metrics = make_run().metrics
    values = np.array(metrics["gain"]["values"])
    assert "<svg" in gain_figure(metrics, "gain", (4, 3))
    assert "band" not in gain_sentence(metrics)
    metrics["seeds"] = {"gain": [(values + shift).tolist() for shift in (0.0, 0.1, 0.5)]}
    middle, low, high = _range(metrics)
    np.testing.assert_allclose(middle, [0, *(values + 0.2)])
    np.testing.assert_allclose(low, [0, *values])
    np.testing.assert_allclose(high, [0, *(values + 0.5)])
    assert "The band spans 3 seeds" in gain_sentence(metrics)


def test_events_are_counted_by_kind():
    events = [("skipped", 3), ("restarted", 1), ("skipped", 4)]
    metrics = {"events": [{"row": 5, "kind": k, "count": c} for k, c in events]}
    assert event_kinds(metrics) == {"skipped": 7, "restarted": 1}
    assert event_kinds({}) == {}
