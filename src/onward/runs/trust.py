"""How much each member of a mixture was trusted, along the rows."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from onward.evaluate.state import State, copy_arrays

# Stretches that are kept; with more, neighbours become one.
MOST = 256
# Digits of a share that are told: more would only lengthen the page.
DIGITS = 5


class Trust:
    """The mean trust in each member over stretches of rows, in constant memory.

    All stretches but the last are of one length, a power of two, whatever the rows come in. There
    are `MOST` at most, and more than half of it where the stream has as many rows.

    Args:
        names: of the members.
    """

    def __init__(self, names: Sequence[str]):
        self.names = tuple(names)
        # Rows passed, and rows of a stretch; in each the rows with a prediction, and sums over
        # these.
        self._kept = {
            "rows": np.zeros(1, np.int64),
            "length": np.ones(1, np.int64),
            "counts": np.zeros(MOST, np.int64),
            "sums": np.zeros((MOST, len(self.names))),
        }

    def add(self, trust: np.ndarray, predicted: np.ndarray) -> None:
        """Add the next rows.

        Args:
            trust: in each member at each row, shape (rows, members).
            predicted: at which of them there was a prediction, shape (rows,).
        """
        rows, length, counts, sums = (self._kept[name].copy() for name in self._kept)
        places = rows + np.arange(len(trust))
        rows += len(trust)
        while rows > MOST * length:
            for kept in (counts, sums):
                half = kept[::2] + kept[1::2]
                kept[:] = 0
                kept[: len(half)] = half
            length *= 2
        stretches = places[predicted] // length
        np.add.at(counts, stretches, 1)
        np.add.at(sums, stretches, trust[predicted].astype(np.float64))
        self._kept = {"rows": rows, "length": length, "counts": counts, "sums": sums}

    @property
    def means(self) -> list[float | None]:
        """Of each member over all rows with a prediction; None before any."""
        count = self._kept["counts"].sum()
        sums = self._kept["sums"].sum(axis=0)
        return [float(one / count) if count else None for one in sums]

    def result(self) -> dict[str, Any]:
        """Names; the row at which each stretch ends; in each the mean of each member, by its order.

        Stretches without a prediction are part of the next one that has any.
        """
        rows, length, counts, sums = self._kept.values()
        told = counts > 0
        means = np.round(sums[told] / counts[told, None], DIGITS)
        ends = np.minimum(length * np.arange(1, MOST + 1), rows)[told]
        return {"names": list(self.names), "rows": ends.tolist(), "values": means.tolist()}

    def state(self) -> State:
        """All that is kept, as a flat dictionary of arrays."""
        return copy_arrays(self._kept)

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Go on from `state()`."""
        self._kept = {name: arrays[name].copy() for name in self._kept}
