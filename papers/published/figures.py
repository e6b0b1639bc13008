"""The peers' figures, and rows that hold ours beside them."""

import statistics
from dataclasses import dataclass

CLOSE = 0.1

# Cosine to exact RTRL; tanh RNN of 64, 8 lanes, Adam 1e-3, 20,000 steps (sketched-rtrl).
# Cosine to exact RTRL on Add(4, 6); tanh RNN of 32, SGD 1e-4, 6,000 steps, mean after step 1,000
# (vanilla-rtrl, run by us).
COSINES = {
    "copy": {"SnAp-1": 0.70, "KF-RTRL": 0.50, "RFLO": 0.34, "UORO": 0.04},
    "adding": {"SnAp-1": 0.61, "KF-RTRL": 0.50, "RFLO": 0.58, "UORO": 0.11},
    "add": {"RFLO": 0.70, "KeRNL": 0.68, "KF-RTRL": 0.39, "DNI": 0.21, "UORO": 0.05},
}
# Normalised mean squared error one sample ahead; the same network, 15,000 steps (sketched-rtrl).
ERRORS = {
    "henon": {"exact": 0.0052, "SnAp-1": 0.0052, "UORO": 0.66, "TBPTT": 0.031},
    "mackey-glass": {"exact": 0.0180, "SnAp-1": 0.0050, "UORO": 0.050, "TBPTT": 0.0080},
    "lorenz": {"exact": 0.0051, "SnAp-1": 0.0024, "UORO": 0.043, "TBPTT": 0.0054},
}
PUBLISHED = {**COSINES, **ERRORS}


@dataclass(frozen=True)
class Row:
    """One figure of ours, mean over seeds, beside the published one where there is one.

    Attributes:
        task, method: whose figure.
        form: in which form of the method or of the average; "" for the form that is compared.
        values: one a seed.
    """

    task: str
    method: str
    form: str
    values: list[float]

    @property
    def published(self) -> float | None:
        """The peer's figure."""
        return PUBLISHED[self.task].get(self.method)

    @property
    def ours(self) -> float:
        return statistics.fmean(self.values)

    @property
    def spread(self) -> float | None:
        """Standard deviation over seeds; None for one seed."""
        return statistics.stdev(self.values) if len(self.values) > 1 else None

    @property
    def difference(self) -> float | None:
        """Ours less theirs."""
        return None if self.published is None else self.ours - self.published

    @property
    def close(self) -> bool | None:
        """Whether two cosines are within .1 of each other; None where there are none."""
        if self.difference is None or self.task in ERRORS:
            return None
        return abs(self.difference) <= CLOSE

    def cells(self) -> list[str]:
        """The row in a table: method, form, theirs, ours, spread, seeds, difference, verdict."""
        digits = 4 if self.task in ERRORS else 2
        every = (self.published, self.ours, self.spread, self.difference)
        theirs, ours, spread, apart = (
            "" if number is None else f"{number:.{digits}f}" for number in every
        )
        verdict = {True: "within .1", False: "more than .1", None: ""}[self.close]
        seeds = str(len(self.values))
        return [self.method, self.form, theirs, ours, spread, seeds, apart, verdict]
