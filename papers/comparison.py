"""Methods beside their controls: errors after a shift, and what part of exact credit's gain."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from papers.lab import Lab
from papers.regime import Fixed, Tuned
from papers.result import Row, Table
from papers.setting import FROZEN, Method, Setting

RECOVERY = "recovery, %"


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

    Args:
        lab: runs them.
        setting: what shifts.
        methods: besides the controls.
        regime: chooses their learning rates.
        exact: what counts as 100 %.
    """
    measures = setting.task.measures
    frozen, reference = lab.errors(setting, FROZEN, 0.0), regime.errors(lab, setting, exact)
    rows = [_row("frozen", frozen, frozen, reference[1])]
    controls = [
        Method("readout-only", exact.optimizer),
        replace(exact, plastic="all"),
        exact.holding_readout(),
    ]
    for method in dict.fromkeys([*controls, *methods]):
        rate, errors = regime.errors(lab, setting, method)
        rows.append(_row(method.name, errors, frozen, reference[1], note=f"rate {rate:g}"))
    for name, errors in lab.opponents(setting).items():
        rows.append(_row(name, errors, frozen, reference[1]))
    scaled = lab.scaled(setting)
    title = f"{scaled.task.about}: {scaled.cell} of {scaled.size}, {regime.name}"
    return Table(title, (*measures, *(f"{RECOVERY} ({name})" for name in measures)), tuple(rows))


def recovered(table: Table, name: str, exact: str) -> Row:
    """Recovery of each seed against the same seed's exact credit."""
    frozen, errors, best = (np.array(table[one].values[0]) for one in ("frozen", name, exact))
    return Row.of(name, recovery(errors, frozen, best))


def pooled(table: Table, name: str, exact: str) -> Row:
    """Recovery of each seed against the mean gain of exact credit over the seeds: where exact
    credit fails with one seed, that seed does not decide."""
    frozen, errors = table["frozen"].mean(), np.array(table[name].values[0])
    return Row.of(name, 100 * (frozen - errors) / (frozen - table[exact].mean()))


def _row(
    name: str, errors: np.ndarray, frozen: np.ndarray, exact: np.ndarray, note: str = ""
) -> Row:
    return Row.of(name, *errors.T, *recovery(errors, frozen, exact).T, note=note)
