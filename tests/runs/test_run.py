"""One pass over a stream: its scores, and what they may and may not depend on."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as oracle

from matrix import left
from onward.runs import Run, RunConfig
from small_runs import (
    CHUNK,
    GAPPY,
    KINDS,
    ROWS,
    SIZE,
    TARGETS,
    column,
    config_of,
    example,
    finished,
    metrics,
    names,
    predictions,
    with_gaps,
    write,
)

pytestmark = pytest.mark.xdist_group("experiments")


@pytest.mark.parametrize("horizon", [left(0), 3])
def test_scores_are_those_of_the_table_of_numbers(tmp_path: Path, horizon: int) -> None:
    path = write(tmp_path / "made.npz", with_gaps())
    finished(config_of(path, horizon=horizon), tmp_path / "out")
    frame, found = predictions(tmp_path / "out"), metrics(tmp_path / "out")
    true = column(frame, "true")
    for name, scores in found["learners"].items():
        made = column(frame, name)
        for quarter, score in enumerate([scores["overall"], *scores["quarters"]]):
            rows = frame["row"] * 4 // ROWS == quarter - 1 if quarter else frame["row"] >= 0
            valid = np.isfinite(true) & np.isfinite(made) & rows.to_numpy()[:, None]
            assert score["scored"] == valid.sum()
            for metric, function in (
                ("r2", oracle.r2_score),
                ("mae", oracle.mean_absolute_error),
                ("rmse", oracle.root_mean_squared_error),
            ):
                expected = [
                    function(true[valid[:, i], i], made[valid[:, i], i]) for i in range(TARGETS)
                ]
                assert score[metric] == pytest.approx(np.mean(expected), rel=1e-5, abs=1e-6)
    # A row with gaps is predicted from and scored.
    assert found["counts"]["unlabelled"] == np.isnan(true).sum()
    assert found["counts"]["filled"] == len(GAPPY)
    assert found["counts"]["skipped"] == 0


@pytest.mark.parametrize("horizon", [left(0), 3])
def test_scores_are_those_of_the_table_of_classes(tmp_path: Path, horizon: int) -> None:
    path = write(tmp_path / "made.npz", with_gaps())
    finished(config_of(path, ("kind",), horizon=horizon), tmp_path / "out")
    frame, found = predictions(tmp_path / "out"), metrics(tmp_path / "out")
    for name, scores in found["learners"].items():
        for quarter, score in enumerate([scores["overall"], *scores["quarters"]]):
            rows = frame["row"] * 4 // ROWS == quarter - 1 if quarter else frame["row"] >= 0
            scored = frame[rows & frame["true"].notna() & frame[name].notna()]
            true, made = scored["true"], scored[name]
            assert score["scored"] == len(scored)
            assert score["accuracy"] == pytest.approx(oracle.accuracy_score(true, made))
            assert score["f1"] == pytest.approx(oracle.f1_score(true, made, average="macro"))
            kappa = oracle.cohen_kappa_score(true, made)
            assert score["kappa"] == pytest.approx(kappa, abs=1e-9)
            if name == "onward":
                table = scored[[f"onward:p({kind})" for kind in KINDS]].to_numpy(np.float64)
                expected = -np.log(table[np.arange(len(true)), [KINDS.index(t) for t in true]])
                assert score["log_loss"] == pytest.approx(expected.mean(), rel=1e-5)
        if name == "onward":
            confusion = oracle.confusion_matrix(
                *(frame.dropna(subset=["true", name])[key] for key in ("true", name)), labels=KINDS
            )
            assert scores["overall"]["confusion"] == confusion.tolist()


def test_equal_configurations_give_equal_results_and_other_seeds_do_not(tmp_path: Path) -> None:
    path = write(tmp_path / "made.npz", example())
    frames = []
    for folder, seed in (("a", 0), ("b", 0), ("c", 1)):
        finished(config_of(path, seed=seed), tmp_path / folder)
        frames.append(predictions(tmp_path / folder))
    pd.testing.assert_frame_equal(frames[0], frames[1], check_exact=True)
    assert (column(frames[0], "onward") != column(frames[2], "onward")).any()
    same = "linear (RLS)"
    np.testing.assert_array_equal(column(frames[0], same), column(frames[2], same))


def test_a_limit_is_a_shorter_stream(tmp_path: Path) -> None:
    path = write(tmp_path / "made.npz", example())
    short = write(tmp_path / "short.npz", {k: v[:130] for k, v in example().items()})
    finished(config_of(path, limit=130), tmp_path / "limited")
    finished(config_of(short), tmp_path / "short")
    first, second = predictions(tmp_path / "limited"), predictions(tmp_path / "short")
    pd.testing.assert_frame_equal(first, second, check_exact=True)
    found, expected = metrics(tmp_path / "limited"), metrics(tmp_path / "short")
    assert found["learners"] == expected["learners"] and found["complete"]
    assert found["stream"]["length"] == found["counts"]["samples"] == 130


@pytest.mark.parametrize("warmup", [77])
def test_results_do_not_depend_on_how_rows_are_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warmup: int
) -> None:
    """Chunks end where the warm-up does, wherever that is."""
    path = write(tmp_path / "made.npz", with_gaps())
    finished(config_of(path, horizon=3, warmup=warmup), tmp_path / "small")
    monkeypatch.setattr("onward.runs.run.CHUNK", 1000)
    finished(config_of(path, horizon=3, warmup=warmup), tmp_path / "whole")
    first, second = predictions(tmp_path / "small"), predictions(tmp_path / "whole")
    pd.testing.assert_frame_equal(first, second, check_exact=False, rtol=1e-5, atol=1e-6)
    assert metrics(tmp_path / "small")["counts"] == metrics(tmp_path / "whole")["counts"]


@pytest.mark.parametrize("loss", ["squared", left("absolute"), left("huber")])
def test_wild_numbers_pass_and_leave_finite_scores(tmp_path: Path, loss: str) -> None:
    columns = with_gaps()
    columns["u"][[80, 81, 90, 91]] = np.inf, -np.inf, 1e30, -1e30
    columns["a"][0] = np.nan
    config = config_of(write(tmp_path / "made.npz", columns), loss=loss, horizon=1)
    finished(config, tmp_path / "out")
    frame, found = predictions(tmp_path / "out"), metrics(tmp_path / "out")
    for name in names("regression"):
        assert not np.isinf(column(frame, name)).any()
    # Three rows and the first with gaps, four with labels out of reach.
    assert found["counts"]["filled"] == len(GAPPY) + 1
    assert found["counts"]["skipped"] == 4
    assert found["counts"]["samples"] == ROWS and found["complete"]
    assert found["learners"]["onward"]["overall"]["mae"] is not None
    # Once the wild rows are past, the learner is back.
    last = metrics(tmp_path / "out")["learners"]["onward"]["quarters"][3]
    calm = metrics_of_calm(tmp_path, loss)["quarters"][3]
    assert last["mae"] == pytest.approx(calm["mae"], rel=0.2)


def metrics_of_calm(tmp_path: Path, loss: str) -> dict[str, Any]:
    path = write(tmp_path / "calm.npz", example())
    finished(config_of(path, loss=loss, horizon=1), tmp_path / "calm")
    return metrics(tmp_path / "calm")["learners"]["onward"]


def test_progress_tells_rows_and_the_recent_score(tmp_path: Path) -> None:
    seen: list[Any] = []
    Run(config_of(write(tmp_path / "made.npz", example())), tmp_path / "out")(seen.append)
    assert [progress.row for progress in seen] == list(range(CHUNK, ROWS + 1, CHUNK))
    assert {progress.length for progress in seen} == {ROWS}
    # The first chunk of a length is compiled; what that takes is no speed.
    assert seen[0].samples_per_second is None and seen[-1].samples_per_second > 0
    rows = slice(ROWS - 4 * CHUNK, ROWS)
    frame = predictions(tmp_path / "out")[rows]
    expected = oracle.r2_score(column(frame, "true"), column(frame, "onward"))
    assert seen[-1].score == pytest.approx(expected, rel=1e-5)


def test_a_constant_target_has_no_r2(tmp_path: Path) -> None:
    columns = example(120)
    columns["u"][:] = 2.5
    finished(
        config_of(write(tmp_path / "made.npz", columns), ("u",), task="regression"),
        tmp_path / "out",
    )
    scores = metrics(tmp_path / "out")["learners"]
    assert [score["overall"]["r2"] for score in scores.values()] == [None] * 5
    assert scores["onward"]["overall"]["mae"] == pytest.approx(0, abs=1e-6)


@pytest.mark.matrix
def test_synthetic_streams_and_their_own_horizon(tmp_path: Path) -> None:
    config = RunConfig("lorenz", learner="network", size=SIZE, limit=2 * CHUNK, warmup=CHUNK)
    run = finished(config, tmp_path / "out")
    info = config.open().info
    assert metrics(tmp_path / "out")["config"]["horizon"] == info.horizon == run.plan.horizon
