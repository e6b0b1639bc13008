"""Where recordings lie."""

import os
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import numpy as np

VARIABLE, USUAL = "ONWARD_DATA", Path(__file__).parents[2] / "shared" / "data"


def folder() -> Path:
    """What the environment variable ONWARD_DATA names, else shared/data beside the checkout."""
    return Path(os.environ.get(VARIABLE) or USUAL)


def missing(files: Iterable[str]) -> str | None:
    """What to say where a file is not there; None where all are.

    Args:
        files: paths within the folder.
    """
    absent = [name for name in files if not (folder() / name).is_file()]
    if not absent:
        return None
    return (
        f"Expected the recording {absent[0]} in {folder()}; got no such file. Try {VARIABLE}=the "
        "folder that holds it, or the claims that need no recording."
    )


def arrays(name: str) -> dict[str, np.ndarray]:
    """The arrays of an .npz file, not to be written to."""
    return _arrays(folder() / name)


@lru_cache(maxsize=8)
def _arrays(path: Path) -> dict[str, np.ndarray]:
    with np.load(path) as file:
        return {name: file[name] for name in file.files}
