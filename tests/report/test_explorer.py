"""What is embedded for looking at any stretch: every row of a few, means of all others."""

import base64
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from onward.report.explorer import explorer, thinned


def unpacked(text, dtype=np.float32):
    return np.frombuffer(base64.b64decode(text), dtype)


def long_run(make_run, rows=50_000, names=("y",)):
    run, random = make_run(names=names), np.random.default_rng(0)
    columns: dict = {"row": np.arange(rows)}
    for name in names:
        columns[f"true:{name}"] = random.normal(size=rows)
        columns[f"onward:{name}"] = random.normal(size=rows).astype(np.float32)
        columns[f"true:{name}"][200:420] = np.nan
    columns["time"] = pd.date_range("2024-03-01", periods=rows, freq="10min")
    table = pd.DataFrame(columns)
    table.to_parquet(run.predictions)
    run.metrics["counts"]["samples"] = rows
    centres = run.metrics["rolling"]["rows"]
    run.metrics["rolling"]["rows"] = [rows / 400 * row for row in centres]
    return run, table


def test_a_short_stream_is_embedded_whole(make_run):
    run = make_run(time=True)
    found = explorer(run.predictions, run.metrics)
    table = pd.read_parquet(run.predictions)
    (part,) = found.data["parts"]
    assert (part["start"], part["step"], part["count"]) == (0, 1, 400) and found.stretches == ()
    for line, column in enumerate(("true:temperature (°C)", "onward:temperature (°C)")):
        (values,) = part["targets"][0][line]
        np.testing.assert_array_equal(unpacked(values), table[column].astype(np.float32))
    times = table["time"].to_numpy().astype("datetime64[ms]").astype(float)
    np.testing.assert_array_equal(unpacked(part["time"], np.float64), times)
    assert found.data["dates"]


@pytest.mark.parametrize("names", [("y",), tuple("abcde")])
def test_of_a_long_stream_means_are_embedded_and_some_stretches_whole(make_run, names):
    run, table = long_run(make_run, names=names)
    found = explorer(run.predictions, run.metrics)
    means, *whole = found.data["parts"]
    points = sum(part["count"] * len(part["targets"]) for part in found.data["parts"])
    assert 10_000 < points <= 14_100
    assert means["start"] == 0 and means["step"] * means["count"] >= len(table)
    shown = len(means["targets"])
    assert shown == min(len(names), 4) == len(found.targets)
    last = table[f"onward:{found.targets[-1]}"].to_numpy(float)
    blocks = [last[i : i + means["step"]] for i in range(0, len(table), means["step"])]
    for packed, of in zip(means["targets"][-1][1], (np.mean, np.min, np.max), strict=True):
        np.testing.assert_allclose(
            unpacked(packed), [of(block) for block in blocks], rtol=1e-5, atol=1e-7
        )
    assert np.isnan(unpacked(means["targets"][0][0][0])).any()
    for part, stretch in zip(whole, found.stretches, strict=True):
        assert (part["start"], part["step"]) == (stretch.start, 1)
        rows = slice(stretch.start, stretch.stop)
        (values,) = part["targets"][-1][1]
        np.testing.assert_array_equal(unpacked(values), last[rows].astype(np.float32))


def test_stretches_are_the_ends_and_the_best_and_the_worst_rows_without_overlap(make_run):
    run, table = long_run(make_run)
    rolling = run.metrics["rolling"]
    rolling["series"]["onward"][5] = 1e3  # around row 12,000
    rolling["series"]["onward"][1] = -1e3  # reaches into the first rows
    rolling["rows"][1] = 3_500.0
    stretches = explorer(run.predictions, run.metrics).stretches
    baseline = run.metrics["gain"]["baseline"]
    named = {stretch.name: stretch for stretch in stretches}
    assert set(named) == {
        *("first rows", "last rows", f"lost most to {baseline}", f"gained most on {baseline}")
    }
    assert named["first rows"].start == 0 and named["last rows"].stop == len(table)
    worst = named[f"lost most to {baseline}"]
    assert worst.start < rolling["rows"][5] < worst.stop
    for left, right in pairwise(stretches):
        assert left.stop <= right.start
    # One whose middle is there already is not there twice.
    rolling["rows"][1] = 700.0
    assert len(explorer(run.predictions, run.metrics).stretches) == 3


@pytest.mark.parametrize("told", [True, False])
def test_of_classes_the_probability_of_the_true_one_is_embedded(make_run, told):
    run = make_run("classification", ("a", "b"))
    table = pd.DataFrame({"true": ["a", "b", None, "b"], "onward": ["a", "a", "b", None]})
    if told:
        table["onward:p(a)"] = [0.75, 0.5, 0.25, np.nan]
        table["onward:p(b)"] = [0.25, 0.25, 0.75, np.nan]
    table.to_parquet(run.predictions)
    (part,) = explorer(run.predictions, run.metrics).data["parts"]
    expected = [0.75, 0.25, np.nan, np.nan] if told else [1, 0, np.nan, np.nan]
    np.testing.assert_array_equal(unpacked(part["targets"][0][0][0]), np.float32(expected))
    codes = unpacked(part["classes"], np.int16).reshape(-1, 2).tolist()
    assert codes == [[0, 0], [1, 0], [-1, 1], [1, -1]]


def test_without_rows_there_is_nothing_to_look_at(make_run):
    run = make_run(done=0)
    assert explorer(run.predictions, run.metrics) is None


def test_what_is_rare_is_kept_where_events_are_too_many():
    rare, often = [(5, "restarted"), (900, "restarted")], [(row, "skipped") for row in range(1000)]
    kept = thinned([often, rare, []], 20)
    assert set(rare) <= set(kept) and kept == sorted(kept)
    assert 15 < len(kept) <= 20, "what rare ones leave free is for the others"
    assert thinned([rare, often], 2_000) == sorted([*often, *rare])
