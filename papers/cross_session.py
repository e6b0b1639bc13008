"""The protocol of the claims on primate cortex: one pair of days, months apart, and all of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from papers.comparison import BY_ERRORS, RECOVERY, beside, compare, gains_little, judged
from papers.lab import Lab
from papers.regime import FIXED, Fixed, Tuned
from papers.result import Figure, Row, Table, shown
from papers.setting import EXACT, FROZEN, Method, Setting
from papers.tasks import ClosedLoop, CortexShift

SPARSE = Method("sparse-rtrl:k=4", "adam")
SHARED = Method("sparse-rtrl:k=4,support=shared", "adam")
IMMEDIATE = Method("immediate", "rmsprop-corrected")
PLAIN = Method("immediate", "sgd")
TRACE = Method("eligibility-trace:decay=0.95", "sgd")
METHODS = (SPARSE, SHARED, IMMEDIATE, PLAIN, TRACE)

PAIR = Setting(CortexShift())
TAMPERED = Setting(ClosedLoop())
DAYS = ("2012-09-04", "2012-09-05", "2012-09-10", "2012-09-12", "2012-10-18")
AUGUST = Tuned(CortexShift(test="2012-08-29"))
RIDGE = "ridge, refitted"
NOTES = (
    "Another monkey and another task than the paper's, three months instead of seven.",
    "Every network adapts on the first 80 % of the test day and is scored, frozen, on the rest. "
    "Repeating the last label is no decoder: it is told the velocities of the rest.",
    "The closed loop is another monkey, whose counts the experimenters changed on one day; there "
    "is no other such day to tune learning rates on. There the direction to the target stays the "
    "same through a trial, so that the last label tells it.",
    "The quick run has one test day, the full run all days of September and October.",
)
REGIMES = ("one rate", "tuned", "tuned, mean of all days", "closed loop, one rate")


@dataclass(frozen=True)
class CrossSession:
    """Training in July; the test months later, after a change of which neurons are recorded.

    Attributes:
        pair: the days of training, and the test day that is looked at closely.
        tampered: known changes of the recording, within a day.
        days: the test days whose mean is reported beside it, in the full run.
        fixed: one learning rate.
        tuned: learning rates tuned on a day that is never scored.
    """

    pair: Setting = PAIR
    tampered: Setting = TAMPERED
    days: tuple[str, ...] = DAYS
    fixed: Fixed = FIXED
    tuned: Tuned = AUGUST

    @property
    def files(self) -> tuple[str, ...]:
        """The recordings."""
        tuned = replace(self.pair, task=self.tuned.validation)
        tests = (*self._settings(self.days), tuned, self.tampered)
        return tuple(dict.fromkeys(name for one in tests for name in one.task.files))

    def tables(self, lab: Lab) -> tuple[Table, ...]:
        """The pair in both regimes, the mean of all days and each, and the known changes; errors
        come first."""
        days = self.days if lab.factor == 1 else self.days[-1:]
        return (
            compare(lab, self.pair, METHODS, self.fixed, exact=EXACT),
            compare(lab, self.pair, METHODS, self.tuned, exact=EXACT),
            self._over(lab, days),
            compare(lab, self.tampered, METHODS, self.fixed, exact=EXACT),
        )

    def _settings(self, days: Sequence[str]) -> list[Setting]:
        return [replace(self.pair, task=replace(self.pair.task, test=day)) for day in days]

    def _over(self, lab: Lab, days: Sequence[str]) -> Table:
        settings = self._settings(days)
        errors = {"frozen": _first(lab.errors(one, FROZEN, 0.0) for one in settings)}
        for method in (Method("readout-only", EXACT.optimizer), EXACT, *METHODS):
            rate, _ = self.tuned.errors(lab, self.pair, method)
            errors[method.name] = _first(lab.errors(one, method, rate) for one in settings)
        beaten = [lab.opponents(one) for one in settings]
        errors |= {name: _first(one[name] for one in beaten) for name in beaten[0]}
        frozen, exact = (errors[name].mean(axis=0) for name in ("frozen", EXACT.name))
        rows = [
            Row.of(name, found.mean(axis=0), beside(found.mean(axis=0), frozen, exact), *found)
            for name, found in errors.items()
        ]
        title = f"1 - R² on each day, {self.tuned.name}"
        kind = BY_ERRORS if gains_little(frozen, exact) else RECOVERY
        return Table(title, ("mean", kind, *days), tuple(rows))


SESSIONS = CrossSession()


def recovered(table: Table, method: Method) -> tuple[float, str]:
    """The mean recovery, and with its spread as text."""
    kinds = (RECOVERY, BY_ERRORS)
    column = next(i for i, name in enumerate(table.columns) if name.startswith(kinds))
    row = judged(table, method.name, column)
    return row.mean(), shown(row)


def explained(table: Table, name: str) -> str:
    """R² of x and y, as text, of the pair of days."""
    return "/".join(f"{1 - table[name].mean(column):.2f}" for column in (1, 2))


def drawn(reference: float) -> Figure:
    """Recovery on the pair of days, a bar a method."""
    return Figure(
        "bars",
        "Recovery months after the training, primate cortex",
        ylabel=RECOVERY,
        tables=(0, 1),
        column=3,
        reference=reference,
    )


def _first(errors: Iterable[np.ndarray]) -> np.ndarray:
    """The first measure, shape (days, seeds)."""
    return np.stack([one[:, 0] for one in errors])
