"""How the error of several learners moves along the stream."""

from collections.abc import Mapping, Sequence

import numpy as np

from onward.evaluate.metrics.base import plain
from onward.evaluate.state import State, copy_arrays, load_arrays


class RollingError:
    """The mean error of each learner in equal bins of the stream's rows.

    Row t falls into bin ⌊bins · t / length⌋. A bin keeps sums per column and not their average,
    because the scale that makes columns comparable (the standard deviation of each target over
    the stream) is known only at the end.

    Memory: learners · bins · (columns + 1) numbers, whatever the length. The sums run row by row,
    so the result does not depend on how the stream was cut into blocks.

    Args:
        length: number of rows of the stream.
        learners: their names.
        columns: number of columns of an error.
        bins: number of bins; a stream with fewer rows has one bin a row.
    """

    def __init__(self, length: int, learners: Sequence[str], columns: int, bins: int):
        self.length = length
        self.learners = tuple(learners)
        self.bins = min(bins, length)
        self.sums = np.zeros((len(self.learners), self.bins, columns))
        self.counts = np.zeros((len(self.learners), self.bins, columns), np.int64)

    def update(self, first_row: int, errors: Mapping[str, np.ndarray]) -> None:
        """Add the errors of consecutive rows.

        Args:
            first_row: the row of the first error.
            errors: for every learner, shape (rows, columns), not negative, NaN where not scored.
        """
        for learner, name in enumerate(self.learners):
            rows = np.arange(first_row, first_row + len(errors[name]))
            bins = self.bins * rows // self.length
            valid = ~np.isnan(errors[name])
            np.add.at(self.sums[learner], bins, np.where(valid, errors[name], 0.0))
            np.add.at(self.counts[learner], bins, valid)

    def centres(self) -> list[float]:
        """The middle row of every bin."""
        edges = -(-np.arange(self.bins + 1) * self.length // self.bins)
        return ((edges[:-1] + edges[1:] - 1) / 2).tolist()

    def series(self, scale: np.ndarray) -> dict[str, list[float | None]]:
        """The mean error in every bin, of every learner.

        Args:
            scale: what the errors of each column are divided by before the columns are averaged,
                shape (columns,). A column with scale 0 is left out.

        Returns:
            One number a bin, None where nothing was scored in it.
        """
        used = (self.counts > 0) & (scale > 0)
        means = self.sums / np.maximum(self.counts, 1) / np.where(scale > 0, scale, 1.0)
        columns = used.sum(axis=2)
        average = np.where(used, means, 0.0).sum(axis=2) / np.maximum(columns, 1)
        average = np.where(columns > 0, average, np.nan)
        return {name: plain(average[i]) for i, name in enumerate(self.learners)}

    def state(self) -> State:
        return copy_arrays({"sums": self.sums, "counts": self.counts})

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        load_arrays({"sums": self.sums, "counts": self.counts}, state)
