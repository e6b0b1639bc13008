"""Jobs in processes of this machine."""

import sys
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Thread

from onward._checks import check_integer
from onward.jobs.job import Job, Outcome
from onward.jobs.place import AbstractPlace
from onward.jobs.worker_process import WorkerEnded, WorkerProcess


@dataclass(frozen=True)
class Processes(AbstractPlace):
    """So many processes of this machine, one job at a time in each.

    Each is a fresh process with one thread of XLA and of linear algebra, and so is the only one of
    `Processes(1)`: the numbers are the same from one, from many and from a cluster (see
    `WorkerProcess`). A process lives on between its jobs and keeps what it has compiled. It finds
    modules where this one does. One that is killed costs the job that it had in hand, which is done
    again by another.

    Attributes:
        count: the processes.

    Raises:
        ValueError: `count` is not a positive integer.
    """

    count: int = 1

    def __post_init__(self):
        check_integer("count", self.count, least=1, example=2)

    def outcomes(self, jobs: Sequence[Job]) -> Generator[Outcome, None, None]:
        waiting: SimpleQueue[Job | None] = SimpleQueue()
        found: SimpleQueue[Outcome | BaseException] = SimpleQueue()
        workers = [WorkerProcess(sys.path) for _ in range(min(self.count, len(jobs)))]
        for job in (*jobs, *(None for _ in workers)):
            waiting.put(job)
        threads = [
            Thread(target=_serve, args=(one, waiting, found), daemon=True) for one in workers
        ]
        for thread in threads:
            thread.start()
        try:
            for _ in jobs:
                outcome = found.get()
                if isinstance(outcome, BaseException):
                    raise outcome
                yield outcome
        finally:
            for worker in workers:
                worker.stop()
            for thread in threads:
                thread.join()


def _serve(
    worker: WorkerProcess,
    waiting: "SimpleQueue[Job | None]",
    found: "SimpleQueue[Outcome | BaseException]",
) -> None:
    try:
        while (job := waiting.get()) is not None:
            found.put(worker.outcome(job))
    except WorkerEnded:
        # It was stopped.
        pass
    # Raised where outcomes are waited for.
    except BaseException as error:
        found.put(error)
    finally:
        worker.close()
