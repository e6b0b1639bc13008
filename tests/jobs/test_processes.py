"""Workers of this machine: what they tell, and what their end costs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from onward.jobs import Job, Outcome, Processes

from .work import alive, waits_for


def work(call: str, **arguments: object) -> Job:
    return Job(call, f"jobs.work:{call}", arguments)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """Of one worker that lives through all of them."""
    log = str(tmp_path_factory.mktemp("log") / "log")
    returned = [
        Job(what, "jobs.work:returns", {"what": what}) for what in ("nan", "path", "none", "tuple")
    ]
    elsewhere = [Job("no-module", "jobs.nowhere:f"), Job("no-function", "jobs.work:nothing")]
    jobs = [
        *(work("surroundings"), work("prints"), work("fails", words="so"), work("leaves")),
        *(*returned, *elsewhere, Job("again", "jobs.work:surroundings")),
        work("measured", seed=1, log=log),
    ]
    return {one.name: one for one in Processes(1).outcomes(jobs)}


def test_a_worker_lives_on_with_one_thread(outcomes: dict[str, Outcome]) -> None:
    found = outcomes["surroundings"].value
    assert found == outcomes["again"].value
    assert [found[name] for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NPROC")] == [
        *("1", "1", "1")
    ]
    assert found["XLA_FLAGS"].endswith("--xla_cpu_multi_thread_eigen=false")


def test_what_a_job_prints_is_no_reply(outcomes: dict[str, Outcome]) -> None:
    assert outcomes["prints"] == Outcome("prints", 1)


def test_a_job_that_raises_costs_itself(outcomes: dict[str, Outcome]) -> None:
    assert (outcomes["fails"].error or "").startswith("KeyError: 'so' (work.py, line ")
    assert (outcomes["leaves"].error or "").startswith("SystemExit: 3 (work.py")
    assert (outcomes["no-module"].error or "").startswith("ModuleNotFoundError: No module named")
    assert (outcomes["no-function"].error or "").startswith("AttributeError: module 'jobs.work'")


def test_a_value_is_what_json_gives_back(outcomes: dict[str, Outcome]) -> None:
    assert outcomes["tuple"].value == [1, 2]
    assert outcomes["none"] == Outcome("none")
    assert "not JSON compliant" in (outcomes["nan"].error or "")
    assert "PosixPath is not JSON serializable" in (outcomes["path"].error or "")


def test_a_killed_worker_costs_what_it_had_in_hand(tmp_path: Path) -> None:
    logs = [str(tmp_path / name) for name in ("once", "always", "others")]
    jobs = [
        Job("once", "jobs.work:ends", {"log": logs[0], "times": 1}),
        Job("always", "jobs.work:ends", {"log": logs[1], "times": 99}),
        *(Job(f"j{x}", "jobs.work:measured", {"seed": x, "log": logs[2]}) for x in range(4)),
    ]
    found = {one.name: one for one in Processes(2).outcomes(jobs)}
    assert found["once"].value == "in the end"
    assert found["always"].error == "its worker ended 3 times, the last with signal 9"
    assert all(found[f"j{x}"].value["seed"] == x for x in range(4))
    tried = [len(Path(log).read_text("utf-8").splitlines()) for log in logs]
    assert tried == [2, 3, 4]


ORPHANED = """
import sys
from onward.jobs import Job, Processes
list(Processes(1).outcomes([Job("long", "jobs.work:lingers", {"log": sys.argv[1]})]))
"""


def test_a_worker_ends_with_its_parent_whatever_it_does(tmp_path: Path) -> None:
    log = tmp_path / "log"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", ORPHANED, str(log)], env=environment) as parent:
        assert waits_for(lambda: log.exists() and log.read_text("utf-8").endswith("\n"))
        parent.kill()
    assert waits_for(lambda: not alive(int(log.read_text("utf-8"))))


def test_the_number_of_processes_is_positive() -> None:
    with pytest.raises(ValueError, match="Expected count to be a positive integer; got 0"):
        Processes(0)
