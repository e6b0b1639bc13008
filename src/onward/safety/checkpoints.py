"""A folder of checkpoints: the last few are kept, and a damaged one is passed over."""

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from onward._checks import check_integer
from onward.safety import packing
from onward.storing import checkpoint, store
from onward.storing.store import CheckpointError

NAME = re.compile(r"(?P<number>\d{6,})-at-\d+\.safetensors")


class Checkpoint(NamedTuple):
    """What a `CheckpointStore` holds of one moment.

    Attributes:
        learner: as it was saved.
        state: of that learner.
        position: samples that had been passed.
        path: the file.
        passed_over: why newer files were not taken, one sentence each.
    """

    learner: Any
    state: Any
    position: int
    path: Path
    passed_over: tuple[str, ...]


class CheckpointStore:
    """The last checkpoints of a learner in a folder, safe to kill at any moment.

    Each is a file of its own with a checksum. It is written beside its place, brought to the disk
    and renamed; then the oldest goes. `onward.load` reads each of the files, too. The order is that
    of running numbers in the names, so that a clock that goes back changes nothing.

    One process writes into a folder, and any number may read. Cost of `save`: the state is written
    once and hashed once (SHA-256).

    Args:
        folder: is made at the first `save`.
        keep: how many are kept, 1 or more. With 1, a file that the disk has damaged leaves none.

    Raises:
        CheckpointError: the folder is a file.
    """

    def __init__(self, folder: str | PathLike[str], keep: int = 5):
        check_integer("keep", keep, least=1, example=5)
        self.folder, self.keep = Path(folder), keep
        if self.folder.exists() and not self.folder.is_dir():
            raise CheckpointError(
                f"Expected a folder for checkpoints; got {self.folder}, a file. Try 'checkpoints'."
            )

    def __repr__(self) -> str:
        return f"CheckpointStore({str(self.folder)!r}, keep={self.keep})"

    @property
    def paths(self) -> list[Path]:
        """The files, from the oldest to the newest.

        Raises:
            CheckpointError: the folder may not be read.
        """
        try:
            names = os.listdir(self.folder)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise CheckpointError(
                f"Expected to read the folder {self.folder}; got {error.strerror}. Try a folder "
                "that may be read."
            ) from error
        return sorted((self.folder / name for name in names if NAME.fullmatch(name)), key=_number)

    def save(self, learner: Any, state: Any, position: int) -> Path:
        """Write a checkpoint, then remove those beyond the last `keep`.

        Args:
            learner: what `onward.save` takes; or what is around it: a `Guarded`, `Safeguarded` or
                `Conformal` one, in any order that can be made.
            state: of that learner; kept.
            position: samples that have been passed, for whoever goes on from here.

        Returns:
            The file.

        Raises:
            ValueError: the state is of another learner, or consumed.
            CheckpointError: it cannot be written, as on a full disk. Those before are untouched.
        """
        check_integer("position", position, least=0, example=0)
        arrays, note = packing.packed(learner, state)
        before = self.paths
        number = _number(before[-1]) + 1 if before else 0
        path = self.folder / f"{number:06d}-at-{position}.safetensors"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            # A writer that was killed has left what it had begun.
            for begun in self.folder.glob("*.safetensors.part"):
                begun.unlink()
            store.write(path, arrays, {**note, "position": position})
            for old in [*before, path][: -self.keep]:
                old.unlink()
        except OSError as error:
            with suppress(OSError):
                path.with_name(path.name + ".part").unlink(missing_ok=True)
            raise CheckpointError(
                f"Expected to write checkpoints in {self.folder}; got {error.strerror or error}. "
                "Those before are kept. Try freeing space, or another folder."
            ) from error
        return path

    def load(
        self, path: str | PathLike[str], *, classes: Iterable[type] = (), **changes: Any
    ) -> Checkpoint:
        """One checkpoint, verified.

        Args:
            path: one of `paths`.
            classes: as in `onward.load`.
            changes: likewise.

        Raises:
            CheckpointError: it is damaged, or does not fit; the message says what.
        """
        path = Path(path)
        arrays, note = _read(path)
        learner, state = checkpoint.load(path, classes=classes, **changes)
        learner, state = packing.unpacked(learner, state, arrays, note)
        return Checkpoint(learner, state, note["position"], path, ())

    def latest(self, *, classes: Iterable[type] = (), **changes: Any) -> Checkpoint | None:
        """The newest checkpoint that is whole; None where there is no file at all.

        Args:
            classes: as in `onward.load`.
            changes: likewise.

        Raises:
            CheckpointError: every file is damaged, or a whole one does not fit; or the folder may
                not be read.
        """
        passed_over = []
        for path in reversed(self.paths):
            try:
                _read(path)
            except CheckpointError as error:
                passed_over.append(str(error))
                continue
            found = self.load(path, classes=classes, **changes)
            return found._replace(passed_over=tuple(passed_over))
        if passed_over:
            raise CheckpointError(
                f"Expected a whole checkpoint in {self.folder}; got {len(passed_over)} that cannot "
                f"be read. Try starting anew in another folder. {' '.join(passed_over)}"
            )
        return None


def _read(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The content of a file, compared with its checksum."""
    arrays, note = store.read(path, summed=True)
    if not isinstance(note.get("position"), int):
        raise CheckpointError(
            f"Expected a checkpoint of a store at {path}; got one without a position. Try "
            "onward.load(path)."
        )
    return arrays, note


def _number(path: Path) -> int:
    return int(path.name.split("-")[0])
