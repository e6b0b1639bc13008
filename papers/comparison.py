"""Methods beside their controls: errors after a shift, and what part of exact credit's gain."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from papers.lab import Lab
from papers.regime import Fixed, Tuned
from papers.result import Row, Table
from papers.setting import FROZEN, Method, Setting

RECOVERY = "recovery, %"
# In its place where exact credit gains less than this share of the frozen error: the quotient
# then says nothing, and who errs little more than exact credit counts as recovered.
LITTLE, WITHIN = 0.1, 110.0
BY_ERRORS = "error, % of exact credit's"


def gains_little(frozen: np.ndarray, exact: np.ndarray) -> bool:
    """Whether exact credit gains too little for recovery to mean something, by mean errors."""
    return not np.mean(frozen) - np.mean(exact) >= LITTLE * np.mean(frozen)


def recovery(errors: np.ndarray, frozen: np.ndarray, exact: np.ndarray) -> np.ndarray:
    """100·(frozen - error)/(frozen - exact), for each seed."""
    with np.errstate(invalid="ignore", divide="ignore"):
        found = 100 * (frozen - errors) / (frozen - exact)
    return np.where(np.isnan(found), -np.inf, found)


def compare(
    lab: Lab,
    setting: Setting,
    methods: Sequence[Method],
    regime: Fixed | Tuned,
    *,
    exact: Method,
) -> Table:
    """The methods' errors and recovery, with every control beside them.

    Controls: nothing learns; only the readout learns; exact credit, with the readout learning and
    held; the newest label repeated; a linear model on lagged inputs that learns online; the
    task's own opponents.

    A measure in which exact credit gains less than a tenth of the frozen error has, in place of
    recovery, the error by exact credit's mean, in per cent.

    Args:
        lab: runs them.
        setting: what shifts.
        methods: besides the controls.
        regime: chooses their learning rates.
        exact: what counts as 100 %.
    """
    measures = setting.task.measures
    frozen, reference = lab.errors(setting, FROZEN, 0.0), regime.errors(lab, setting, exact)[1]
    rows = [_row("frozen", frozen, frozen, reference)]
    controls = [
        Method("readout-only", exact.optimizer),
        replace(exact, plastic="all"),
        exact.holding_readout(),
    ]
    for method in dict.fromkeys([*controls, *methods]):
        rate, errors = regime.errors(lab, setting, method)
        note = regime.note(method, rate)
        rows.append(_row(method.name, errors, frozen, reference, note=note))
    for name, errors in lab.opponents(setting).items():
        rows.append(_row(name, errors, frozen, reference))
    scaled = lab.scaled(setting)
    title = f"{scaled.task.about}: {scaled.cell} of {scaled.size}, {regime.name}"
    beside_them = (
        f"{BY_ERRORS if gains_little(*pair) else RECOVERY} ({name})"
        for name, *pair in zip(measures, frozen.T, reference.T, strict=True)
    )
    return Table(title, (*measures, *beside_them), tuple(rows))


def beside(errors: np.ndarray, frozen: np.ndarray, exact: np.ndarray) -> np.ndarray:
    """Recovery of each seed or, where exact credit gains little, the error in per cent of exact
    credit's mean; of one measure, each of shape (seeds,)."""
    if gains_little(frozen, exact):
        with np.errstate(invalid="ignore"):
            return 100 * np.nan_to_num(errors / np.mean(exact), nan=np.inf, posinf=np.inf)
    return recovery(errors, frozen, exact)


def judged(table: Table, name: str, column: int = 1) -> Row:
    """Recovery of each seed, as claims judge it.

    Where the column has errors in per cent of exact credit's instead, a method recovers all of it
    if its mean error is at most a tenth above, and else nothing.
    """
    row = Row.of(name, table[name].values[column])
    return _all_or_nothing(row) if table.columns[column].startswith(BY_ERRORS) else row


def recovered(table: Table, name: str, exact: str) -> Row:
    """Recovery of each seed against the same seed's exact credit, as claims judge it."""
    frozen, errors, best = (np.array(table[one].values[0]) for one in ("frozen", name, exact))
    row = Row.of(name, beside(errors, frozen, best))
    return _all_or_nothing(row) if gains_little(frozen, best) else row


def pooled(table: Table, name: str, exact: str) -> Row:
    """Recovery of each seed against the mean gain of exact credit over the seeds, as claims judge
    it: where exact credit fails with one seed, that seed does not decide."""
    frozen, errors, best = (np.array(table[one].values[0]) for one in ("frozen", name, exact))
    return Row.of(name, of_mean_gain(errors, frozen, best))


def of_mean_gain(errors: np.ndarray, frozen: np.ndarray, exact: np.ndarray) -> np.ndarray:
    """Recovery of each seed against exact credit's mean gain, as claims judge it."""
    if gains_little(frozen, exact):
        row = _all_or_nothing(Row.of("", beside(errors, frozen, exact)))
        return np.array(row.values[0])
    return 100 * (frozen.mean() - errors) / (frozen.mean() - exact.mean())


def _all_or_nothing(row: Row) -> Row:
    level = 100.0 if row.mean() <= WITHIN else 0.0
    return Row.of(row.name, [level] * len(row.values[0]))


def _row(
    name: str, errors: np.ndarray, frozen: np.ndarray, exact: np.ndarray, note: str = ""
) -> Row:
    parts = [beside(*one) for one in zip(errors.T, frozen.T, exact.T, strict=True)]
    if gains_little(frozen[:, 0], exact[:, 0]):
        gain = 100 * (1 - np.mean(exact[:, 0]) / np.mean(frozen[:, 0]))
        note = f"{note}{'; ' if note else ''}judged by errors: exact credit gains {gain:.0f} %"
    return Row.of(name, *errors.T, *parts, note=note)
