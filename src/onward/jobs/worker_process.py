"""A worker as its parent sees it."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from onward.jobs.job import Job, Outcome
from onward.jobs.place import TRIES

# Libraries of linear algebra, and the pool of threads of XLA on CPUs.
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NPROC"), "1"
)
# Seconds in which a process that says nothing more ends.
GRACE = 2.0
ONE_THREAD_OF_XLA = "--xla_cpu_multi_thread_eigen=false"


class WorkerEnded(Exception):
    """The process ended before it replied."""


class WorkerProcess:
    """A fresh process that does jobs one at a time, and lives on between them.

    XLA and the libraries of linear algebra have one thread there. A sum that is shared out among
    threads depends on how many they are; so numbers are the same from one process, from many, and
    from a cluster of machines of one kind. What is compiled for a job serves the next. JAX is read
    there for the first time: a process that has used it cannot be forked.

    Args:
        path: where modules are found, as `sys.path`.
    """

    def __init__(self, path: Sequence[str]):
        self.path = list(path)
        self._process: subprocess.Popen[str] | None = None
        self._stopped = False

    def outcome(self, job: Job) -> Outcome:
        """What comes of a job, which is tried again where the process ends.

        Raises:
            WorkerEnded: it was stopped.
        """
        tries = 0
        while True:
            try:
                reply = self._reply(job)
                return Outcome(job.name, reply.get("value"), reply.get("error"))
            except WorkerEnded as ended:
                tries += 1
                if self._stopped:
                    raise
                if tries == TRIES:
                    error = f"its worker ended {TRIES} times, the last with {ended}"
                    return Outcome(job.name, error=error)

    def stop(self) -> None:
        """End the process, whatever it is doing; from any thread."""
        self._stopped = True
        # Its own thread may give it up meanwhile.
        process = self._process
        if process is not None:
            process.kill()
            process.wait()

    def close(self) -> None:
        """End the process, and give back its pipes; from the thread that asks it."""
        self.stop()
        if self._process is not None:
            _close(self._process)

    def _reply(self, job: Job) -> Mapping[str, Any]:
        process = self._running()
        assert process.stdin and process.stdout
        try:
            print(json.dumps({"call": job.call, "arguments": job.arguments}), file=process.stdin)
            process.stdin.flush()
            reply = process.stdout.readline()
        except OSError:
            reply = ""
        if not reply.endswith("\n"):
            code = _code(process)
            _close(process)
            self._process = None
            raise WorkerEnded(f"signal {-code}" if code < 0 else f"exit code {code}")
        return json.loads(reply)

    def _running(self) -> "subprocess.Popen[str]":
        if self._process is None:
            self._process = subprocess.Popen(
                # -P: the path is the one told, and not the current folder before it.
                [sys.executable, "-P", "-m", "onward.jobs.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=environment(self.path),
                encoding="utf-8",
            )
        # Asked after the process can be seen by who stops it, which first says that it does.
        if self._stopped:
            self._process.kill()
        return self._process


def _code(process: "subprocess.Popen[str]") -> int:
    """With what it ended; it is given a moment to."""
    try:
        return process.wait(GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _close(process: "subprocess.Popen[str]") -> None:
    for pipe in (process.stdin, process.stdout):
        # What it has not read any more cannot be written.
        with suppress(OSError):
            assert pipe
            pipe.close()


def environment(path: Sequence[str]) -> dict[str, str]:
    """The environment of a worker that finds modules in those places."""
    flags = f"{os.environ.get('XLA_FLAGS', '')} {ONE_THREAD_OF_XLA}".strip()
    places = os.pathsep.join(place or os.getcwd() for place in path)
    return {**os.environ, **ONE_THREAD, "XLA_FLAGS": flags, "PYTHONPATH": places}
