"""When the labels of a session reach a decoder."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from onward.decoding.timing import told_after_delay, told_after_trial, told_in_calibration
from onward.recordings import Session

Timing = Literal["every-bin", "after-trial", "calibration-only", "late"]
# What the number after the colon is, where there is one.
UNITS = {"calibration-only": "seconds", "late": "bins"}
DEFAULTS = {"calibration-only": 120.0, "late": 20.0}


@dataclass(frozen=True)
class Labels:
    """When a label is told.

    Args:
        timing: "every-bin": after the prediction of its bin. "after-trial": all those of a trial
            after its last bin. "calibration-only": after their bins at the start of a session, and
            none later. "late": some bins after their own.
        amount: seconds of "calibration-only", or bins of "late"; None for 120 s, or 20 bins.

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
            wanted = (
                f"labels {self.timing} with a number of {unit}, 1 or more"
                if unit
                else (f"labels {self.timing} without a number")
            )
            hint = f"{self.timing}:{DEFAULTS[self.timing]:g}" if unit else self.timing
            raise ValueError(f"Expected {wanted}; got {self.amount!r}. Try {hint}.")

    def _fits(self, amount: float | None) -> bool:
        whole = self.timing != "late" or amount == int(amount or 0)
        return amount is not None and np.isfinite(amount) and amount >= 1 and whole

    @classmethod
    def parse(cls, text: str) -> "Labels":
        """From "late:20", "calibration-only:120" or a timing alone.

        Raises:
            ValueError: text that is none of these.
        """
        timing, colon, number = text.strip().lower().partition(":")
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

    def told(self, session: Session) -> np.ndarray:
        """For each label the row after whose prediction it is told, shape (T,); T or more: never.

        Args:
            session: with the labels.
        """
        rows = len(session)
        if self.timing == "after-trial":
            return told_after_trial(session.start, session.trial)
        if self.timing == "calibration-only":
            return told_in_calibration(rows, round((self.amount or 0) / session.bin_s))
        return told_after_delay(rows, self.delay)
