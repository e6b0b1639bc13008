"""How far a study has come: what is written after each of its parts, and read to go on."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from onward._files import write_json
from onward.decoders.config import DecodeConfig
from onward.recordings import RecordingError, Session

PROGRESS = "progress.json"


class Progress:
    """What has been done of a study, in one file of a folder.

    The file is written whole after each part, so that a process that is killed leaves all parts
    before.

    Args:
        path: the folder.
        asked: what the study is asked for; see `asked_of`.
        resume: go on with what is there, instead of asking for an empty folder.

    Attributes:
        done: what has been done, as JSON.

    Raises:
        RecordingError: the folder holds something, or cannot be made; or, to go on, it holds no
            study that can be read, or one that was asked for otherwise.
    """

    def __init__(self, path: Path, asked: Mapping[str, Any], resume: bool = False):
        self.path = path
        self.done: dict[str, Any] = {"asked": asked, "seeds": {}, "opponents": {}, "ablation": {}}
        if resume:
            self.done = _read(path)
            _refuse_other(path, self.done["asked"], json.loads(json.dumps(asked)))
            return
        free(path)
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RecordingError(
                f"Expected a folder that can be written to; got {path} ({error.strerror}). Try "
                "another --out."
            ) from error
        self.write()

    def write(self) -> None:
        """Write what has been done."""
        write_json(self.path / PROGRESS, self.done)


def free(path: Path) -> None:
    """Refuse a folder with something in it.

    Raises:
        RecordingError: there is something at that path.
    """
    if path.is_file() or (path.is_dir() and any(path.iterdir())):
        what = "a file" if path.is_file() else "one with files in it"
        raise RecordingError(
            f"Expected an empty folder {path}; got {what}. Try another --out, or --resume to go "
            "on with the study that is in it."
        )


def asked_of(sessions: Sequence[Session], config: DecodeConfig, ablate: bool) -> dict[str, Any]:
    """What decides the results of a study, as JSON: its settings and its recordings.

    Args:
        sessions: as they were read.
        config: the settings.
        ablate: whether parts of the recipe are left out in turn.
    """
    release = "unknown"
    with suppress(PackageNotFoundError):
        release = version("onward")
    settings = {**asdict(config), "labels": str(config.labels), "ablate": ablate}
    return {
        "version": release,
        **{name: list(one) if isinstance(one, tuple) else one for name, one in settings.items()},
        "sessions": {one.name: _hash(one) for one in sessions},
    }


def _hash(session: Session) -> str:
    """Of all that a decoder reads of a session."""
    found = hashlib.blake2b(repr((session.channels, session.bin_s)).encode(), digest_size=16)
    for field in ("counts", "targets", "start", "scored", "trial", "position", "goal"):
        if (array := getattr(session, field)) is not None:
            found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()


def _read(path: Path) -> dict[str, Any]:
    file = path / PROGRESS
    try:
        done = json.loads(file.read_text(encoding="utf-8"))
        assert {"asked", "seeds", "opponents", "ablation"} <= done.keys()
    except (OSError, ValueError, AssertionError, AttributeError) as error:
        got = "none" if isinstance(error, FileNotFoundError) else "one that cannot be read"
        raise RecordingError(
            f"Expected a study to go on with, {file}; got {got}. Try --out with the folder of a "
            "study, or leave out --resume."
        ) from error
    return done


def _refuse_other(path: Path, had: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    for name in wanted:
        if had.get(name) == wanted[name]:
            continue
        was, now = had.get(name), wanted[name]
        if name == "sessions":
            was, now = _differing(was or {}, now)
        raise RecordingError(
            f"Expected the {name} of the study in {path}, which is {was}; got {now}. Try the "
            "command that began it, with --resume, or another --out."
        )


def _differing(had: Mapping[str, str], wanted: Mapping[str, str]) -> tuple[str, str]:
    if list(had) != list(wanted):
        return ", ".join(had), ", ".join(wanted)
    changed = next(name for name in had if had[name] != wanted[name])
    return f"{changed} as it was read then", f"{changed} with other counts, labels or trials"
