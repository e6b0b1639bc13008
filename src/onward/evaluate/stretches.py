"""Scores of consecutive stretches of a stream, whose number stays bounded."""

import copy
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from onward.evaluate.pieces import Piece
from onward.evaluate.state import State, entries_under, load_arrays, nest, stacked, unstacked
from onward.evaluate.stretch import Stretch
from onward.streams.base import Task

# Rows of a stretch at first, how many stretches there are at most, and rows scored at once.
FIRST, MOST, PIECE = 16, 256, 512


class Stretches:
    """Consecutive stretches of equally many rows, which double when there are `MOST` of them.

    A stream may be of any length, and its length need not be known.

    Args:
        task, outputs, learners: as for `Stretch`.
        size: rows of a stretch at first.
    """

    def __init__(self, task: Task, outputs: int, learners: Sequence[str], size: int = FIRST):
        self._arguments = (task, outputs, tuple(learners))
        self.parts: list[Stretch] = []
        # Rows of a full stretch, and of all of them.
        self.size, self.rows = size, 0

    @property
    def wanted(self) -> int:
        """How many rows the next piece must have."""
        return min(self.size, PIECE)

    def take(self, rows: Piece) -> list[Piece]:
        """Add as many of the next rows as make whole pieces.

        Returns:
            These pieces; the rows that are left come again, with more.
        """
        begin, pieces = 0, []
        while len(rows) - begin >= self.wanted:
            pieces.append(rows.cut(slice(begin, begin + self.wanted)))
            begin += self.wanted
            self.add(pieces[-1])
        return pieces

    def add(self, piece: Piece) -> None:
        """Add the next `wanted` rows; only the last piece of all may have fewer."""
        if self.rows % self.size == 0:
            self.parts.append(self.new())
        self.parts[-1].update(piece)
        self.rows += len(piece)
        if self.rows == MOST * self.size:
            for left, right in zip(self.parts[::2], self.parts[1::2], strict=True):
                left.merge(right)
            self.parts, self.size = self.parts[::2], 2 * self.size

    def extended(self, rows: Piece) -> "Stretches":
        """These, and the last rows of all after them; these stay as they are."""
        longer = copy.copy(self)
        longer.parts = [*self.parts[:-1], *copy.deepcopy(self.parts[-1:])]
        taken = sum(len(piece) for piece in longer.take(rows))
        if taken < len(rows):
            longer.add(rows.cut(slice(taken, None)))
        return longer

    def quarters(self) -> list[Stretch]:
        """The quarters of the rows, each of whole stretches."""
        places = [(2 * end + self.size) // (2 * self.size) for end in quarter_ends(self.rows)]
        places[-1] = len(self.parts)
        return [self.merged(begin, end) for begin, end in pairwise(places)]

    def merged(self, begin: int, end: int) -> Stretch:
        """Some of the stretches as one."""
        whole = self.new()
        for part in self.parts[begin:end]:
            whole.merge(part)
        return whole

    def new(self) -> Stretch:
        """One without rows."""
        return Stretch(*self._arguments)

    def state(self) -> State:
        progress = np.array([self.size, self.rows], np.int64)
        parts = stacked([part.state() for part in self.parts])
        return {"progress": progress, **nest("parts", parts)}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        progress = np.zeros(2, np.int64)
        load_arrays({"progress": progress}, state)
        self.size, self.rows = progress.tolist()
        self.parts = [self.new() for _ in range(-(-self.rows // self.size))]
        saved = unstacked(entries_under("parts", state), len(self.parts))
        for part, arrays in zip(self.parts, saved, strict=True):
            part.restore(arrays)


def quarter_ends(rows: int) -> list[int]:
    """The row at which the stream begins, and those at which its quarters end."""
    return [-(-quarter * rows // 4) for quarter in range(5)]
