"""Quarters, the rolling error, counts, and resuming with the same bits."""

import json

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from sklearn import metrics as oracle

from matrix import left
from onward.evaluate import RegressionScore, Scoreboard

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


def feed(board, y, predictions, start, stop, size, phase=None):
    for first in range(start, stop, size):
        rows = slice(first, min(first + size, stop))
        made = {name: p[rows] for name, p in predictions.items()}
        board.update(first, y[rows], made, None if phase is None else phase[rows])


def board_of(task, outputs, phases=()):
    return Scoreboard(task, outputs, ["onward", "zero"], phases)


def long_stream(rows=9_000):
    """More rows than are kept as they are, and than 256 stretches of 16."""
    random = np.random.default_rng(1)
    y = random.normal(size=(rows, 2))
    y[50:90, 1] = np.nan
    predictions = {"onward": y + 0.5 * random.normal(size=y.shape), "zero": np.zeros_like(y)}
    predictions["zero"][:40] = np.nan
    return y, predictions, random.integers(-1, 3, rows)


def assert_agrees(result, y, prediction):
    keep = np.isfinite(y) & np.isfinite(prediction)
    columns = [(y[k, i], prediction[k, i]) for i, k in enumerate(keep.T)]
    for key, score in (("r2", oracle.r2_score), ("mae", oracle.mean_absolute_error)):
        assert result[key] == pytest.approx(np.mean([score(*column) for column in columns]))
    assert result["scored"] == keep.sum()
    assert "per_target" not in result


def test_quarters_of_a_short_stream_are_exact():
    y, predictions = stream("regression", 1)
    board = board_of("regression", 1)
    feed(board, y, predictions, 0, ROWS, 97)
    result = board.result()
    assert result["phases"] == {"by": "quarter", "names": ["Q1", "Q2", "Q3", "Q4"]}
    for quarter, scores in enumerate(result["learners"]["onward"]["quarters"]):
        rows = 4 * np.arange(ROWS) // ROWS == quarter
        assert_agrees(scores, y[rows], predictions["onward"][rows])
    overall = result["learners"]["onward"]["overall"]
    assert overall.pop("per_target")["r2"] == [overall["r2"]]
    assert_agrees(overall, y, predictions["onward"])


@pytest.mark.parametrize("rows", [1_024, 1_500, 4_096, 4_097, 9_000])
def test_quarters_of_a_stream_of_unknown_length_are_within_a_hundredth(rows):
    y, predictions, _ = long_stream(rows)
    board = board_of("regression", 2)
    feed(board, y, predictions, 0, rows, 700)
    scored = [s["scored"] for s in board.result()["learners"]["onward"]["quarters"]]
    ends = np.cumsum(scored)
    assert ends[-1] == 2 * rows - 40
    # Two labels a row, but for 40 rows in the first quarter.
    assert np.abs((ends[:-1] + 40) / 2 - np.arange(1, 4) * rows / 4).max() <= 0.01 * rows


def test_phases_take_the_place_of_quarters():
    y, predictions, phase = long_stream()
    board = board_of("regression", 2, ["one", "two", "three", "none of it"])
    feed(board, y, predictions, 0, len(y), 700, phase)
    result = board.result()
    assert result["phases"]["names"] == ["one", "two", "three", "none of it"]
    for name, prediction in predictions.items():
        scores = result["learners"][name]["phases"]
        for code in range(3):
            assert_agrees(scores[code], y[phase == code], prediction[phase == code])
        assert scores[3]["r2"] is None and scores[3]["scored"] == 0


def test_wrong_phases_are_refused():
    y, predictions, _ = long_stream(10)
    with pytest.raises(ValueError, match="Expected no phase; got"):
        board_of("regression", 2).update(0, y, predictions, np.zeros(10, int))
    for phase in (None, np.zeros(9, int)):
        with pytest.raises(ValueError, match="Expected a phase for each row; got"):
            board_of("regression", 2, ["a"]).update(0, y, predictions, phase)
    with pytest.raises(ValueError, match=r"Expected phases -1 ... 0; got 0 ... 1; try a name"):
        board_of("regression", 2, ["a"]).update(0, y, predictions, np.array([0] * 9 + [1]))


@pytest.mark.parametrize("rows", [1_000, 1_030, 9_000])
def test_the_result_is_the_same_to_the_bit_however_the_rows_are_cut(rows):
    y, predictions, phase = long_stream(rows)
    boards = [board_of("regression", 2, ["a", "b", "c"]) for _ in range(4)]
    for board, size in zip(boards, (rows, 1_000, 997, 61), strict=True):
        feed(board, y, predictions, 0, rows, size, phase)
    first, *others = (board.result() for board in boards)
    assert all(other == first for other in others)
    # Looking at the scores changes nothing.
    boards[0].result()
    assert boards[0].result() == first


def test_a_stream_that_grows_is_scored_as_the_whole():
    y, predictions, phase = long_stream()
    phase = np.where(np.arange(len(y)) < 3_000, 0, 1)
    whole, part, grown = (board_of("regression", 2, p) for p in ("ab", "a", "ab"))
    feed(whole, y, predictions, 0, len(y), 1_000, phase)
    feed(part, y, predictions, 0, 2_500, 1_000, phase)
    grown.restore(part.state())
    feed(grown, y, predictions, 2_500, len(y), 1_000, phase)
    assert grown.result() == whole.result()
    with pytest.raises(ValueError, match=r"Expected 1 to 1 saved phases; got 2; try the phases"):
        part.restore(whole.state())
    without = board_of("regression", 2)
    feed(without, y, predictions, 0, 10, 10)
    with pytest.raises(ValueError, match=r"Expected 1 to 2 saved phases; got 0"):
        grown.restore(without.state())


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
    y, predictions = np.tile(y, (3, 1)), {n: np.tile(p, (3, 1)) for n, p in predictions.items()}
    whole, killed, resumed = (board_of(task, outputs) for _ in range(3))
    feed(whole, y, predictions, 0, 3 * ROWS, 500)
    feed(killed, y, predictions, 0, 1_490, 50)
    save_file(killed.state(), tmp_path / "state.safetensors")
    feed(killed, y, predictions, 1_490, 1_500, 50)  # what happens after the save is not in it
    resumed.restore(load_file(tmp_path / "state.safetensors"))
    feed(resumed, y, predictions, 1_490, 3 * ROWS, 50)
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
    board, sizes = Scoreboard("regression", 2, ["a"]), []
    for first in range(0, 40_000, 1_000):
        y = np.zeros((1_000, 2))
        board.update(first, y, {"a": y})
        sizes.append(sum(array.nbytes for array in board.state().values()))
    assert max(sizes[8:]) <= max(sizes[:8])


def test_gaps_repeats_and_unknown_learners_are_refused():
    y, predictions = stream("regression", 1)
    board = board_of("regression", 1)
    feed(board, y, predictions, 3, 10, 7)
    for first in (9, 11):
        with pytest.raises(ValueError, match="Expected rows from 10 on; got rows"):
            feed(board, y, predictions, first, first + 5, 5)
    with pytest.raises(ValueError, match=r"Expected predictions of \['onward', 'zero'\]; got"):
        board.update(10, y[10:12], {"onward": y[10:12]})
    for wrong in ({"y": y[10:12, :0]}, {"y": y[10:12], "onward": y[10:11]}):
        made = {"onward": y[10:12], "zero": y[10:12]} | wrong
        with pytest.raises(ValueError, match=r"Expected .* of shape \(2, 1\); got"):
            board.update(10, made.pop("y"), made)
    with pytest.raises(ValueError, match="Expected at least one learner and distinct names"):
        Scoreboard("regression", 1, ["a", "a"])


@pytest.mark.parametrize("rows", [7, 103, 3_000])
def test_rolling_error_is_the_mean_of_each_bin(rows):
    y, predictions, _ = long_stream(rows)
    y[1] = np.nan
    board = board_of("regression", 2)
    feed(board, y, predictions, 0, rows, 90)
    rolling, scale = board.result()["rolling"], np.nanstd(y, axis=0)
    size = {7: 1, 103: 4, 3_000: 128}[rows]
    firsts = range(0, rows, size)
    assert rolling["rows"] == [(f + min(f + size, rows) - 1) / 2 for f in firsts]
    for name, values in rolling["series"].items():
        errors = np.abs(y - predictions[name]) / scale
        for first, value in zip(firsts, values, strict=True):
            part = errors[first : first + size]
            present = part[:, np.isfinite(part).any(axis=0)]
            if present.size:
                assert value == pytest.approx(np.nanmean(present, axis=0).mean())
            else:
                assert value is None
    assert (None in values) == (rows < 3_000)


@pytest.mark.parametrize(("rows", "outputs"), [(300, 1), left(300, 2), left(9_000, 1), (9_000, 2)])
def test_gain_ends_at_the_difference_of_the_mean_errors(rows, outputs):
    y, predictions, _ = long_stream(rows)
    y, predictions = y[:, :outputs], {n: p[:, :outputs] for n, p in predictions.items()}
    predictions["frozen after warm-up"] = y  # the best of all, and no baseline
    predictions["worse"] = predictions["zero"] + 1
    board = Scoreboard("regression", outputs, list(predictions))
    feed(board, y, predictions, 0, rows, 1_000)
    gain = board.result()["gain"]
    assert gain["baseline"] == "zero"
    both = np.isfinite(predictions["zero"]) & np.isfinite(y)
    scale = np.nanstd(y, axis=0) if outputs > 1 else 1.0
    saved = np.abs(y - predictions["zero"]) - np.abs(y - predictions["onward"])
    saved = np.where(both, saved, 0.0) / scale / both.sum(axis=0)
    for end, value in zip(gain["rows"], gain["values"], strict=True):
        assert value == pytest.approx(saved[:end].sum(axis=0).mean())
    assert gain["rows"][-1] == rows and gain["values"][-1] > 0.1


def test_without_a_baseline_there_is_no_gain():
    y, predictions, _ = long_stream(20)
    names = ["onward", "frozen after warm-up"]
    board = Scoreboard("regression", 2, names)
    board.update(0, y, dict.fromkeys(names, predictions["onward"]))
    assert board.result()["gain"] is None
    assert Scoreboard("regression", 2, ["onward", "zero"]).result()["gain"] is None


def test_several_targets_share_one_axis_in_standard_deviations():
    random = np.random.default_rng(0)
    y = random.normal(size=(400, 3)) * [1.0, 1e6, 0.0]
    board = Scoreboard("regression", 3, ["zero"])
    board.update(0, y, {"zero": np.zeros_like(y)})
    rolling = board.result()["rolling"]
    assert rolling["metric"] == "mean absolute error / standard deviation"
    # E|z| = √(2/π) for a normal variable; the constant third target has no scale and is left out.
    assert np.mean(rolling["series"]["zero"]) == pytest.approx(np.sqrt(2 / np.pi), abs=0.05)


def test_classification_rolls_the_error_rate():
    y = np.array([[0.0], [1.0], [1.0], [np.nan]])
    p = np.tile([0.9, 0.1], (4, 1))
    board = Scoreboard("classification", 2, ["first"])
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
