"""Files that are whole or not there, whenever the process ends; folders that one run has."""

import errno
import json
import os
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

try:
    import fcntl
except ImportError:
    fcntl = None


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give the path of a draft to write; after the block the draft replaces the file.

    A process that is killed at any moment leaves the old file or the new one. A block that raises
    leaves the old one, and the draft beside it for the next attempt to overwrite.

    Args:
        path: the file; its folder exists.
    """
    draft = path.with_name(path.name + ".part")
    yield draft
    # The new name must not reach the disk before what it names.
    with open(draft, "rb+") as file:
        os.fsync(file.fileno())
    os.replace(draft, path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk: without, a power cut may bring back the old ones."""
    # Windows opens no folder.
    if not hasattr(os, "O_DIRECTORY"):
        return
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    except OSError as error:
        # Some network file systems do not know how. The file itself is there.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(opened)


def write_json(path: Path, content: Any) -> None:
    """Write JSON as text that a diff can be read of; NaN and infinities are refused.

    Raises:
        ValueError: a number that JSON has no word for.
    """
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    with written_whole(path) as draft:
        draft.write_text(text + "\n", encoding="utf-8")


class Kept(str):
    """A note on an error: what is on the disk of the work that it has ended."""


class Lock:
    """Keeps other runs out until it is released, or nobody holds it, or the process ends.

    Args:
        folder: what is locked; nothing is written into it. On Windows nobody is kept out.

    Raises:
        BlockingIOError: another run holds it.
    """

    def __init__(self, folder: Path):
        self.release = lambda: None
        if fcntl is not None:
            held = os.open(folder, os.O_RDONLY)
            self.release = weakref.finalize(self, os.close, held)
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
