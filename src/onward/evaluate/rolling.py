"""How the errors of several learners move along the stream."""

from collections.abc import Mapping, Sequence

import numpy as np

from onward.evaluate.metrics.base import plain
from onward.evaluate.stretch import Stretch
from onward.evaluate.stretches import Stretches

# Bins of the rolling error: with fewer than some hundred rows in each, an error rate is noise.
BIN_ROWS, FEWEST_BINS, MOST_BINS = 100, 20, 200


class Rolling:
    """Errors and gains of the learners in bins of equally many rows; the last may have fewer.

    Args:
        stretches: what the bins are made of.
        first_row: the row of the first one.
        scale: what the errors of each column are divided by before the columns are averaged,
            shape (columns,). A column with scale 0 is left out.
    """

    def __init__(self, stretches: Stretches, first_row: int, scale: np.ndarray):
        together = _together(len(stretches.parts), stretches.size)
        self.learners = tuple(stretches.new().scores)
        firsts = range(0, len(stretches.parts), together)
        bins = [_sums(stretches.parts[first : first + together]) for first in firsts]
        # Each of shape (bins, learners, columns).
        self._sums = (
            {name: np.array([sums[name] for sums in bins]) for name in bins[0]} if bins else {}
        )
        edges = np.arange(len(bins) + 1) * together * stretches.size
        self._edges = first_row + np.minimum(edges, stretches.rows)
        self._scale = scale

    def centres(self) -> list[float]:
        """The middle row of every bin."""
        return ((self._edges[:-1] + self._edges[1:] - 1) / 2).tolist()

    def ends(self) -> list[int]:
        """The row after the last one of every bin."""
        return self._edges[1:].tolist()

    def errors(self) -> dict[str, list[float | None]]:
        """The mean error of every learner in every bin, None where nothing was scored in it."""
        return {
            name: plain(self._average(*self._of("error", "count", index)))
            for index, name in enumerate(self.learners)
        }

    def gain(self, opponent: str) -> list[float | None]:
        """How much error the first learner has saved up to the end of every bin.

        The errors of the opponent less those of the learner, over the labels on which both are
        scored, summed from the beginning and divided by the number of such labels in the whole
        stream. So the curve rises where the learner is better and falls where it is worse, and
        ends at the difference of both mean errors.
        """
        gains, counts = self._of("gain", "shared", self.learners.index(opponent))
        totals = np.broadcast_to(counts.sum(axis=0), counts.shape)
        return plain(self._average(gains.cumsum(axis=0), totals))

    def _of(self, sums: str, counts: str, learner: int) -> tuple[np.ndarray, np.ndarray]:
        if not self._sums:
            return np.zeros((0, len(self._scale))), np.zeros((0, len(self._scale)), np.int64)
        return self._sums[sums][:, learner], self._sums[counts][:, learner]

    def _average(self, sums: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Means over labels, in units of the scale, averaged over columns; shape (bins,)."""
        used = (counts > 0) & (self._scale > 0)
        means = sums / np.maximum(counts, 1) / np.where(self._scale > 0, self._scale, 1.0)
        columns = used.sum(axis=1)
        average = np.where(used, means, 0.0).sum(axis=1) / np.maximum(columns, 1)
        return np.where(columns > 0, average, np.nan)


def bin_rows(rows: int) -> int:
    """How many rows make a bin of a short stream: a power of two."""
    size = 1
    while rows >= 2 * FEWEST_BINS * size and size < BIN_ROWS:
        size *= 2
    return size


def _together(parts: int, size: int) -> int:
    """How many stretches make a bin."""
    together = 1
    while parts > MOST_BINS * together or (
        together * size < BIN_ROWS and parts >= 2 * FEWEST_BINS * together
    ):
        together *= 2
    return together


def _sums(parts: Sequence[Stretch]) -> Mapping[str, np.ndarray]:
    return {name: np.sum([part.sums[name] for part in parts], axis=0) for name in parts[0].sums}
