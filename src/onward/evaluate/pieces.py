"""Rows that are scored together, and rows that wait until there are enough of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from onward.evaluate.state import State, entries_under, nest


@dataclass(frozen=True)
class Piece:
    """Consecutive rows.

    Attributes:
        y: labels, float64, shape (rows, columns), NaN where missing.
        predictions: by learner, float64, shape (rows, outputs), NaN where it made none.
        phase: codes of the rows' phases, int64, shape (rows,); -1 for none.
    """

    y: np.ndarray
    predictions: Mapping[str, np.ndarray]
    phase: np.ndarray

    @classmethod
    def empty(cls, columns: int, outputs: int, learners: Sequence[str]) -> "Piece":
        """No rows yet."""
        nothing = {name: np.empty((0, outputs)) for name in learners}
        return cls(np.empty((0, columns)), nothing, np.empty(0, np.int64))

    def __len__(self) -> int:
        return len(self.y)

    def joined(self, other: "Piece") -> "Piece":
        """The rows of `other` after these."""
        return Piece(
            np.concatenate([self.y, other.y]),
            {
                name: np.concatenate([mine, other.predictions[name]])
                for name, mine in self.predictions.items()
            },
            np.concatenate([self.phase, other.phase]),
        )

    def cut(self, rows: slice | np.ndarray) -> "Piece":
        """Some of the rows."""
        chosen = {name: prediction[rows] for name, prediction in self.predictions.items()}
        return Piece(self.y[rows], chosen, self.phase[rows])

    def state(self) -> State:
        own = {"y": self.y.copy(), "phase": self.phase.copy()}
        return own | nest("predictions", {n: p.copy() for n, p in self.predictions.items()})

    @classmethod
    def of(cls, state: Mapping[str, np.ndarray]) -> "Piece":
        """The piece whose `state()` this is."""
        return cls(state["y"], entries_under("predictions", state), state["phase"])
