"""What follows a run: predicting, live rows, and exit codes that tell of failure."""

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from small_runs import CHUNK, REGRESSION, example, metrics, predictions, write

from .conftest import Command

pytestmark = pytest.mark.xdist_group("cli")
OPTIONS = ("--target", "u,v", "--features", "a,b,c", "--warmup", CHUNK, "--optimizer", "rmsprop")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "made.csv"
    pd.DataFrame(example(120)).to_csv(path, index=False)
    return path


def test_predict_uses_the_network_of_a_run(
    table: Path, run: Command, onward: Command, tmp_path: Path
) -> None:
    assert run("made.csv", *OPTIONS, "--out", "old").code == 0
    columns = {name: values for name, values in example(70).items() if name not in REGRESSION}
    write(tmp_path / "bare.npz", columns)
    result = onward("predict", "bare.npz", "--from", "old", "--out", "bare")
    assert result.code == 0, result.err
    assert "70 samples predicted, 0 labels scored, 140 missing or unusable" in result.out
    assert predictions(tmp_path / "bare")["onward:u"].notna().all()
    result = onward("predict", "made.csv", "--from", "old", "--learn")
    assert result.code == 0, result.err
    assert "last label" in result.out and "frozen after warm-up" in result.out
    found = metrics(tmp_path / "runs" / "made-1")
    assert found["counts"]["learnt"] > 0 and found["origin"]["learns"]
    result = run("made.csv", *OPTIONS, "--warm-start", "old", "--cell", "rnn")
    assert result.code == 2 and "cell (rnn, not gru)" in result.err
    result = onward("predict", "made.csv", "--from", "nowhere")
    assert result.code == 2 and "Expected a checkpoint at nowhere" in result.err


def test_live_rows_are_told_one_a_line(
    table: Path, run: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    source = io.BytesIO(table.read_bytes() + b"not a row\n")
    monkeypatch.setattr("os.read", lambda _, size: source.read(size))
    result = run("-", *OPTIONS, "--out", "live")
    assert result.code == 0, result.err
    lines = [json.loads(line) for line in result.out.splitlines()]
    assert [line["row"] for line in lines] == list(range(120))
    columns = {"prediction": "onward", "low": "onward low", "high": "onward high"}
    for name, column in columns.items():
        told = np.array([list(line[name].values()) for line in lines], float)
        found = predictions(tmp_path / "live")[[f"{column}:u", f"{column}:v"]].to_numpy()
        np.testing.assert_array_equal(told, found)
    assert None not in lines[-1]["low"].values()
    assert "Passed over 1 line that is no row; the first is line 122: " in result.err
    assert (tmp_path / "live" / "report.html").exists()


def test_a_run_that_has_learnt_nothing_ends_with_3(table: Path, run: Command) -> None:
    pd.read_csv(table).assign(w=0).to_csv("idle.csv", index=False)
    options = ("idle.csv", *OPTIONS, "--weight", "w")
    result = run(*options)
    assert result.code == 3
    assert "The network learnt nothing: no sample could be learnt from." in result.out
    assert run("made.csv", *OPTIONS, "--rule", "frozen").code == 0


def test_a_run_that_has_given_up_ends_with_3(
    table: Path, run: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onward.runs.recovery.WINDOW", CHUNK)
    monkeypatch.setattr("onward.runs.recovery.MOST_RESTARTS", 1)
    result = run("made.csv", *OPTIONS, "--learning-rate", 1e30, "--out", "out")
    assert result.code == 3
    assert "The network has given up learning: it blew up once (after " in result.out
    assert metrics(Path("out"))["given_up"] is True
