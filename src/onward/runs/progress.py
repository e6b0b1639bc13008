"""How far a run has come, for those who wait for it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """How far a run has come.

    Attributes:
        row: rows passed.
        length: rows in all; None where nobody knows.
        samples_per_second: of the learner alone; None while it has done nothing but compile.
        score: R² or accuracy of the learner over the last rows; None before any.
    """

    row: int
    length: int | None
    samples_per_second: float | None
    score: float | None
