"""When the labels of a session reach a decoder."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from onward._names import canonical
from onward.decoding.opponents.refit import intended_velocity
from onward.decoding.timing import told_after_delay, told_after_trial, told_in_calibration
from onward.recordings import RecordingError, Session

Timing = Literal["every-bin", "after-trial", "calibration-only", "late", "inferred"]
# What the number after the colon is, where there is one.
UNITS = {"calibration-only": "seconds", "late": "bins", "inferred": "radius"}
DEFAULTS = {"calibration-only": 120.0, "late": 20.0, "inferred": 0.0}
LEAST = {"calibration-only": 1.0, "late": 1.0, "inferred": 0.0}


@dataclass(frozen=True)
class Labels:
    """When a label is told, and whether it is one that was recorded.

    Args:
        timing: "every-bin": after the prediction of its bin. "after-trial": all those of a trial
            after its last bin. "calibration-only": after their bins at the start of a session, and
            none later. "late": some bins after their own. "inferred": after the trial, and not
            those that were recorded: as fast as the decoder's own prediction, toward the goal; see
            `intended_velocity`.
        amount: seconds of "calibration-only", bins of "late", the target's radius of "inferred" in
            units of the position; None for 120 s, 20 bins, or 0.

    Raises:
        ValueError: an unknown timing, or an amount that is none.
    """

    timing: Timing = "every-bin"
    amount: float | None = None

    def __post_init__(self):
        if self.timing not in get_args(Timing):
            raise ValueError(
                f"Expected labels among {', '.join(get_args(Timing))}; got {self.timing!r}. Try "
                "every-bin, or late:20."
            )
        unit = UNITS.get(self.timing)
        if self.amount is None and unit:
            object.__setattr__(self, "amount", DEFAULTS[self.timing])
        fits = self.amount is None if unit is None else self._fits(self.amount)
        if not fits:
            wanted = "without a number"
            if unit:
                wanted = f"with a number ({unit}), {LEAST[self.timing]:g} or more"
            hint = f"{self.timing}:{DEFAULTS[self.timing]:g}" if unit else self.timing
            raise ValueError(
                f"Expected labels {self.timing} {wanted}; got {self.amount!r}. Try {hint}."
            )

    def _fits(self, amount: float | None) -> bool:
        if amount is None or not np.isfinite(amount) or amount < LEAST[self.timing]:
            return False
        return self.timing != "late" or amount == int(amount)

    @classmethod
    def parse(cls, text: str) -> "Labels":
        """From "late:20", "calibration-only:120" or a timing alone.

        Raises:
            ValueError: text that is none of these.
        """
        timing, colon, number = text.strip().partition(":")
        timing = canonical("timing of labels", timing, get_args(Timing))
        try:
            amount = float(number) if colon else None
        except ValueError:
            raise ValueError(
                f"Expected a number after the colon of labels; got {text!r}. Try late:20."
            ) from None
        return cls(timing, amount)  # pyright: ignore[reportArgumentType]

    def __str__(self) -> str:
        return self.timing if self.amount is None else f"{self.timing}:{self.amount:g}"

    @property
    def delay(self) -> int:
        """Bins between a label's own and the one after whose prediction it is told."""
        return int(self.amount or 0) if self.timing == "late" else 0

    @property
    def by_trial(self) -> bool:
        """Whether the labels of a trial are told together, after its last bin."""
        return self.timing in ("after-trial", "inferred")

    def check(self, session: Session) -> None:
        """Refuse a session whose labels cannot be told so.

        Raises:
            RecordingError: it has no trials where labels come after them, or no goal where labels
                are inferred from it.
        """
        numbered = session.trial is not None and (session.trial >= 0).any()
        if self.by_trial and not numbered and session.start.sum() < 2:
            raise RecordingError(
                f"Expected trials in session {session.name!r}, after which labels are told; got "
                "none. Try --labels every-bin, or late:20."
            )
        if self.timing != "inferred":
            return
        goal, axes = session.goal, session.targets.shape[1]
        if goal is None or goal.shape[1] != axes:
            got = "none" if goal is None else f"{goal.shape[1]}"
            raise RecordingError(
                f"Expected a goal of {axes} axes, as the target has, in session "
                f"{session.name!r}; got {got}. Try --goal with the signal that says where the "
                "target was."
            )

    def told(self, session: Session) -> np.ndarray:
        """For each label the row after whose prediction it is told, shape (T,); T or more: never.

        Args:
            session: with the labels.
        """
        rows = len(session)
        if self.by_trial:
            return told_after_trial(session.start, session.trial)
        if self.timing == "calibration-only":
            return told_in_calibration(rows, round((self.amount or 0) / session.bin_s))
        return told_after_delay(rows, self.delay)

    def lesson(self, session: Session, rows: slice, decoded: np.ndarray) -> np.ndarray:
        """The labels of a trial, told after it; NaN where there is none, shape (rows, targets).

        Args:
            session: with goals, where labels are inferred.
            rows: of the trial.
            decoded: what the decoder predicted of them with no label of the trial.
        """
        labels = session.targets[rows]
        if self.timing == "inferred":
            assert session.goal is not None and session.position is not None
            # Where the cursor was when the bin began is where the one before has ended.
            before = np.full_like(session.position, np.nan)
            before[1:] = session.position[:-1]
            before[session.start] = np.nan
            labels = intended_velocity(decoded, before[rows], session.goal[rows], self.amount or 0)
        known = session.scored[rows, None]
        return np.where(known, labels, np.nan).astype(session.targets.dtype)
