"""A pass that was cut short, anywhere and by anything, goes on to the very same results."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from matrix import left
from onward.runs import Run, folder
from onward.storing.store import CheckpointError
from small_runs import (
    CHUNK,
    ROWS,
    assert_same_results,
    config_of,
    finished,
    metrics,
    predictions,
    stop_after,
    with_gaps,
    write,
)

pytestmark = pytest.mark.xdist_group("experiments")

# What draws at random, what keeps a window, what waits for labels, what has classes.
THOROUGH = bool(os.environ.get("ONWARD_THOROUGH"))
CONFIGS: dict[str, dict[str, Any]] = {
    "plain": {},
    "late": {"horizon": 3},
    "later than a chunk": {"horizon": CHUNK + 20, "rule": "tbptt:window=3"},
    "classes": {"target": ("kind",), "horizon": 2, "optimizer": "adam"},
    "random paths": {"rule": "sparse-rtrl:k=2,resample=true", "feedback": False, "cell": "rnn"},
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path / "made.npz", with_gaps())


class Killed(BaseException):
    """Stands for the end of the process: nothing may catch it."""


@pytest.mark.parametrize("name", [name if name == "classes" else left(name) for name in CONFIGS])
def test_a_run_stopped_again_and_again_ends_with_the_same_bits(
    tmp_path: Path, path: Path, name: str
) -> None:
    config = config_of(path, **CONFIGS[name])
    finished(config, tmp_path / "whole")
    run = Run(config, tmp_path / "out")
    for chunks in (1, 1, 2):
        found = run(stop=stop_after(chunks))
        assert not found["complete"] and found["counts"]["samples"] == run.contest.row
        assert len(predictions(tmp_path / "out")) == run.contest.row
        run = Run(config, tmp_path / "out", resume=True)
    assert run.contest.row == 4 * CHUNK
    assert run()["complete"]
    assert_same_results(tmp_path / "out", tmp_path / "whole")


@pytest.mark.parametrize("stop", [left(1), 3])
def test_what_is_on_disk_after_a_stop_is_the_beginning_of_the_whole(
    tmp_path: Path, path: Path, stop: int
) -> None:
    config = config_of(path, horizon=3)
    finished(config, tmp_path / "whole")
    Run(config, tmp_path / "out")(stop=stop_after(stop))
    rows = stop * CHUNK
    assert predictions(tmp_path / "out").equals(predictions(tmp_path / "whole")[:rows])
    found = metrics(tmp_path / "out")
    assert found["complete"] is False and found["counts"]["samples"] == rows
    assert found["stream"]["length"] == ROWS


@pytest.mark.parametrize("every", [-1.0, 1e9])
def test_a_run_killed_between_two_chunks_goes_on_from_its_last_checkpoint(
    tmp_path: Path, path: Path, every: float
) -> None:
    config = config_of(path, horizon=3)
    finished(config, tmp_path / "whole")
    run = Run(config, tmp_path / "out")

    def kill(_: Any) -> None:
        if run.contest.row == 3 * CHUNK:
            raise Killed

    with pytest.raises(Killed):
        run(progress=kill, checkpoint_seconds=every)
    if every > 0:
        with pytest.raises(CheckpointError, match="got no file"):
            Run(config, tmp_path / "out", resume=True)
        return
    resumed = Run(config, tmp_path / "out", resume=True)
    assert resumed.contest.row == 2 * CHUNK
    resumed()
    assert_same_results(tmp_path / "out", tmp_path / "whole")


def kill_at(count: int, patch: pytest.MonkeyPatch) -> list[int]:
    """Let the process end just after the `count`-th change on the disk."""
    done = [0]

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def change(*arguments: Any, **options: Any) -> Any:
            made = function(*arguments, **options)
            done[0] += 1
            if done[0] == count:
                raise Killed
            return made

        return change

    for name in ("replace", "fsync", "unlink"):
        patch.setattr(os, name, counted(getattr(os, name)))
    patch.setattr(folder, "write_parquet", counted(folder.write_parquet))
    return done


def test_a_run_killed_at_any_write_goes_on_to_the_same_results(tmp_path: Path, path: Path) -> None:
    """Between any two changes on the disk: parts, checkpoints, the joined table, the results."""
    config = config_of(path, limit=2 * CHUNK)
    finished(config, tmp_path / "whole")
    run = Run(config, tmp_path / "counted")
    with pytest.MonkeyPatch.context() as patch:
        changes = kill_at(0, patch)
        run(checkpoint_seconds=-1)
    assert changes[0] > 15
    # `make test` looks between every second two.
    for count in range(1, changes[0] + 1, 1 if THOROUGH else 2):
        out = tmp_path / f"killed at {count}"
        run = Run(config, out)
        with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
            kill_at(count, patch)
            run(checkpoint_seconds=-1)
        if not (out / "checkpoint" / "state.safetensors").exists():
            continue
        Run(config, out, resume=True)()
        assert_same_results(out, tmp_path / "whole")


@pytest.mark.parametrize("stopped", [True, left(False)])
def test_a_resumed_run_that_is_stopped_leaves_whole_files(
    tmp_path: Path, path: Path, stopped: bool
) -> None:
    config = config_of(path)
    Run(config, tmp_path / "out")(stop=stop_after(2))
    again = Run(config, tmp_path / "out", resume=True)
    again(stop=stop_after(1) if stopped else lambda: False)
    rows = 3 * CHUNK if stopped else ROWS
    assert predictions(tmp_path / "out")["row"].tolist() == list(range(rows))
    assert metrics(tmp_path / "out")["counts"]["samples"] == rows


def test_a_complete_run_that_is_resumed_stays_as_it_is(tmp_path: Path, path: Path) -> None:
    config = config_of(path)
    finished(config, tmp_path / "out")
    files = [f for f in (tmp_path / "out").rglob("*") if f.is_file()]
    before = {file: file.read_bytes() for file in files}
    assert {f.name for f in files} == {"state.safetensors", "predictions.parquet", "metrics.json"}
    found = Run(config, tmp_path / "out", resume=True)()
    assert found["complete"]
    assert {file: file.read_bytes() for file in files} == before
    assert sorted(f for f in (tmp_path / "out").rglob("*") if f.is_file()) == sorted(files)
