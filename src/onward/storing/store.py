"""Arrays and a note: one safetensors file, whose header holds the note as JSON and a checksum."""

import hashlib
import json
from collections.abc import Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from onward._files import written_whole

# Where the note in the header keeps the checksum.
SUM = "sha256"


class CheckpointError(ValueError):
    """A checkpoint that cannot be read, or that belongs to something else."""


def write(path: Path, arrays: Mapping[str, np.ndarray], note: Mapping[str, Any]) -> None:
    """Write arrays and a note, so that a killed process leaves the old file or the new one.

    Args:
        path: the file.
        arrays: by name.
        note: anything that JSON can hold.
    """
    from safetensors.numpy import save

    whole = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    # As it will be read: keys are strings there, and sorted as such.
    note = json.loads(json.dumps(dict(note)))
    text = json.dumps(note, sort_keys=True)
    # Within the note: of two entries safetensors writes now one first and now the other.
    summed = json.dumps({**note, SUM: checksum(whole, text)}, sort_keys=True)
    content = save(whole, metadata={"note": summed})
    # Written here and not by safetensors, whose error for a full disk is its own.
    with written_whole(path) as draft:
        draft.write_bytes(content)


def read(
    path: Path, start: tuple[str, ...] = ("",), *, summed: bool = False
) -> tuple[dict[str, np.ndarray], dict]:
    """The arrays and the note that `write` wrote, compared with their checksum.

    Args:
        path: the file.
        start: only arrays whose names begin with one of these are returned.
        summed: whether a file without a checksum is refused. Those of versions before have none.

    Raises:
        CheckpointError: there is no such file, or it is not a checkpoint.
    """
    with _opened(path) as file:
        arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        note, told = _note(file)
        if told is not None or summed:
            found = checksum(arrays, json.dumps(note, sort_keys=True))
            if told != found:
                raise ValueError(f"its checksum is {told}, that of its content {found}")
    return {name: array for name, array in arrays.items() if name.startswith(start)}, note


def checksum(arrays: Mapping[str, np.ndarray], text: str) -> str:
    """SHA-256 of a note and of arrays with their names, dtypes and shapes, as hex digits."""
    total = hashlib.sha256(text.encode())
    for name in sorted(arrays):
        array = arrays[name]
        total.update(f"\0{name}\0{array.dtype}\0{array.shape}\0".encode())
        total.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return total.hexdigest()


def read_note(path: Path) -> dict[str, Any]:
    """The note alone; raises as `read`."""
    with _opened(path) as file:
        return _note(file)[0]


@contextmanager
def _opened(path: Path) -> Any:
    from safetensors import safe_open

    if not path.exists():
        raise CheckpointError(f"Expected a checkpoint at {path}; got no file. Try another folder.")
    try:
        with safe_open(path, framework="numpy") as file:
            yield file
    # What a file of anybody's makes the readers of safetensors and of JSON raise is not told
    # anywhere: errors of their own, of values, of the file system, of the depth of recursion.
    except Exception as error:
        raise CheckpointError(
            f"Expected a checkpoint at {path}; got a file that cannot be read "
            f"({type(error).__name__}: {error}). Try starting anew in another folder."
        ) from error


def _note(file: Any) -> tuple[dict[str, Any], str | None]:
    """The note, and the checksum in it."""
    note = json.loads((file.metadata() or {})["note"])
    if not isinstance(note, dict):
        raise TypeError(f"the note is a {type(note).__name__}")
    return note, note.pop(SUM, None)
