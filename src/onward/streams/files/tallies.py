"""Running facts about a column: its distinct values and its ends."""

from collections.abc import Iterable

import numpy as np

from onward.streams.files.column import Counted, Mark

MOST_CLASSES = 100
AT_ENDS = 3


class Distinct:
    """The distinct values seen, until they are more than 100: too many to be classes."""

    def __init__(self) -> None:
        self._values: dict | None = {}

    @property
    def is_open(self) -> bool:
        """Whether there are still few enough."""
        return self._values is not None

    @property
    def count(self) -> int:
        """How many there are, 101 for more than 100."""
        return MOST_CLASSES + 1 if self._values is None else len(self._values)

    def add(self, values: Iterable) -> None:
        """Add values, of which each may come once."""
        if self._values is None:
            return
        self._values.update(dict.fromkeys(values))
        if len(self._values) > MOST_CLASSES:
            self._values = None

    def in_order(self) -> tuple | None:
        return None if self._values is None else tuple(sorted(self._values))

    def as_appeared(self) -> tuple:
        return tuple(self._values or ())


class Ends:
    """The three lowest and the three highest values, and how often each occurs."""

    def __init__(self) -> None:
        self._bottom: dict[float, int] = {}
        self._top: dict[float, int] = {}

    def add(self, values: np.ndarray, counts: np.ndarray) -> None:
        """Add different values in rising order, and how often each occurs."""
        self._bottom = self._merged(self._bottom, values[:AT_ENDS], counts[:AT_ENDS], 1)
        self._top = self._merged(
            self._top, values[: -AT_ENDS - 1 : -1], counts[-AT_ENDS:][::-1], -1
        )

    @staticmethod
    def _merged(
        held: dict[float, int], values: np.ndarray, counts: np.ndarray, sign: int
    ) -> dict[float, int]:
        if len(held) == AT_ENDS and sign * values[0] > sign * next(reversed(held)):
            return held
        for value, count in zip(values.tolist(), counts.tolist(), strict=True):
            held[value] = held.get(value, 0) + count
        return dict(sorted(held.items(), key=lambda pair: sign * pair[0])[:AT_ENDS])

    @property
    def bottom(self) -> Counted:
        return tuple(self._bottom.items())

    @property
    def top(self) -> Counted:
        return tuple(self._top.items())


def different(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the different values, of which there is one, in rising order; how often each occurs.

    As `numpy.unique` does, in half its time for the short arrays of a wide file.
    """
    values = np.sort(values)
    first = np.concatenate([[0], np.flatnonzero(values[1:] != values[:-1]) + 1, [len(values)]])
    return values[first[:-1]], first[1:] - first[:-1]


class Marks:
    """The different texts seen, how often each, and the first of them and its row.

    Beyond 100 different ones they are only counted.
    """

    def __init__(self) -> None:
        self.total = 0
        self.first: tuple[str, int] | None = None
        self.counts: dict[str, int] = {}
        self.is_full = False

    def add(self, texts: list[str], rows: np.ndarray) -> None:
        self.total += len(texts)
        if texts and self.first is None:
            self.first = (texts[0], int(rows[0]))
        for text in texts if not self.is_full else ():
            self.counts[text] = self.counts.get(text, 0) + 1
        self.is_full = self.is_full or len(self.counts) > MOST_CLASSES

    def listed(self) -> tuple[Mark, ...]:
        return tuple(Mark(text, count) for text, count in self.counts.items())
