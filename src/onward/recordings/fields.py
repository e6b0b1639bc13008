"""The small fields of a file of arrays: labels, texts and numbers."""

from pathlib import Path
from typing import Protocol

import numpy as np

LABELS = ("label", "labels", "channels", "channel")


class Arrays(Protocol):
    """A file of named arrays; each is read when it is asked for."""

    path: Path
    shapes: dict[str, tuple[int, ...]]

    def kind(self, name: str) -> str: ...

    def array(self, name: str) -> np.ndarray: ...


def labels(file: Arrays, width: int) -> tuple[str, ...]:
    """The labels of the channels, or numbers from 1 where the file holds none of that length."""
    for name in LABELS:
        if file.shapes.get(name) == (width,) and file.kind(name) in "Uiu":
            return tuple(str(label) for label in file.array(name).tolist())
    return tuple(f"channel {number}" for number in range(1, width + 1))


def text(file: Arrays, name: str) -> str:
    """A text of the file; empty where there is none of that name."""
    fits = file.shapes.get(name) == () and file.kind(name) == "U"
    return str(file.array(name)) if fits else ""


def number(file: Arrays, name: str) -> float | None:
    """A number of the file, also one that is written as text; None without one."""
    if file.shapes.get(name) != () or file.kind(name) not in "fiuU":
        return None
    try:
        return float(file.array(name))
    except ValueError:
        return None
