"""How many labels lie within the intervals that were given for them, and how wide these are."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from onward.evaluate.scoreboard import Scoreboard
from onward.evaluate.state import State

NUMBERS = ("coverage", "width")


class IntervalScores:
    """Coverage and mean width of intervals: overall, by quarter, and by phase.

    Coverage is the share of the labels within, ends included. A (row, target) counts where its
    label is finite and it has an interval. Both numbers are averaged uniformly over the targets;
    the width is in their units.

    Both are means over labels, and so is the mean absolute error: a `Scoreboard` keeps them as
    that of two predictions of 0, how many labels are missed and how wide the interval is. So
    quarters, phases, memory and resumed scores are as there.

    Args:
        targets: how many there are.
        phases: names of phases, by their codes.
    """

    def __init__(self, targets: int, phases: Sequence[str] = ()):
        self._board = Scoreboard("regression", targets, NUMBERS, phases)

    def update(
        self,
        first_target_row: int,
        y: np.ndarray,
        low: np.ndarray,
        high: np.ndarray,
        phase: np.ndarray | None = None,
    ) -> None:
        """Score consecutive target rows.

        Args:
            first_target_row: as in `Scoreboard.update`.
            y: labels of these rows, shape (rows, targets), NaN where missing.
            low: lower ends of their intervals, of the same shape; NaN where there is none.
            high: upper ends likewise.
            phase: as in `Scoreboard.update`.

        Raises:
            ValueError: as there.
        """
        y, low, high = (values.astype(np.float64) for values in (y, low, high))
        if not y.shape == low.shape == high.shape:
            raise ValueError(
                f"Expected ends of intervals of shape {y.shape}, as the labels; got {low.shape} "
                f"and {high.shape}. Try NaN where there is no interval."
            )
        scored = np.isfinite(y) & ~np.isnan(low) & ~np.isnan(high)
        missed = np.where(scored, (y < low) | (y > high), np.nan)
        # Ends without bound are no width of a number.
        with np.errstate(invalid="ignore"):
            width = np.where(scored, high - low, np.nan)
        nothing = np.where(scored, 0.0, np.nan)
        self._board.update(first_target_row, nothing, {"coverage": missed, "width": width}, phase)

    def result(self) -> dict[str, Any]:
        """`overall`, `quarters` and, with phases, `phases`: of each `scored`, `coverage` and
        `width`, None where nothing is scored; `overall` has `per_target`, a list of each."""
        found = self._board.result()["learners"]
        missed, width = (found[name] for name in NUMBERS)
        overall = _told(missed["overall"], width["overall"])
        each = {"coverage": missed, "width": width}
        per_target = {name: one["overall"]["per_target"]["mae"] for name, one in each.items()}
        per_target["coverage"] = [_rest(share) for share in per_target["coverage"]]
        parts = [part for part in ("quarters", "phases") if part in missed]
        return {
            "overall": {**overall, "per_target": per_target},
            **{
                part: [_told(*pair) for pair in zip(missed[part], width[part], strict=True)]
                for part in parts
            },
        }

    def state(self) -> State:
        """All that has been accumulated, as a flat dictionary of arrays."""
        return self._board.state()

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Continue from a state; see `Scoreboard.restore`."""
        self._board.restore(state)


def _told(missed: Mapping[str, Any], width: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "scored": missed["scored"],
        "coverage": _rest(missed["mae"]),
        "width": width["mae"],
    }


def _rest(share: float | None) -> float | None:
    return None if share is None else 1 - share
