"""Jobs that are done once each."""

from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from onward.jobs.errors import JobsError
from onward.jobs.folder import JobFolder
from onward.jobs.job import Job, Outcome
from onward.jobs.place import AbstractPlace
from onward.jobs.processes import Processes


def run_jobs(
    jobs: Sequence[Job],
    folder: Path,
    place: AbstractPlace | None = None,
    protocol: Mapping[str, Any] | None = None,
) -> Generator[Outcome, None, None]:
    """Do jobs that are independent of each other, and keep what comes of them.

    A result is written to `folder/NAME.json` as soon as it is there, whole or not at all. What is
    there is not computed again; so a run that was killed loses what was in flight, and the same
    call goes on with the rest. A job that raises costs itself alone: nothing is written, and the
    next call tries it again.

    The work begins with the first outcome that is asked for, and ends when the generator is closed.

    Args:
        jobs: in any order; the costliest begin.
        folder: of the results.
        place: where they are done; None for one process of this machine.
        protocol: what decides all results besides the jobs' own arguments, as plain JSON data. Put
            versions in it where results of two of them may not be mixed.

    Returns:
        A generator of one outcome a job: first those that were there, in the order of the jobs,
        then each as it is done.

    Raises:
        JobsError: two jobs have one name, or the folder cannot take them, both told by this call;
            or the place cannot do them, which is told by the generator.
    """
    _refuse_twice(jobs)
    held = JobFolder(Path(folder), protocol or {})
    there = {job.name: held.value(job) for job in jobs if held.holds(job)}
    left = sorted((job for job in jobs if job.name not in there), key=lambda job: -job.cost)
    return _outcomes(there, left, held, place or Processes(1))


def _outcomes(
    there: Mapping[str, Any], left: Sequence[Job], held: JobFolder, place: AbstractPlace
) -> Generator[Outcome, None, None]:
    try:
        for name, value in there.items():
            yield Outcome(name, value, resumed=True)
        if not left:
            return
        by_name = {job.name: job for job in left}
        # Whatever ends this ends the work as well.
        with closing(place.outcomes(left)) as outcomes:
            for outcome in outcomes:
                if outcome.error is None:
                    held.write(by_name[outcome.name], outcome.value)
                yield outcome
    finally:
        held.lock.release()


def _refuse_twice(jobs: Sequence[Job]) -> None:
    # Some file systems know no case.
    counted = Counter(job.name.lower() for job in jobs)
    twice = [job.name for job in jobs if counted[job.name.lower()] > 1]
    if twice:
        raise JobsError(
            f"Expected one job of each name, whatever its case; got {twice[0]!r} and "
            f"{twice[1]!r}. Try the seed as a part of the name."
        )
