"""Ctrl-C, termination, kill, errors: what is left, what is said, and that it can go on."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import onward
from matrix import left
from onward.cost import MemoryBudgetError
from onward.runs import Run
from small_runs import (
    CHUNK,
    SIZE,
    assert_same_results,
    config_of,
    files_in,
    finished,
    metrics,
    predictions,
    with_gaps,
    write,
)

from .conftest import Command

pytestmark = pytest.mark.xdist_group("cli")

OPTIONS = (
    *("--target", "u,v", "--features", "a,b,c", "--horizon", "3", "--warmup", str(CHUNK)),
    *("--optimizer", "rmsprop"),
)
STOPPED = 3 * CHUNK

# Kernels are compiled as in this process, whose results are compared.
QUICKLY = (
    ""
    if os.environ.get("ONWARD_THOROUGH")
    else f"sys.path.insert(0, {str(Path(__file__).parents[1])!r})\n"
    "__import__('quick').quicken_kernels()"
)
# A process that comes to the third chunk, says so, and waits to be told to go on.
CHILD = f"""
import runpy, sys, time
{QUICKLY}
from pathlib import Path
import onward.runs.run as run
run.CHUNK, take = {CHUNK}, run.Run._take
def wait(self, chunk):
    rows = take(self, chunk)
    if self.contest.row == {STOPPED}:
        Path("ready").touch()
        while not Path("go").exists():
            time.sleep(0.01)
    return rows
run.Run._take = wait
"""
COMMAND_LINE = 'runpy.run_module("onward.cli", run_name="__main__", alter_sys=True)'
CHECKPOINTS = f"""
config = run.RunConfig("made.npz", target=("u", "v"), features=("a", "b", "c"), horizon=3,
                       warmup={CHUNK}, learner="network", size={SIZE}, optimizer="rmsprop")
run.Run(config, Path("out"))(checkpoint_seconds=-1)
"""


@pytest.fixture(autouse=True)
def made(tmp_path: Path) -> Path:
    return write(tmp_path / "made.npz", with_gaps())


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("interrupt")


@pytest.fixture
def whole(kept: Path, made: Path) -> Path:
    """The run without interruption, made by the first test that asks for it."""
    if not (kept / "whole").exists():
        finished(config_of(Path(made.name), horizon=3), kept / "whole")
    return kept / "whole"


def start(tmp_path: Path, script: str, *arguments: str) -> "subprocess.Popen[str]":
    """Start the child and wait until it has come to its third chunk."""
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD + script, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={
            **os.environ,
            "COLUMNS": "200",
            "PYTHONIOENCODING": "utf-8",
            "PYTHONPATH": str(Path(onward.__file__).parents[1]),
        },
    )
    until = time.monotonic() + 300
    while not (tmp_path / "ready").exists():
        if child.poll() is not None or time.monotonic() > until:
            child.kill()
            raise AssertionError(child.communicate()[1])
        time.sleep(0.02)
    return child


def test_ctrl_c_leaves_everything_so_far_and_says_how_to_go_on(
    tmp_path: Path, run: Command, whole: Path
) -> None:
    options = ("made.npz", *OPTIONS, "--out", "out")
    child = start(
        tmp_path, COMMAND_LINE, "run", *options, "--learner", "network", "--size", str(SIZE)
    )
    child.send_signal(signal.SIGINT)
    time.sleep(0.1)
    (tmp_path / "go").touch()
    out, err = child.communicate(timeout=300)
    assert child.returncode == 130 and "Traceback" not in err
    assert "stopped after 150 of 300 samples; everything so far is in out. To go on, " in out
    assert "repeat the command with --out out --resume." in out
    assert "frozen after warm-up" in out
    assert {"metrics.json", "predictions.parquet", "report.html"} <= set(files_in(tmp_path / "out"))
    assert metrics(tmp_path / "out")["complete"] is False
    assert len(predictions(tmp_path / "out")) == STOPPED
    assert run(*options, "--resume").code == 0
    (tmp_path / "out" / "report.html").unlink()
    assert_same_results(tmp_path / "out", whole)


@pytest.mark.matrix
def test_a_process_killed_outright_goes_on_from_its_last_checkpoint(
    tmp_path: Path, run: Command, whole: Path
) -> None:
    child = start(tmp_path, CHECKPOINTS)
    child.kill()
    child.communicate(timeout=300)
    assert child.returncode == -signal.SIGKILL
    assert not (tmp_path / "out" / "metrics.json").exists()
    result = run("made.npz", *OPTIONS, "--out", "out", "--resume")
    assert result.code == 0
    (tmp_path / "out" / "report.html").unlink()
    assert_same_results(tmp_path / "out", whole)


@pytest.fixture
def signals(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let the process get these signals within its third chunk."""

    def arrange(*numbers: signal.Signals, checkpoint_seconds: float = 10) -> None:
        take, call = Run._take, Run.__call__

        def interrupted(self: Run, chunk: Any) -> Any:
            rows = take(self, chunk)
            if self.contest.row == STOPPED:
                for number in numbers:
                    signal.raise_signal(number)
            return rows

        def often(self: Run, *arguments: Any, **options: Any) -> Any:
            return call(self, *arguments, **options, checkpoint_seconds=checkpoint_seconds)

        monkeypatch.setattr(Run, "_take", interrupted)
        monkeypatch.setattr(Run, "__call__", often)

    return arrange


@pytest.mark.parametrize(
    ("number", "code"),
    [left(signal.SIGINT, 130, id="int"), pytest.param(signal.SIGTERM, 143, id="term")],
)
def test_a_signal_ends_the_pass_after_its_chunk(
    tmp_path: Path, run: Command, signals: Callable[..., None], number: signal.Signals, code: int
) -> None:
    before = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)]
    signals(number)
    result = run("made.npz", *OPTIONS, "--out", "out")
    assert result.code == code and not result.err
    assert f"stopped after {STOPPED} of 300 samples" in result.out
    assert len(predictions(tmp_path / "out")) == STOPPED
    assert [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)] == before


def test_a_signal_within_the_last_chunk_changes_nothing(
    tmp_path: Path, run: Command, signals: Callable[..., None]
) -> None:
    signals(signal.SIGINT)
    result = run("made.npz", *OPTIONS, "--out", "out", "--limit", STOPPED)
    assert result.code == 0 and "stopped" not in result.out
    assert metrics(tmp_path / "out")["complete"] is True


def test_a_second_ctrl_c_ends_at_once(
    tmp_path: Path, run: Command, signals: Callable[..., None]
) -> None:
    before = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)]
    signals(signal.SIGINT, signal.SIGINT)
    result = run("made.npz", *OPTIONS, "--out", "out")
    assert result.code == 130
    assert result.err == "stopped at once. It had not come to its first checkpoint yet.\n"
    assert files_in(tmp_path / "out") == []
    assert [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)] == before


def test_a_second_ctrl_c_leaves_the_last_checkpoint(
    tmp_path: Path,
    run: Command,
    signals: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    whole: Path,
) -> None:
    options = ("made.npz", *OPTIONS, "--out", "out")
    with monkeypatch.context():
        signals(signal.SIGINT, signal.SIGINT, checkpoint_seconds=-1)
        result = run(*options)
    assert result.code == 130
    assert result.err == (
        "stopped at once. Its last checkpoint is in out; to go on from there, repeat the command "
        "with --out out --resume.\n"
    )
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("onward.runs.run.CHUNK", CHUNK)
    assert Run(config_of(Path("made.npz"), horizon=3), Path("out"), resume=True)()["complete"]
    assert_same_results(tmp_path / "out", whole)


def test_an_error_within_the_pass_leaves_the_chunks_before_it(
    tmp_path: Path, run: Command, monkeypatch: pytest.MonkeyPatch, whole: Path
) -> None:
    options, take = ("made.npz", *OPTIONS, "--out", "out"), Run._take

    def failing(self: Run, chunk: Any) -> None:
        if self.contest.row == STOPPED:
            raise MemoryBudgetError("Expected at most 1.0 kB, the free memory; got 2. Try [more].")
        take(self, chunk)

    with monkeypatch.context() as patch:
        patch.setattr(Run, "_take", failing)
        result = run(*options)
    told = (
        "error Expected at most 1.0 kB, the free memory; got 2. Try [more].\n"
        f"The first {STOPPED} rows are kept in out; to go on after them, repeat the command with "
        "--out out --resume.\n"
    )
    assert (result.code, result.err) == (2, told)
    report = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert f"An error ended it after {STOPPED} samples: Expected at most 1.0 kB" in report
    assert len(predictions(tmp_path / "out")) == STOPPED
    assert run(*options, "--resume").code == 0
    assert "An error ended it" not in (tmp_path / "out" / "report.html").read_text("utf-8")
    (tmp_path / "out" / "report.html").unlink()
    assert_same_results(tmp_path / "out", whole)


def test_a_report_that_cannot_be_written_does_not_hide_the_error(
    tmp_path: Path, run: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(self: Run, chunk: Any) -> None:
        if self.contest.row == STOPPED:
            raise MemoryBudgetError("Expected at most 1.0 kB, the free memory; got 2. Try more.")
        take(self, chunk)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    take = Run._take
    monkeypatch.setattr(Run, "_take", failing)
    monkeypatch.setattr("onward.cli.passing.write_report", full)
    result = run("made.npz", *OPTIONS, "--out", "out")
    assert result.code == 2
    assert result.err.startswith("error Expected at most 1.0 kB, the free memory; got 2. Try more.")
    assert len(predictions(tmp_path / "out")) == STOPPED
