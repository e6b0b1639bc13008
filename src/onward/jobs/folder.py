"""Results in a folder, each written once by its name."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from onward._files import Lock, write_json
from onward.jobs.errors import JobsError
from onward.jobs.job import PROTOCOL, Job


class JobFolder:
    """`NAME.json` for each job that is done, and `protocol.json`.

    A file holds the name, the call, the arguments and the value, and is whole or not there. While
    the object is held, other runs are kept out of the folder.

    Args:
        path: the folder; made where there is none.
        protocol: what all results have in common, as plain JSON data: versions, settings, data.

    Raises:
        JobsError: it holds something else or results of another protocol, another run is at it, or
            it cannot be written to.
    """

    def __init__(self, path: Path, protocol: Mapping[str, Any]):
        self.path = path
        told = json.loads(json.dumps(dict(protocol)))
        try:
            path.mkdir(parents=True, exist_ok=True)
            self.lock = Lock(path)
            file = path / f"{PROTOCOL}.json"
            if file.exists():
                self._refuse_other(json.loads(file.read_text("utf-8")), told)
            elif any(path.glob("*.json")):
                raise JobsError(
                    f"Expected an empty folder or one of jobs; got {path}, which holds JSON and no "
                    f"{file.name}. Try another folder."
                )
            else:
                write_json(file, told)
        except BlockingIOError:
            raise JobsError(
                f"Expected a folder that no other run writes to; got {path}. Try another folder, "
                "or wait for it."
            ) from None
        except OSError as error:
            raise JobsError(
                f"Expected a folder that can be written to; got {path} ({error.strerror}). Try "
                "another folder."
            ) from error

    def holds(self, job: Job) -> bool:
        """Whether the result of a job is there."""
        return self._file(job).exists()

    def value(self, job: Job) -> Any:
        """The value of a job that is there.

        Raises:
            JobsError: what is there under its name was made by another call.
        """
        found = json.loads(self._file(job).read_text("utf-8"))
        for part in ("call", "arguments"):
            was, now = found[part], getattr(job, part)
            if was != now:
                raise JobsError(
                    f"Expected {job.name} in {self.path} of {part} {now}; got {was}. Try another "
                    "folder, or another name for each job."
                )
        return found["value"]

    def write(self, job: Job, value: Any) -> None:
        """Keep the value of a job."""
        what = {"name": job.name, "call": job.call, "arguments": job.arguments, "value": value}
        write_json(self._file(job), what)

    def _file(self, job: Job) -> Path:
        return self.path / f"{job.name}.json"

    def _refuse_other(self, found: Any, told: dict[str, Any]) -> None:
        found = found if isinstance(found, dict) else {}
        other = [key for key in sorted({*found, *told}) if found.get(key) != told.get(key)]
        if other:
            was = ", ".join(f"{key}={found.get(key)!r}" for key in other)
            now = ", ".join(f"{key}={told.get(key)!r}" for key in other)
            raise JobsError(
                f"Expected the protocol whose results {self.path} holds ({was}); got {now}. Try "
                "another folder, or the same settings and versions as before."
            )
