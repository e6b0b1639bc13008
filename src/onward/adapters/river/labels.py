"""From labels as River hands them over to rows of numbers, and back."""

import math
from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np

from onward.adapters.river.values import NOTHING, order, power, read

MOST_CLASSES, MOST_TARGETS = 1024, 1024


class Labels(ABC):
    """Which label stands for which numbers.

    Attributes:
        names: of targets or classes, in the order in which they came.
    """

    classes = False

    def __init__(self) -> None:
        self.names: list[Any] = []
        self.places: dict[Any, int] = {}

    @property
    @abstractmethod
    def capacity(self) -> int:
        """Outputs of the network."""

    @property
    def known(self) -> int:
        """Of the outputs those that stand for a name."""
        return len(self.names)

    @abstractmethod
    def read(self, y: Any, sample: int) -> Any:
        """A label that has been looked at, None for none; nothing has changed.

        Raises:
            ValueError: it is no label.
        """

    def knows(self, label: Any) -> bool:
        """Whether what `read` gave has places already."""
        return label is None or label in self.places

    @abstractmethod
    def row(self, label: Any) -> list[float]:
        """What `read` gave as numbers; new names are given places."""

    def _place(self, name: Any) -> int:
        if name not in self.places:
            self.places[name] = len(self.names)
            self.names.append(name)
        return self.places[name]


class Number(Labels):
    """One real number."""

    @property
    def capacity(self) -> int:
        return 1

    @property
    def known(self) -> int:
        return 1

    def read(self, y: Any, sample: int) -> float | None:
        return number(y, f"the label of sample {sample}")

    def knows(self, label: float | None) -> bool:
        return True

    def row(self, label: float | None) -> list[float]:
        return [NOTHING if label is None else label]


class Numbers(Labels):
    """Real numbers by name; a name that is absent is missing."""

    @property
    def capacity(self) -> int:
        return power(len(self.names), 1)

    def read(self, y: Any, sample: int) -> dict[Hashable, float]:
        if y is None:
            return {}
        if not isinstance(y, Mapping):
            raise ValueError(
                f"Expected labels as a dict at sample {sample}; got {type(y).__name__}. Try "
                "{'target': value}."
            )
        read = {
            name: number(each, f"label {name!r} of sample {sample}") for name, each in y.items()
        }
        found = {name: each for name, each in read.items() if each is not None}
        refuse_too_many("targets", len(self.places.keys() | found.keys()), MOST_TARGETS, sample)
        return found

    def knows(self, label: dict[Hashable, float]) -> bool:
        return label.keys() <= self.places.keys()

    def row(self, label: dict[Hashable, float]) -> list[float]:
        for name in sorted(label, key=order):
            self._place(name)
        return [label.get(name, NOTHING) for name in self.names] + [NOTHING] * (
            self.capacity - len(self.names)
        )


class Classes(Labels):
    """One of several classes, which are known once they have come.

    Attributes:
        kind: of the classes so far; text and numbers do not mix.
    """

    classes = True

    def __init__(self) -> None:
        super().__init__()
        self.kind: str | None = None

    @property
    def capacity(self) -> int:
        return power(len(self.names), 2)

    def read(self, y: Any, sample: int) -> Any:
        if y is None or (isinstance(y, float | np.floating) and math.isnan(y)):
            return None
        if not isinstance(y, Hashable):
            raise ValueError(
                f"Expected a class as the label of sample {sample}; got {y!r} of type "
                f"{type(y).__name__}. Try str(...) of it."
            )
        kind = kind_of(y)
        if self.kind not in (None, kind):
            raise ValueError(
                f"Expected a class of kind {self.kind}, as before, as the label of sample "
                f"{sample}; got {y!r} of kind {kind}. Try str(...) of every label."
            )
        if y not in self.places:
            refuse_too_many("classes", len(self.names) + 1, MOST_CLASSES, sample)
        return y

    def row(self, label: Any) -> list[float]:
        if label is None:
            return [NOTHING]
        self.kind = kind_of(label)
        return [float(self._place(label))]


def number(value: Any, what: str) -> float | None:
    """A real number; None where it is missing.

    Raises:
        ValueError: it is none.
    """
    found = read(value, what)
    if isinstance(found, str):
        raise ValueError(f"Expected a number as {what}; got {found!r}. Try float(...) of it.")
    return found


def kind_of(label: Any) -> str:
    """What labels must have in common. A truth value equals a number, and counts as one."""
    if isinstance(label, str):
        return "text"
    return "number" if isinstance(label, int | float | np.generic) else type(label).__name__


def refuse_too_many(what: str, count: int, most: int, sample: int) -> None:
    """Raise ValueError beyond what a network can have of outputs."""
    if count > most:
        raise ValueError(
            f"Expected at most {most:,} {what}; got one more at sample {sample}. Try a label that "
            "repeats."
        )
