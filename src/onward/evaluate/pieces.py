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

    def like(
        self,
        y: np.ndarray,
        predictions: Mapping[str, np.ndarray],
        phase: np.ndarray | None,
        phases: int,
    ) -> "Piece":
        """Rows of the same learners, columns and outputs as these.

        Args:
            y: labels, as in `Scoreboard.update`.
            predictions: by learner, as there.
            phase: codes, as there.
            phases: how many there are.

        Raises:
            ValueError: if a learner is missing or unknown, or if a shape or a phase is wrong.
        """
        if set(predictions) != set(self.predictions):
            raise ValueError(
                f"Expected predictions of {sorted(self.predictions)}; got {sorted(predictions)}; "
                "try NaN where a learner made none."
            )
        shapes = {"labels": (y, self.y)}
        shapes |= {f"predictions of {n}": (predictions[n], p) for n, p in self.predictions.items()}
        for what, (array, mine) in shapes.items():
            if array.shape != (len(y), mine.shape[1]):
                raise ValueError(
                    f"Expected {what} of shape {(len(y), mine.shape[1])}; got {array.shape}; try "
                    "one column per target, or per class."
                )
        made = {name: predictions[name].astype(np.float64) for name in self.predictions}
        return Piece(y.astype(np.float64), made, _codes(len(y), phase, phases))

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


def _codes(rows: int, phase: np.ndarray | None, phases: int) -> np.ndarray:
    """The phase of each row, -1 for none."""
    if (phase is None) == bool(phases) or (phase is not None and phase.shape != (rows,)):
        raise ValueError(
            f"Expected {'a phase for each row' if phases else 'no phase'}; got "
            f"{None if phase is None else phase.shape}; try codes of shape {(rows,)} with names "
            "for them, or neither."
        )
    if phase is None:
        return np.full(rows, -1)
    if rows and not -1 <= phase.min() <= phase.max() < phases:
        raise ValueError(
            f"Expected phases -1 ... {phases - 1}; got {phase.min()} ... {phase.max()}; try a "
            "name for each."
        )
    return phase.astype(np.int64)
