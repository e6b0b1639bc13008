"""What only looks wrong runs to the end, with a note where there is something to know."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from matrix import left
from small_runs import CHUNK, example, files_in, metrics, predictions, with_gaps

from .conftest import Command, Result

pytestmark = pytest.mark.xdist_group("cli")


def frame(rows: int = 6 * CHUNK) -> pd.DataFrame:
    return pd.DataFrame({name: example(rows)[name] for name in ("a", "b", "c", "u", "kind")})


def finish(
    run: Command, tmp_path: Path, made: pd.DataFrame, *options: object, code: int = 0
) -> Result:
    made.to_csv(tmp_path / "made.csv", index=False)
    fixed = ("--features", "a,b,c", "--warmup", CHUNK, "--out", "out", "--optimizer", "rmsprop")
    result = run("made.csv", *fixed, *(options or ("--target", "u")))
    assert result.code == code and not result.err, result.err
    assert "report.html" in files_in(tmp_path / "out")
    return result


def test_a_constant_target_runs_without_r2(run: Command, tmp_path: Path) -> None:
    made = frame()
    made["u"] = 3.5
    result = finish(run, tmp_path, made)
    assert "note Always the same value in the target 'u'." in result.out
    assert "There is no R²: the scored labels do not vary." in " ".join(result.out.split())
    scores = metrics(tmp_path / "out")["learners"]["onward"]["overall"]
    assert scores["r2"] is None and scores["mae"] == pytest.approx(0, abs=1e-6)


@pytest.mark.matrix
def test_a_constant_feature_runs_with_a_note(run: Command, tmp_path: Path) -> None:
    made = frame()
    made["b"] = 1e6
    result = finish(run, tmp_path, made)
    assert "note Always the same value in the feature 'b'." in result.out
    assert metrics(tmp_path / "out")["learners"]["onward"]["overall"]["r2"] > 0


@pytest.mark.parametrize(
    ("when", "notes"),
    [
        left(
            ["2024-01-03", "2024-01-01", "2024-01-02"], ["Unsorted: 'when' goes back in 100 rows."]
        ),
        (
            ["2024-01-01", "2024-01-01", "2024-01-02"],
            [
                "Unsorted: 'when' goes back in 99 rows.",
                "Duplicates: 'when' repeats the row before in 100 rows.",
            ],
        ),
    ],
)
def test_time_out_of_order_runs_with_a_note(
    run: Command, tmp_path: Path, when: list[str], notes: list[str]
) -> None:
    made = frame().assign(when=when * (2 * CHUNK))
    result = finish(run, tmp_path, made)
    for note in notes:
        assert f"note {note}\n" in result.out
    assert metrics(tmp_path / "out")["stream"]["warnings"]
    assert len(predictions(tmp_path / "out")["time"]) == 6 * CHUNK


@pytest.mark.matrix
@pytest.mark.parametrize("task", ["regression", "classification"])
def test_numbers_that_are_none_pass_and_are_counted(
    run: Command, tmp_path: Path, task: str
) -> None:
    """NaN, infinities and 1e30, in features and labels, from the first row to the last."""
    columns = with_gaps(6 * CHUNK)
    made = pd.DataFrame({name: columns[name] for name in ("a", "b", "c", "u", "kind")})
    made.loc[[0, len(made) - 1], "a"] = np.nan
    target = "u" if task == "regression" else "kind"
    late = [80, 81, 90, 91]
    if task == "regression":
        made.loc[late, "u"] = [np.inf, -np.inf, 1e30, -1e30]
    result = finish(run, tmp_path, made, "--target", target, "--horizon", 2)
    found, table = metrics(tmp_path / "out"), predictions(tmp_path / "out")
    bad_labels = len(late) if task == "regression" else 0
    # Rows 40, 140 and 200 of the example, the first and the last, have gaps that are filled in.
    assert found["counts"]["filled"] == 5
    assert found["counts"]["skipped"] == bad_labels
    assert f"{bad_labels} samples skipped" in result.out
    assert found["counts"]["samples"] == len(made) and found["complete"]
    numbers = table.select_dtypes("number")
    predicted = numbers[[name for name in numbers if not name.startswith("true")]]
    assert not np.isinf(predicted.to_numpy()).any()
    # Of intervals the first ones are missing, too.
    ours = [name for name in table if name == "onward" or name.startswith("onward:")]
    silent = table["row"][table[ours].isna().any(axis=1)]
    # Made two rows before: none before the first, and none before a label told the units.
    expected = {0, 1} | ({2, 3} if task == "regression" else set())
    assert {0, 1} <= set(silent) <= expected
    for scores in found["learners"].values():
        assert all(np.isfinite(v) for v in scores["overall"].values() if isinstance(v, float))


@pytest.mark.matrix
def test_labels_that_are_too_large_are_told_as_unusable(run: Command, tmp_path: Path) -> None:
    made = frame()
    made.loc[100:, "u"] = 1e35
    result = finish(run, tmp_path, made)
    assert f"{len(made) - 100} missing or unusable, " in result.out


def test_a_learning_rate_of_zero_is_the_frozen_network(run: Command, tmp_path: Path) -> None:
    finish(run, tmp_path, frame(), "--target", "u", "--learning-rate", 0)
    table = predictions(tmp_path / "out")
    np.testing.assert_array_equal(table["onward:u"], table["frozen after warm-up:u"])


@pytest.mark.matrix
def test_labels_that_never_come_in_time_leave_no_score(run: Command, tmp_path: Path) -> None:
    """The longest horizon that there is: one row is predicted, before any label has come."""
    result = finish(run, tmp_path, frame(), "--target", "u", "--horizon", 6 * CHUNK - 1, code=3)
    assert metrics(tmp_path / "out")["counts"]["scored"] == 0
    assert "error Nothing was scored" in " ".join(result.out.split())
