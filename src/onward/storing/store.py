"""Arrays and a note: one safetensors file, whose header holds the note as JSON."""

import json
from collections.abc import Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from onward._files import written_whole


class CheckpointError(ValueError):
    """A checkpoint that cannot be read, or that belongs to something else."""


def write(path: Path, arrays: Mapping[str, np.ndarray], note: Mapping[str, Any]) -> None:
    """Write arrays and a note, so that a killed process leaves the old file or the new one.

    Args:
        path: the file.
        arrays: by name.
        note: anything that JSON can hold.
    """
    from safetensors.numpy import save_file

    whole = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    with written_whole(path) as draft:
        save_file(whole, draft, metadata={"note": json.dumps(dict(note), sort_keys=True)})


def read(path: Path, start: tuple[str, ...] = ("",)) -> tuple[dict[str, np.ndarray], dict]:
    """The arrays and the note that `write` wrote.

    Args:
        path: the file.
        start: only arrays whose names begin with one of these are read.

    Raises:
        CheckpointError: there is no such file, or it is not a checkpoint.
    """
    with _opened(path) as file:
        names = [name for name in file.keys() if name.startswith(start)]  # noqa: SIM118
        return {name: file.get_tensor(name) for name in names}, _note(file)


def read_note(path: Path) -> dict[str, Any]:
    """The note alone; raises as `read`."""
    with _opened(path) as file:
        return _note(file)


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


def _note(file: Any) -> dict[str, Any]:
    note = json.loads((file.metadata() or {})["note"])
    if not isinstance(note, dict):
        raise TypeError(f"the note is a {type(note).__name__}")
    return note
