"""`onward sweep`, from a file to tables and figures."""

import re
from collections.abc import Generator, Sequence
from pathlib import Path

import pytest

from onward.jobs import AbstractPlace, Job, Outcome
from small_runs import example, files_in, write

from .conftest import Command
from .test_refused import assert_refused

pytestmark = pytest.mark.xdist_group("cli")

SWEEP = """
stream = "made.npz"
target = "u"
learner = "network"
cell = "rnn"
optimizer = "rmsprop"
size = 4
limit = 100

[sweep]
seeds = 1

[sweep.space]
learning_rate = [1e-3, 1e-2]
"""


@pytest.fixture
def config(tmp_path: Path) -> str:
    write(tmp_path / "made.npz", example())
    (tmp_path / "sweep.toml").write_text(SWEEP, "utf-8")
    return "sweep.toml"


def test_a_sweep_is_run_in_processes_and_goes_on(
    onward: Command, config: str, tmp_path: Path
) -> None:
    result = onward("sweep", config, "--jobs", 1, "--out", "out")
    assert result.code == 0, result.err
    assert "2 points of learning_rate, 1 seed each; results in out" in result.out
    assert set(re.findall(r"^ [12] +(\S+) ", result.out, re.MULTILINE)) == {"0.001", "0.01"}
    for baseline in ("frozen after warm-up", "last label", "running mean", "linear (RLS)"):
        assert re.search(rf"^ {re.escape(baseline)} +\S+ *$", result.out, re.MULTILINE)
    named = ["mattered.csv", "mattered.png", "points.csv", "settings.png", "sweep.json"]
    jobs = [name for name in files_in(tmp_path / "out") if name not in named]
    assert len(jobs) == 3 and all(name.startswith("jobs") for name in jobs)
    again = onward("sweep", config, "--out", "out")
    assert again.code == 0 and "2 runs were done before" in again.out


class Interrupted(AbstractPlace):
    """Is interrupted at work."""

    def outcomes(self, jobs: Sequence[Job]) -> Generator[Outcome, None, None]:
        raise KeyboardInterrupt
        yield


def test_an_interrupt_says_how_to_go_on(
    onward: Command, config: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onward.cli.sweep.place_of", lambda jobs, dask: Interrupted())
    result = onward("sweep", config)
    assert result.code == 130
    assert "to go on, repeat the command with --out runs/sweep-1." in result.out


def test_what_is_asked_for_wrongly_is_refused(onward: Command, config: str, tmp_path: Path) -> None:
    assert_refused(onward("sweep", "none.toml"), "Expected a file none.toml")
    assert_refused(onward("sweep", config, "--jobs", 0), "Expected --jobs to be 1 or more; got 0")
    both = onward("sweep", config, "--jobs", 2, "--dask", "tcp://here:8786")
    assert_refused(both, "--jobs for processes here or --dask for a cluster; got both")
    assert_refused(onward("sweep", config, "--dask", "here"), "scheduler with its port; got 'here'")
    other = SWEEP.replace('"u"', '"w"')
    (tmp_path / "sweep.toml").write_text(other, "utf-8")
    assert_refused(onward("sweep", config), "a target column; got 'w'")
