"""Running facts about a column: its distinct values and its order."""

import numpy as np

MOST_CLASSES = 100


class Distinct:
    """The distinct values seen, until they are more than 100: too many to be classes."""

    def __init__(self) -> None:
        self._values: set | None = set()

    def add(self, values: np.ndarray) -> None:
        if self._values is None:
            return
        self._values.update(np.unique(values).tolist())
        if len(self._values) > MOST_CLASSES:
            self._values = None

    def in_order(self) -> tuple | None:
        return None if self._values is None else tuple(sorted(self._values))


class Order:
    """How often a sequence without gaps goes back, and how often it stands still."""

    def __init__(self) -> None:
        self.backward = 0
        self.repeated = 0
        self._last: np.ndarray | None = None

    def add(self, values: np.ndarray) -> None:
        if not len(values):
            return
        joined = values if self._last is None else np.concatenate([self._last, values])
        self.backward += int(np.sum(joined[1:] < joined[:-1]))
        self.repeated += int(np.sum(joined[1:] == joined[:-1]))
        self._last = values[-1:]
