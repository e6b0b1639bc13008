"""Over how wide a range of learning rates a method recovers."""

from collections.abc import Sequence

import numpy as np

from papers.comparison import RECOVERY, judged, recovery
from papers.lab import Lab, grown
from papers.regime import FIXED, RATES
from papers.result import Row, Table
from papers.setting import FROZEN, Method, Setting

# Recovery that counts as much, in per cent; rates beyond each end of the usual grid.
MUCH, BEYOND = 80.0, 2


def over_rates(lab: Lab, setting: Setting, methods: Sequence[Method], exact: Method) -> Table:
    """Errors and recovery at each rate of a wide grid, two rates a decade.

    Args:
        lab: runs them.
        setting: what shifts.
        methods: one part of the table each.
        exact: what counts as 100 %, at the fixed rate.
    """
    frozen = lab.errors(setting, FROZEN, 0.0)[:, 0]
    best = FIXED.errors(lab, setting, exact)[1][:, 0]
    rows = []
    for method in methods:
        rates = wide(method)
        for rate, errors in zip(rates, lab.sweep(setting, method, rates)[..., 0], strict=True):
            name = named(method, rate)
            rows.append(Row.of(name, errors, recovery(errors, frozen, best)))
    scaled = lab.scaled(setting)
    title = f"{scaled.task.about}: {scaled.cell} of {scaled.size}, one rate after the other"
    return Table(title, (setting.task.measures[0], RECOVERY), tuple(rows))


def wide(method: Method) -> tuple[float, ...]:
    """The rates that a method is tried at, in ascending order."""
    rates = RATES[method.optimizer]
    return (*reversed(grown(rates, BEYOND, -1)), *rates, *grown(rates, BEYOND, 1))


def named(method: Method, rate: float) -> str:
    """A row of the table."""
    return f"{method.name}, rate {rate:g}"


def window(table: Table, method: Method) -> tuple[float, ...]:
    """The longest run of neighbouring rates with a mean recovery of `MUCH` and more; may be
    empty."""
    longest, current = (), ()
    for rate in wide(method):
        current = (*current, rate) if judged(table, named(method, rate)).mean() >= MUCH else ()
        longest = max(longest, current, key=len)
    return longest


def told(table: Table, methods: Sequence[Method]) -> str:
    """Each method's window in words, with its width in decades."""
    parts = []
    for method in methods:
        rates, name = window(table, method), method.name.removesuffix(", readout held")
        if not rates:
            parts.append(f"{name} at no rate")
        elif len(rates) == 1:
            parts.append(f"{name} at {rates[0]:g} alone")
        else:
            width = np.log10(rates[-1] / rates[0])
            parts.append(f"{name} from {rates[0]:g} to {rates[-1]:g} ({width:.1f} decades)")
    return f"{MUCH:.0f} % and more recover " + "; ".join(parts)
