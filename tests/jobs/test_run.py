"""Each job is done once, whatever happens on the way."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from onward.jobs import AbstractPlace, Job, JobsError, Outcome, Processes, run_jobs


class Here(AbstractPlace):
    """Does jobs as a worker would, in this process, and remembers which."""

    def __init__(self, answer: Callable[[Job], Outcome]):
        self.answer, self.done = answer, []

    def outcomes(self, jobs: Sequence[Job]) -> Generator[Outcome, None, None]:
        for job in jobs:
            self.done.append(job.name)
            yield self.answer(job)


def doubled(job: Job) -> Outcome:
    return Outcome(job.name, 2 * job.arguments["x"])


JOBS = [Job(f"x-{x}", "jobs.work:measured", {"x": x}, cost=x % 3) for x in range(5)]


def test_the_costliest_begin_and_what_is_there_is_not_done_again(tmp_path: Path) -> None:
    place = Here(doubled)
    (first,) = (one for one in run_jobs(JOBS[:1], tmp_path, place))
    assert first == Outcome("x-0", 0)
    outcomes = list(run_jobs(JOBS, tmp_path, place))
    assert outcomes[0] == Outcome("x-0", 0, resumed=True)
    assert place.done == ["x-0", "x-2", "x-1", "x-4", "x-3"]
    assert {one.name: one.value for one in outcomes} == {f"x-{x}": 2 * x for x in range(5)}
    assert all(one.resumed for one in run_jobs(JOBS, tmp_path, place)) and len(place.done) == 5
    kept = json.loads((tmp_path / "x-3.json").read_text("utf-8"))
    assert kept == {"name": "x-3", "call": JOBS[3].call, "arguments": {"x": 3}, "value": 6}


def test_no_jobs_are_no_work_and_ask_no_place(tmp_path: Path) -> None:
    def never(_: Job) -> Outcome:
        raise AssertionError

    class Absent(Here):
        def outcomes(self, jobs: Sequence[Job]) -> Generator[Outcome, None, None]:
            raise AssertionError

    assert list(run_jobs([], tmp_path, Absent(never))) == []


def test_a_job_that_fails_leaves_nothing_and_is_tried_again(tmp_path: Path) -> None:
    place = Here(lambda job: Outcome(job.name, error="so it was"))
    (outcome,) = run_jobs(JOBS[:1], tmp_path, place)
    assert (outcome.error, outcome.value, outcome.resumed) == ("so it was", None, False)
    assert [path.name for path in tmp_path.iterdir()] == ["protocol.json"]
    (outcome,) = run_jobs(JOBS[:1], tmp_path, Here(doubled))
    assert outcome == Outcome("x-0", 0)


def test_a_result_that_cannot_be_kept_ends_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Closed(Here):
        closed = False

        def outcomes(self, jobs: Sequence[Job]) -> Generator[Outcome, None, None]:
            try:
                yield from super().outcomes(jobs)
            finally:
                self.closed = True

    def full(path: Path, content: object) -> None:
        raise OSError("no space left")

    place = Closed(doubled)
    outcomes = run_jobs(JOBS, tmp_path, place)
    monkeypatch.setattr("onward.jobs.folder.write_json", full)
    with pytest.raises(OSError, match="no space left") as caught:
        next(outcomes)
    # The error itself still holds all that was at work.
    assert caught.tb is not None and place.closed and len(place.done) == 1


def test_another_protocol_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    place = Here(doubled)
    list(run_jobs(JOBS, tmp_path, place, {"space": 1, "rates": (1, 2)}))
    list(run_jobs(JOBS, tmp_path, place, {"space": 1, "rates": [1, 2]}))
    with pytest.raises(JobsError, match=r"holds \(space=1\); got space=2. Try another folder"):
        run_jobs(JOBS, tmp_path, place, {"space": 2, "rates": [1, 2]})
    with pytest.raises(JobsError, match=r"\(rates=\[1, 2\]\); got rates=None"):
        run_jobs(JOBS, tmp_path, place, {"space": 1})
    with pytest.raises(JobsError, match=r"Expected x-1 in .* of arguments {'x': 9}; got {'x': 1}"):
        run_jobs(
            [replace(JOBS[1], arguments={"x": 9})], tmp_path, place, {"space": 1, "rates": [1, 2]}
        )
    assert len(place.done) == 5


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "metrics.json").write_text("{}")
    with pytest.raises(JobsError, match=r"holds JSON and no protocol\.json. Try another folder"):
        run_jobs(JOBS, tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(JobsError, match="Expected a folder that can be written to"):
        run_jobs(JOBS, tmp_path / "file")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such lock")
def test_one_run_at_a_time_has_the_folder(tmp_path: Path) -> None:
    place = Here(doubled)
    running = run_jobs(JOBS, tmp_path, place)
    next(running)
    with pytest.raises(JobsError, match="no other run writes to"):
        run_jobs(JOBS, tmp_path, place)
    running.close()
    assert len(list(run_jobs(JOBS, tmp_path, place))) == 5
    assert len(place.done) == 5


@pytest.mark.parametrize("name", ["", "a/b", ".a", "a b", "protocol", "x" * 200])
def test_a_name_names_a_file(name: str) -> None:
    with pytest.raises(JobsError, match="Expected a name of letters"):
        Job(name, "jobs.work:prints")


def test_what_is_no_job_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JobsError, match=r"as module:function; got 'jobs.work' for a"):
        Job("a", "jobs.work")
    with pytest.raises(JobsError, match=r"of a as plain JSON data; got .*Path"):
        Job("a", "jobs.work:prints", {"path": tmp_path})
    with pytest.raises(JobsError, match="Expected cost to be a finite number; got nan"):
        Job("a", "jobs.work:prints", cost=float("nan"))
    with pytest.raises(JobsError, match=r"one job of each name.*got 'a' and 'A'"):
        run_jobs([Job("a", "jobs.work:prints"), Job("A", "jobs.work:prints")], tmp_path)


KILLED = """
import sys
from pathlib import Path
from onward.jobs import Job, Processes, run_jobs
folder, log = Path(sys.argv[1]), sys.argv[2]
jobs = [Job(f"j{x}", "jobs.work:measured", {"seed": x, "log": log, "seconds": .1})
        for x in range(6)]
for one in run_jobs(jobs, folder, Processes(2)):
    print(one.name, one.resumed, flush=True)
"""


def test_a_run_that_is_killed_goes_on_with_what_was_in_flight(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = [sys.executable, "-c", KILLED, str(tmp_path / "out"), str(log)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout
        child.stdout.readline()
        child.send_signal(signal.SIGKILL)
    done = {path.stem for path in (tmp_path / "out").glob("j*.json")}
    assert 0 < len(done) < 6
    # Its workers end with it; what they have begun they have noted.
    time.sleep(0.3)
    begun = log.read_text("utf-8").split()
    jobs = [
        Job(f"j{x}", "jobs.work:measured", {"seed": x, "log": str(log), "seconds": 0.1})
        for x in range(6)
    ]
    outcomes = list(run_jobs(jobs, tmp_path / "out", Processes(2)))
    assert {one.name for one in outcomes if one.resumed} == done
    again = log.read_text("utf-8").split()[len(begun) :]
    assert sorted(again) == sorted({str(x) for x in range(6)} - {name[1:] for name in done})
