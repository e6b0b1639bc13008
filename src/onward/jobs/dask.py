"""Jobs on a cluster, by Dask."""

import re
import sys
import uuid
from collections.abc import Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

from onward.jobs.errors import JobsError
from onward.jobs.job import Job, Outcome
from onward.jobs.on_cluster import PACKAGES, outcome_of, refuse_others, stop
from onward.jobs.place import TRIES, AbstractPlace

# Seconds in which a scheduler answers, and has a worker.
WAIT = 10
ADDRESS = re.compile(r"([a-z]+://)?[^/\s]+:\d+")


@dataclass(frozen=True)
class Dask(AbstractPlace):
    """The workers of a Dask cluster, one job at a time in each of their threads.

    Start `dask scheduler` on one machine and `dask worker ADDRESS --nthreads 1 --nworkers N` on
    each, in the same environment, in a folder from which the modules of the jobs can be imported.
    Needs the extra `scale`.

    A thread of a worker has a process of its own for the jobs, with one thread of XLA and of linear
    algebra, so that numbers are those of `Processes` on machines of one kind (see `WorkerProcess`);
    it lives on between jobs and keeps what it has compiled. Results come back here. A worker that
    is killed costs the jobs that it had in hand, which others do. The folders of this process's
    `sys.path` are looked into there too, where they are the same.

    Attributes:
        address: of the scheduler, as "tcp://host:8786".

    Raises:
        JobsError: the address has no port. When jobs are done: Dask is not installed, no scheduler
            or no worker answers within ten seconds, a worker has another version of Onward, JAX or
            NumPy, or the connection is lost.
    """

    address: str

    def __post_init__(self):
        if not ADDRESS.fullmatch(self.address):
            raise JobsError(
                f"Expected the address of a Dask scheduler with its port; got {self.address!r}. "
                "Try tcp://localhost:8786."
            )

    def outcomes(self, jobs: Sequence[Job]) -> Generator[Outcome, None, None]:
        if find_spec("distributed") is None:
            raise JobsError(
                "Expected distributed for jobs on a cluster; got a Python without it. Try pip "
                "install distributed."
            )
        from distributed import as_completed

        client, run = self._client(), uuid.uuid4().hex
        try:
            versions = {name: version(name) for name in PACKAGES}
            refuse_others(_versions_there(client), versions)
            names = {}
            for index, job in enumerate(jobs):
                future = client.submit(
                    outcome_of,
                    *(job, run, sys.path, versions),
                    key=f"{job.name}-{run}",
                    pure=False,
                    retries=TRIES - 1,
                    priority=-index,
                )
                names[future] = job.name
            # With results, which are fetched at once: they are lost with the worker that has them.
            found = as_completed(
                list(names), loop=client.loop, with_results=True, raise_errors=False
            )
            for future, result in found:
                yield self._outcome(names.pop(future), future.status, result)
        finally:
            self._leave(client, run)

    def _client(self) -> Any:
        from distributed import Client

        try:
            client = Client(self.address, timeout=WAIT, set_as_default=False)
        # It raises errors of the operating system, of time and of addresses.
        except Exception as error:
            raise JobsError(
                f"Expected a Dask scheduler at {self.address}; got no answer in {WAIT} s. Try "
                "`dask scheduler` there, or leave --dask away."
            ) from error
        try:
            client.wait_for_workers(1, timeout=WAIT)
        except TimeoutError:
            client.close()
            raise JobsError(
                f"Expected a worker at the scheduler {self.address}; got none in {WAIT} s. Try "
                f"`dask worker {self.address} --nthreads 1`."
            ) from None
        return client

    def _outcome(self, name: str, status: str, result: Any) -> Outcome:
        if isinstance(result, Outcome):
            return result
        if status == "error":
            _, error, _ = result
            if isinstance(error, JobsError):
                raise error
            return Outcome(name, error=f"{type(error).__name__}: {error}")
        raise JobsError(
            f"Expected the scheduler at {self.address} to stay; got its connection lost. Try "
            "again when it is there: what is done is not done again."
        )

    def _leave(self, client: Any, run: str) -> None:
        """End what is in flight there, if anything is."""
        # A scheduler that is gone raises, and has been told of.
        with suppress(Exception):
            client.run(stop, run, on_error="ignore")
        client.close()


def _versions_there(client: Any) -> Mapping[str, Mapping[str, str]]:
    """By worker, its versions by package; asked for without any of our own code.

    A worker that comes or goes between the questions is left out: one that comes is asked by the
    first job that it is given.
    """
    found: dict[str, dict[str, str]] = {}
    for name in PACKAGES:
        for worker, told in client.run(version, name, on_error="return").items():
            # As it may be an error.
            found.setdefault(worker, {})[name] = told if isinstance(told, str) else "none"
    return {worker: told for worker, told in found.items() if len(told) == len(PACKAGES)}
