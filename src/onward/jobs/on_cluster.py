"""What a worker of Dask does with a job: it hands it to a process of its own."""

import sys
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from threading import get_ident

from onward.jobs.errors import JobsError
from onward.jobs.job import Job, Outcome
from onward.jobs.worker_process import WorkerProcess

# What numbers depend on.
PACKAGES = ("onward", "jax", "jaxlib", "numpy")
# By thread of this worker: the run that it is at work for, and its process.
AT_WORK: dict[int, tuple[str, WorkerProcess]] = {}


def outcome_of(job: Job, run: str, path: Sequence[str], versions: Mapping[str, str]) -> Outcome:
    """What comes of a job in the process that this thread has for a run.

    Args:
        job: to be done.
        run: tells runs apart. A process serves one, so that nothing is left of another.
        path: where the client finds modules; those of its folders that are here are looked into
            after our own.
        versions: those of the client, by package.

    Raises:
        JobsError: a package has another version here.
        WorkerEnded: the run was stopped.
    """
    refuse_others({"a worker that has just come": _versions()}, versions)
    thread = get_ident()
    before, process = AT_WORK.get(thread, ("", None))
    if process is None or before != run:
        if process is not None:
            process.stop()
        beyond = [place for place in path if place not in sys.path and Path(place).exists()]
        process = WorkerProcess([*sys.path, "", *beyond])
        AT_WORK[thread] = run, process
    return process.outcome(job)


def stop(run: str) -> None:
    """End the processes of a run."""
    for thread, (at, process) in list(AT_WORK.items()):
        if at == run:
            process.stop()
            AT_WORK.pop(thread, None)


def refuse_others(found: Mapping[str, Mapping[str, str]], wanted: Mapping[str, str]) -> None:
    """Raise JobsError if a worker has other versions than the client.

    Args:
        found: by worker, the versions by package.
        wanted: the client's.
    """
    for worker, versions in found.items():
        other = [name for name in wanted if versions[name] != wanted[name]]
        if other:
            here = ", ".join(f"{name} {wanted[name]}" for name in other)
            there = ", ".join(f"{name} {versions[name]}" for name in other)
            raise JobsError(
                f"Expected workers with the versions here ({here}); got {there} on {worker}. Try "
                "the same environment on every machine."
            )


@cache
def _versions() -> Mapping[str, str]:
    return {name: version(name) for name in PACKAGES}
