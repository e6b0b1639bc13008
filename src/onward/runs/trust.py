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

    Stretches are of about the same length, which doubles as there are more.

    Args:
        names: of the members.
    """

    def __init__(self, names: Sequence[str]):
        self.names = tuple(names)
        # Rows at whose end each stretch ends, rows of it with a prediction, and sums over these.
        # The span is how many rows a stretch is long before the next begins.
        self._kept = {
            "ends": np.zeros(0, np.int64),
            "counts": np.zeros(0, np.int64),
            "sums": np.zeros((0, len(self.names))),
            "span": np.ones(1, np.int64),
        }

    def add(self, first: int, trust: np.ndarray, predicted: np.ndarray) -> None:
        """Add the next rows.

        Args:
            first: their first row.
            trust: in each member at each row, shape (rows, members).
            predicted: at which of them there was a prediction, shape (rows,).
        """
        ends, counts, sums, span = (self._kept[name] for name in self._kept)
        count = np.count_nonzero(predicted)
        total = trust[predicted].sum(axis=0, dtype=np.float64)
        begun = ends[-2] if len(ends) > 1 else 0
        if len(ends) and ends[-1] - begun < span[0]:
            ends, counts, sums = ends.copy(), counts.copy(), sums.copy()
            ends[-1], counts[-1], sums[-1] = (
                first + len(trust),
                counts[-1] + count,
                sums[-1] + total,
            )
        else:
            ends = np.append(ends, first + len(trust))
            counts, sums = np.append(counts, count), np.concatenate([sums, total[None]])
        if len(ends) > MOST:
            pairs = np.arange(0, len(ends), 2)
            ends = ends[np.minimum(pairs + 1, len(ends) - 1)]
            counts, sums = np.add.reduceat(counts, pairs), np.add.reduceat(sums, pairs)
            span = np.diff(ends, prepend=0).max(keepdims=True)
        self._kept = {"ends": ends, "counts": counts, "sums": sums, "span": span}

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
        counts, sums = self._kept["counts"], self._kept["sums"]
        told = counts > 0
        means = np.round(sums[told] / counts[told, None], DIGITS)
        ends = self._kept["ends"][told]
        return {"names": list(self.names), "rows": ends.tolist(), "values": means.tolist()}

    def state(self) -> State:
        """All that is kept, as a flat dictionary of arrays."""
        return copy_arrays(self._kept)

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Go on from `state()`."""
        self._kept = {name: arrays[name].copy() for name in self._kept}
