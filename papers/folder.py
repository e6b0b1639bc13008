"""The folder of a reproduction: a file of results a claim, safe to kill at any moment."""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

from papers.claim import AbstractClaim
from papers.claims import CLAIMS
from papers.files import write_json
from papers.multiverse.reading import readings
from papers.result import Result, ResultsError

# Of the files; raised when what is in them changes.
FORMAT = 1


class ResultsFolder:
    """`claims/ID.json` for each finished claim, and `runs/` with every score that was measured.

    Args:
        path: the folder; made where there is none.

    Raises:
        ResultsError: it cannot be written to.
    """

    def __init__(self, path: Path):
        self.path, self.runs = path, path / "runs"
        try:
            (path / "claims").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ResultsError(
                f"Expected a folder that can be written to; got {path} ({error.strerror}). "
                "Try another --out."
            ) from error

    def finished(self, claim: AbstractClaim, scale: str, seeds: int) -> dict[str, Any] | None:
        """The results of a claim, or None where it has none yet.

        Raises:
            ResultsError: they were made in another way.
        """
        path = self._file(claim.id)
        if not path.exists():
            return None
        found = _read(path)
        wanted = {
            "format": FORMAT,
            "onward": version("onward"),
            "scale": scale,
            "seeds": seeds,
            "protocol": _jsonable(claim),
        }
        for name, value in wanted.items():
            if found.get(name) != value:
                got = "another" if name == "protocol" else f"{name} {found.get(name)!r}"
                expected = "its present protocol" if name == "protocol" else f"{name} {value!r}"
                raise ResultsError(
                    f"Expected results of {claim.id} with {expected} in {path}; got {got}. Try "
                    "another --out, or removing that file."
                )
        return found

    def all(self) -> list[dict[str, Any]]:
        """The results of every finished claim, in the order of the papers.

        Raises:
            ResultsError: a file that is no JSON.
        """
        return [_read(path) for path in map(self._file, CLAIMS) if path.exists()]

    def read(self) -> dict[str, list[dict[str, Any]]]:
        """What every claim comes to over the protocols that were run, also as `readings.json`."""
        found = readings(CLAIMS.values(), self.path)
        write_json(self.path / "readings.json", found)
        return found

    def save(self, result: Result) -> dict[str, Any]:
        """Write the results of a claim, and return them as they read."""
        content = {"format": FORMAT, "onward": version("onward"), **result.as_dict()}
        write_json(self._file(result.id), content)
        return _read(self._file(result.id))

    def _file(self, identity: str) -> Path:
        return self.path / "claims" / f"{identity}.json"


def _read(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise ResultsError(
            f"Expected results in {path}; got something that is no JSON. Try another --out, "
            "or removing that file."
        ) from error


def _jsonable(claim: AbstractClaim) -> Any:
    """The protocol as it reads after a round through JSON."""
    return json.loads(json.dumps(claim.protocol()))
