"""Quarters, the rolling error, counts, and resuming with the same bits."""

import json

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from sklearn import metrics as oracle

from onward.evaluate import RegressionScore, RollingError, Scoreboard

ROWS = 1003
HORIZON = 3


def stream(task, outputs):
    random = np.random.default_rng(0)
    if task == "regression":
        y = random.normal(size=(ROWS, outputs)).cumsum(axis=0).astype(np.float32)
        good = y + random.normal(size=y.shape)
        bad = np.zeros_like(y)
    else:
        y = random.integers(0, outputs, (ROWS, 1)).astype(np.float32)
        good, bad = random.dirichlet(np.ones(outputs), (2, ROWS))
        good[np.arange(ROWS), y[:, 0].astype(int)] += 0.5
        good /= good.sum(axis=1, keepdims=True)
    y[100:130, 0] = np.nan
    good[:HORIZON] = bad[:HORIZON] = np.nan
    return y, {"onward": good, "zero": bad}


TASKS = pytest.mark.parametrize(
    ("task", "outputs"), [("regression", 1), ("regression", 3), ("classification", 4)]
)


def feed(board, y, predictions, start, stop, size):
    for first in range(start, stop, size):
        rows = slice(first, min(first + size, stop))
        board.update(first, y[rows], {name: p[rows] for name, p in predictions.items()})


def board_of(task, outputs):
    return Scoreboard(task, ROWS, outputs, ["onward", "zero"])


def test_quarters_and_overall_agree_with_scikit_learn():
    y, predictions = stream("regression", 1)
    board = board_of("regression", 1)
    feed(board, y, predictions, 0, ROWS, 97)
    result = board.result()["learners"]["onward"]
    keep = np.isfinite(y[:, 0]) & np.isfinite(predictions["onward"][:, 0])
    quarter = 4 * np.arange(ROWS) // ROWS
    for index in range(4):
        rows = keep & (quarter == index)
        expected = oracle.r2_score(y[rows], predictions["onward"][rows])
        assert result["quarters"][index]["r2"] == pytest.approx(expected)
        assert "per_target" not in result["quarters"][index]
    assert result["overall"]["r2"] == pytest.approx(
        oracle.r2_score(y[keep], predictions["onward"][keep])
    )
    assert result["overall"]["scored"] == keep.sum()


@TASKS
def test_counts_and_json(task, outputs):
    y, predictions = stream(task, outputs)
    board = board_of(task, outputs)
    feed(board, y, predictions, 0, ROWS, 64)
    result = board.result()
    columns = y.shape[1]
    assert result["counts"] == {
        "scored": (ROWS - HORIZON) * columns - 30,
        "unlabelled": 30,
    }
    json.dumps(result, allow_nan=False)


@TASKS
def test_killed_and_resumed_ends_with_the_same_bits(task, outputs, tmp_path):
    y, predictions = stream(task, outputs)
    whole, killed, resumed = (board_of(task, outputs) for _ in range(3))
    feed(whole, y, predictions, 0, ROWS, 50)
    feed(killed, y, predictions, 0, 450, 50)
    save_file(killed.state(), tmp_path / "state.safetensors")
    feed(killed, y, predictions, 450, 500, 50)  # what happens after the save is not in it
    resumed.restore(load_file(tmp_path / "state.safetensors"))
    feed(resumed, y, predictions, 450, ROWS, 50)
    assert resumed.result() == whole.result()
    ends = whole.state()
    for name, array in resumed.state().items():
        np.testing.assert_array_equal(array, ends[name], strict=True)


@TASKS
def test_a_state_is_not_the_board(task, outputs):
    y, predictions = stream(task, outputs)
    board = board_of(task, outputs)
    feed(board, y, predictions, 0, 100, 50)
    state = board.state()
    before = {name: array.copy() for name, array in state.items()}
    feed(board, y, predictions, 100, 200, 50)
    for name, array in state.items():
        np.testing.assert_array_equal(array, before[name])


def test_a_state_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"Expected .* of shape .*; got .*; try the same task"):
        board_of("regression", 2).restore(board_of("regression", 1).state())
    with pytest.raises(ValueError, match=r"Expected a saved array 'next_row'; got only \[\]"):
        board_of("regression", 1).restore({})


def test_memory_does_not_grow_with_the_stream():
    sizes = [
        sum(array.nbytes for array in Scoreboard("regression", length, 2, ["a"]).state().values())
        for length in (20_000, 20_000_000)
    ]
    assert sizes[0] == sizes[1]


def test_gaps_repeats_and_unknown_learners_are_refused():
    y, predictions = stream("regression", 1)
    board = board_of("regression", 1)
    feed(board, y, predictions, 3, 10, 7)
    for first in (9, 11):
        with pytest.raises(ValueError, match="Expected rows from 10 on, below 1003; got rows"):
            feed(board, y, predictions, first, first + 5, 5)
    with pytest.raises(ValueError, match=r"Expected predictions of \['onward', 'zero'\]; got"):
        board.update(10, y[10:12], {"onward": y[10:12]})
    with pytest.raises(ValueError, match="Expected at least one learner and distinct names"):
        Scoreboard("regression", 10, 1, ["a", "a"])


def test_rolling_error_is_the_mean_of_each_bin_however_it_is_cut():
    errors = np.random.default_rng(0).random((103, 2))
    errors[5, 0], errors[40:60] = np.nan, np.nan
    whole, cut = (RollingError(103, ["a"], 2, bins=10) for _ in range(2))
    whole.update(0, {"a": errors})
    for first in range(0, 103, 9):
        cut.update(first, {"a": errors[first : first + 9]})
    scale = np.array([2.0, 4.0])
    series = whole.series(scale)["a"]
    assert cut.series(scale)["a"] == series
    bins = 10 * np.arange(103) // 103
    for index in range(10):
        rows = errors[bins == index] / scale
        if np.isnan(rows).all():
            assert series[index] is None
        else:
            expected = np.nanmean(np.nanmean(rows, axis=0))
            assert series[index] == pytest.approx(expected)
        assert whole.centres()[index] == np.flatnonzero(bins == index).mean()
    assert None in series


def test_a_short_stream_has_one_bin_a_row():
    rolling = RollingError(7, ["a"], 1, bins=200)
    rolling.update(0, {"a": np.arange(7.0)[:, None]})
    assert rolling.series(np.ones(1))["a"] == list(range(7))
    assert rolling.centres() == list(range(7))


def test_several_targets_share_one_axis_in_standard_deviations():
    random = np.random.default_rng(0)
    y = random.normal(size=(400, 3)) * [1.0, 1e6, 0.0]
    board = Scoreboard("regression", 400, 3, ["zero"])
    board.update(0, y, {"zero": np.zeros_like(y)})
    rolling = board.result()["rolling"]
    assert rolling["metric"] == "mean absolute error / standard deviation"
    # E|z| = √(2/π) for a normal variable; the constant third target has no scale and is left out.
    assert np.mean(rolling["series"]["zero"]) == pytest.approx(np.sqrt(2 / np.pi), abs=0.05)


def test_classification_rolls_the_error_rate():
    y = np.array([[0.0], [1.0], [1.0], [np.nan]])
    p = np.tile([0.9, 0.1], (4, 1))
    board = Scoreboard("classification", 4, 2, ["first"])
    board.update(0, y, {"first": p})
    assert board.result()["rolling"] == {
        "metric": "error rate",
        "rows": [0.0, 1.0, 2.0, 3.0],
        "series": {"first": [0.0, 1.0, 1.0, None]},
    }


def test_a_learner_without_any_prediction_has_no_score():
    y, predictions = stream("regression", 2)
    predictions["zero"] = np.full_like(y, np.nan)
    board = board_of("regression", 2)
    feed(board, y, predictions, 0, ROWS, 100)
    result = board.result()
    assert result["learners"]["zero"]["overall"]["r2"] is None
    assert result["learners"]["zero"]["overall"] == RegressionScore(2).result()
    assert set(result["rolling"]["series"]["zero"]) == {None}
