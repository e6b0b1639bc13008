"""`onward run` from a stream to a folder of results."""

import shlex
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from matrix import left
from small_runs import (
    CHUNK,
    ROWS,
    SIZE,
    assert_same_results,
    example,
    files_in,
    metrics,
    predictions,
    with_gaps,
    write,
)

from .conftest import Command

pytestmark = pytest.mark.xdist_group("cli")

FILES = ["checkpoint/state.safetensors", "metrics.json", "predictions.parquet", "report.html"]
REGRESSION = ("last label", "running mean", "linear (RLS)")
CLASSIFICATION = ("last label", "majority class", "logistic (RLS)")


def assert_table(out: str, learner: str, baselines: tuple[str, ...], header: str) -> None:
    """The final table names everyone and scores them."""
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert any(line.startswith(header) for line in lines)
    for name in (learner, "frozen after warm-up", *baselines):
        scored = [line for line in lines if line.startswith(f"{name} ")]
        # Once overall, once by quarter.
        assert len(scored) == 2
        assert any(character.isdigit() for character in scored[0].removeprefix(name))


def test_numbers_of_a_built_in_stream(
    onward: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onward.runs.run.CHUNK", 150)
    options = ("--limit", 1500, "--learner", "network", "--size", 8, "--out", "out")
    result = onward("run", "cortex", *options)
    assert result.code == 0 and not result.err
    assert files_in(tmp_path / "out") == FILES
    assert_table(result.out, "GRU(8) · immediate · rmsprop", REGRESSION, "R² ↑ MAE ↓ RMSE ↓")
    assert (
        "1,500 samples: 2,998 labels scored, 0 missing or unusable, 0 samples skipped" in result.out
    )
    assert "report out/report.html" in " ".join(result.out.split())
    found = metrics(tmp_path / "out")
    assert found["command"] == (
        "onward run cortex --limit 1500 --learner network --size 8 --out out"
    )
    assert found["complete"] and found["config"]["warmup"] == 150
    assert found["learners"]["onward"]["overall"]["r2"] > 0.8
    assert len(predictions(tmp_path / "out")) == 1500
    assert "GRU(8) · immediate · rmsprop" in (tmp_path / "out" / "report.html").read_text("utf-8")


@pytest.mark.matrix
def test_what_a_rule_reports_is_told(onward: Command, tmp_path: Path) -> None:
    told = {}
    for shadow in ("immediate", "rtrl"):
        rule = f"shadowed:rule=immediate,shadow={shadow}"
        settings = ("--limit", 400, "--size", 6, "--warmup", CHUNK, "--rule", rule, "--out", shadow)
        result = onward("run", "cortex", "--learner", "network", *settings)
        assert result.code == 0
        told[shadow] = metrics(tmp_path / shadow)["diagnostics"]
        assert f"cosine: {told[shadow]['cosine']:.3f} in the mean" in result.out
        assert "mean norm ratio" in (tmp_path / shadow / "report.html").read_text("utf-8")
    assert told["immediate"] == pytest.approx({"cosine": 1, "norm_ratio": 1}, rel=1e-5)
    assert -1 < told["rtrl"]["cosine"] < 0.999


@pytest.mark.matrix
def test_classes_of_a_built_in_stream(
    onward: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onward.runs.run.CHUNK", 250)
    options = ("--learner", "network", "--size", 8, "--warmup", 250)
    result = onward("run", "phishing", *options)
    assert result.code == 0 and not result.err
    out = tmp_path / "runs" / "phishing-1"
    assert files_in(out) == FILES
    header = "accuracy ↑"
    assert_table(result.out, "GRU(8) · immediate · rmsprop", CLASSIFICATION, header)
    found, frame = metrics(out), predictions(out)
    assert found["learners"]["onward"]["overall"]["accuracy"] > 0.8
    accuracy = (frame["true"] == frame["onward"]).mean()
    assert found["learners"]["onward"]["overall"]["accuracy"] == pytest.approx(accuracy)
    assert set(frame["onward"]) == {"False", "True"}


def test_a_csv_file_with_time_is_run_as_its_columns_say(run: Command, tmp_path: Path) -> None:
    frame = pd.DataFrame(example()).rename(columns={"u": "flow, m³"})
    frame.insert(0, "when", pd.date_range("2024-03-01", periods=ROWS, freq="h"))
    frame.to_csv("plant.csv", index=False)
    # A name with a comma cannot be given; the other target can, with chosen features.
    options = ("--target", "v", "--features", "a, b ,c", "--horizon", 2, "--warmup", CHUNK)
    result = run("plant.csv", *options, "--no-feedback", "--rule", "sparse-rtrl:k=2")
    assert result.code == 0 and not result.err
    learner = "GRU(4) · sparse-rtrl:k=2,selection=random,resample=False,support=row · rmsprop"
    assert_table(result.out, learner, REGRESSION, "R² ↑ MAE ↓ RMSE ↓")
    out = tmp_path / "runs" / "plant-1"
    found = metrics(out)
    assert found["stream"]["feature_names"] == ["a", "b", "c"]
    asked = {"target": ["v"], "horizon": 2, "feedback": False, "rule": "sparse-rtrl:k=2"}
    assert asked.items() <= found["config"].items()
    assert shlex.split(found["command"])[6] == "a, b ,c"
    table = predictions(out)
    assert table["time"].tolist() == frame["when"].tolist()
    # Two rows are nobody's target, and before the first label there is no scale to predict in.
    assert table["onward:v"].isna().tolist() == [True] * 3 + [False] * (ROWS - 3)


@pytest.mark.matrix
def test_an_npz_file_is_run(run: Command, tmp_path: Path) -> None:
    columns = example()
    x = np.stack([columns[name] for name in "abc"], axis=1)
    np.savez("made.npz", x=x, y=np.stack([columns["u"], columns["v"]], axis=1))
    result = run("made.npz", "--target", "y", "--warmup", CHUNK, "--out", "deep/er/out")
    assert result.code == 0
    out = tmp_path / "deep" / "er" / "out"
    assert files_in(out) == FILES
    assert metrics(out)["stream"]["target_names"] == ["y[0]", "y[1]"]
    write(tmp_path / "columns.npz", columns)
    options = ("--features", "a,b,c", "--target", "u,v", "--warmup", CHUNK, "--out", "other")
    assert run("columns.npz", *options).code == 0
    found, expected = predictions(tmp_path / "other"), predictions(out)
    np.testing.assert_array_equal(found["onward:u"], expected["onward:y[0]"])


def test_each_run_without_a_folder_gets_a_new_one(run: Command, tmp_path: Path) -> None:
    write(tmp_path / "made.npz", example(2 * CHUNK))
    for _ in range(2):
        assert run("made.npz", "--target", "u", "--warmup", CHUNK).code == 0
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["made-1", "made-2"]


@pytest.mark.matrix
def test_a_complete_run_that_is_resumed_stays_as_it_is(run: Command, tmp_path: Path) -> None:
    write(tmp_path / "made.npz", with_gaps())
    options = ("made.npz", "--target", "u", "--warmup", CHUNK, "--out", "out")
    assert run(*options).code == 0
    shutil.copytree("out", "expected")
    result = run(*options, "--resume")
    assert result.code == 0 and f"{ROWS} samples: " in result.out
    assert_same_results(tmp_path / "out", tmp_path / "expected")


def test_names_with_brackets_are_shown_as_they_are(run: Command, tmp_path: Path) -> None:
    """Brackets are markup in a terminal's language."""
    columns = example(2 * CHUNK)
    columns["[red]"] = np.full(2 * CHUNK, 2.0)
    write(tmp_path / "made[bold].npz", columns)
    options = ("--target", "u", "--warmup", CHUNK, "--out", "out[/]")
    result = run("made[bold].npz", *options)
    assert result.code == 0
    assert "feature '[red]'" in result.out and "out[/]/report.html" in result.out
    result = run("made[bold].npz", "--target", "[blink]", *options[2:])
    assert result.code == 2 and "'[blink]'" in result.err


@pytest.mark.parametrize("encoding", ["ascii", left("cp1252")])
def test_a_terminal_without_arrows_costs_no_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    import io
    import sys

    from onward.cli import main

    write(tmp_path / "made.npz", example(2 * CHUNK))
    options = ["--target", "u", "--warmup", str(CHUNK), "--size", str(SIZE)]
    options += ["--learner", "network"]
    monkeypatch.setattr(sys, "argv", ["onward", "run", "made.npz", *options])
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding))
    with pytest.raises(SystemExit) as ended:
        main()
    sys.stdout.flush()
    assert not ended.value.code
    text = raw.getvalue().decode(encoding)
    assert "frozen after warm-up" in text and "report.html" in text
