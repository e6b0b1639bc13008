"""A scheduler and workers on loopback: the same numbers, and what goes wrong is told."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

import onward.jobs.dask
from onward.jobs import Dask, Job, JobsError, Processes, run_jobs
from onward.jobs.on_cluster import refuse_others

from .work import alive, waits_for

pytest.importorskip("distributed")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")

Worker = Callable[..., subprocess.Popen[bytes]]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def started(*words: str, path: tuple[str, ...] = ()) -> subprocess.Popen[bytes]:
    """A part of a cluster, silent and with these folders before the others of `sys.path`."""
    places = os.pathsep.join([*path, *sys.path])
    return subprocess.Popen(
        [sys.executable, "-m", *words, "--no-dashboard"],
        env={**os.environ, "PYTHONPATH": places},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def ended(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def begun_scheduler() -> tuple[subprocess.Popen[bytes], str]:
    port = free_port()
    words = ("--host", "127.0.0.1", "--port", str(port))
    process = started("distributed.cli.dask_scheduler", *words)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            break
        time.sleep(0.05)
    return process, f"tcp://127.0.0.1:{port}"


def begun_worker(scheduler: str, *path: str) -> subprocess.Popen[bytes]:
    words = ("distributed.cli.dask_worker", scheduler, "--nthreads", "1", "--no-nanny")
    return started(*words, path=path)


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    process, address = begun_scheduler()
    yield address
    ended(process)


@pytest.fixture
def worker(scheduler: str) -> Iterator[Worker]:
    """Starts workers, which end with the test."""
    begun = []

    def start(*path: str) -> subprocess.Popen[bytes]:
        begun.append(begun_worker(scheduler, *path))
        return begun[-1]

    yield start
    for process in begun:
        ended(process)


def jobs(log: Path, seconds: float = 0.0) -> list[Job]:
    return [
        Job(f"j{x}", "jobs.work:measured", {"seed": x, "log": str(log), "seconds": seconds})
        for x in range(10)
    ]


def test_an_address_where_nobody_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(onward.jobs.dask, "WAIT", 1)
    address = f"tcp://127.0.0.1:{free_port()}"
    expected = f"Expected a Dask scheduler at {address}; got no answer in 1 s. Try `dask scheduler`"
    with pytest.raises(JobsError, match=expected):
        list(run_jobs(jobs(tmp_path / "log"), tmp_path / "out", Dask(address)))
    with pytest.raises(JobsError, match=r"with its port; got 'here'. Try tcp://localhost:8786"):
        Dask("here")


def test_a_scheduler_without_workers(
    scheduler: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(onward.jobs.dask, "WAIT", 1)
    with pytest.raises(JobsError, match=r"Expected a worker at the scheduler .*; got none in 1 s"):
        list(Dask(scheduler).outcomes(jobs(tmp_path / "log")))


def test_a_killed_worker_costs_what_was_in_flight_and_no_digit(
    scheduler: str, worker: Worker, tmp_path: Path
) -> None:
    first, _ = worker(), worker()
    log, cluster = tmp_path / "cluster", tmp_path / "out"
    outcomes = []
    for outcome in run_jobs(jobs(log, 0.15), cluster, Dask(scheduler)):
        outcomes.append(outcome)
        if len(outcomes) == 3:
            first.send_signal(signal.SIGKILL)
    assert not [one for one in outcomes if one.error or one.resumed]
    begun = log.read_text("utf-8").split()
    # One that it had in hand, and at most one whose result was still with it.
    assert set(begun) == {str(x) for x in range(10)} and len(begun) <= 12
    alone = {one.name: one for one in Processes(1).outcomes(jobs(tmp_path / "alone"))}
    assert {one.name: one for one in outcomes} == alone
    # Nothing is left to be asked of a cluster.
    again = list(run_jobs(jobs(log, 0.15), cluster, Dask("tcp://127.0.0.1:1")))
    assert [one.value for one in again] == [alone[one.name].value for one in again]
    assert all(one.resumed for one in again)


def test_a_job_that_fails_costs_itself(scheduler: str, worker: Worker, tmp_path: Path) -> None:
    worker()
    log = str(tmp_path / "log")
    each = [
        Job("fails", "jobs.work:fails", {"words": "so"}),
        Job("ends", "jobs.work:ends", {"log": log, "times": 99}),
        Job("surroundings", "jobs.work:surroundings"),
    ]
    found = {one.name: one for one in Dask(scheduler).outcomes(each)}
    assert (found["fails"].error or "").startswith("KeyError: 'so'")
    assert found["ends"].error == "its worker ended 3 times, the last with signal 9"
    assert found["surroundings"].value["NPROC"] == "1"


def test_who_stops_listening_stops_the_work(scheduler: str, worker: Worker, tmp_path: Path) -> None:
    worker()
    long = Job("long", "jobs.work:lingers", {"log": str(tmp_path / "log")})
    running = Dask(scheduler).outcomes([Job("first", "jobs.work:surroundings"), long])
    process = next(running).value["process"]
    running.close()
    assert waits_for(lambda: not alive(process))


def test_a_worker_with_other_versions_is_refused_by_name(
    scheduler: str, worker: Worker, tmp_path: Path
) -> None:
    known = tmp_path / "site" / "numpy-1.0.dist-info"
    known.mkdir(parents=True)
    (known / "METADATA").write_text("Metadata-Version: 2.1\nName: numpy\nVersion: 1.0\n")
    worker(str(known.parent))
    with pytest.raises(JobsError, match=r"versions here \(numpy .*\); got numpy 1\.0 on tcp://"):
        list(Dask(scheduler).outcomes(jobs(tmp_path / "log")))
    assert not (tmp_path / "log").exists()


def test_a_worker_that_comes_while_versions_are_asked_is_asked_by_its_first_job() -> None:
    """It has answered the later questions alone, and one that has gone the earlier ones."""

    class Growing:
        """Tells of one more worker at each question, and of no worker for long."""

        def __init__(self):
            self.questions = 0

        def run(self, ask: Callable[[str], str], package: str, on_error: str) -> dict[str, str]:
            self.questions += 1
            there = {f"{self.questions} came": ask(package)}
            if self.questions < 4:
                there["goes before the last"] = ask(package)
            return there | {"stays": ask(package)}

    found = onward.jobs.dask._versions_there(Growing())
    assert list(found) == ["stays"] and len(found["stays"]) == 4
    refuse_others(found, found["stays"])


@pytest.mark.matrix
def test_a_lost_connection_is_told_and_costs_what_was_in_flight(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lone, address = begun_scheduler()
    its = begun_worker(address)
    try:
        # Until the worker is there.
        list(Dask(address).outcomes([Job("first", "jobs.work:surroundings")]))
        monkeypatch.setattr(onward.jobs.dask, "WAIT", 2)
        with pytest.raises(JobsError, match=r"to stay; got its connection lost. Try again when"):
            for _ in run_jobs(jobs(tmp_path / "log", 0.1), tmp_path / "out", Dask(address)):
                ended(lone)
    finally:
        ended(lone)
        ended(its)
    done = len(list((tmp_path / "out").glob("j*.json")))
    again = list(run_jobs(jobs(tmp_path / "log", 0.1), tmp_path / "out", Processes(2)))
    assert done > 0 and sum(one.resumed for one in again) == done
