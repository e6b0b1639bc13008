"""The members of a mixture: whom it trusted, what each has lost, and what each has cost."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from onward.evaluate import Metric
from onward.evaluate.metrics.metric import MISSING
from onward.report.settings import listed
from onward.report.table import Cell, Kind, Row, Table, best_text, mixed

# Members that are named in a figure; the others are drawn together.
NAMED = 6
# Of the prediction: a learner that makes less of it would hardly be missed.
HARDLY = 0.02
# Members that the terminal names.
MOST_TRUSTED = 3


def shares_of(metrics: Mapping[str, Any]) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Names, the row at which each stretch of the stream ends, and each member's share in each
    stretch, shape (stretches, members): the positive part of the trust, all together 1."""
    trust = metrics["trust"]
    values = np.array(trust["values"], np.float64).reshape(-1, len(trust["names"]))
    positive = np.maximum(values, 0.0)
    return trust["names"], np.array(trust["rows"]), positive / positive.sum(axis=1, keepdims=True)


def leading(metrics: Mapping[str, Any]) -> list[str]:
    """The most trusted members over all rows, the first one most; `NAMED` at most."""
    names, rows, shares = shares_of(metrics)
    if not len(rows):
        return []
    means = np.average(shares, axis=0, weights=np.diff(rows, prepend=0))
    order = sorted(range(len(names)), key=lambda index: -means[index])
    return [names[index] for index in order[:NAMED] if means[index] > 0]


def members_table(metrics: Mapping[str, Any]) -> Table | None:
    """Loss, trust and share of the time of every member, the most trusted first, below the mixture;
    None of a network alone."""
    if not mixed(metrics):
        return None
    regret, members = metrics["regret"], _by_trust(metrics)
    metric = Metric("loss", f"loss in {regret['unit']}", higher_is_better=False, decimals=3)
    least = best_text(metric, [regret["loss"], *(one["loss"] for one in members)])

    def row(name: str, kind: Kind, loss: float | None, *shares: float | None) -> Row:
        text = metric.format(loss)
        told = (Cell(percent(share), best=False) for share in shares)
        return Row(name, name, kind, (Cell(text, text == least), *told))

    rows = [row("the mixture", "learner", regret["loss"], None, None)]
    for one in members:
        rows.append(row(one["name"], "part", one["loss"], one["trust"], one["seconds_share"]))
    notes = (
        "Trust is how much of the prediction a member makes, in the mean. It is negative where "
        "the prediction moves away from what a member says.",
        "Time is that of a learner's own passes by the clock, as a share of all learners'. Those "
        "that pass side by side share the CPUs. Forecasters are not timed.",
    )
    return Table(("", metric.header, "trust", "time"), tuple(rows), notes)


def trusted_sentence(metrics: Mapping[str, Any]) -> str | None:
    """Whom the mixture trusted most; None before any prediction."""
    known = [one for one in _by_trust(metrics) if one["trust"] is not None]
    told = [f"{one['name']} {percent(one['trust'])}" for one in known[:MOST_TRUSTED]]
    return f"trusted most: {', '.join(told)}" if told else None


def regret_sentence(metrics: Mapping[str, Any]) -> str | None:
    """What the mixture lost to its best member, and what theory allows; None before any label."""
    regret = metrics["regret"]
    lost, bound = regret["lost_to_best"], regret["bound"]
    if lost is None:
        return None
    verb, side = ("lost", "to") if lost >= 0 else ("gained", "on")
    nats = regret["unit"] == "nats"
    text = f"{verb} {abs(lost):.2g}{' nats' if nats else ''} a label {side} its best member in "
    text += f"hindsight, “{regret['best']}”" + ("" if nats else f", in {regret['unit']}")
    if bound is None:
        return text
    return f"{text}; by theory at most {bound:.2g} is lost where errors stay within it"


def idle_sentence(metrics: Mapping[str, Any]) -> str | None:
    """Learners that cost more than they gave, and what they cost; None where there are none."""
    trust = metrics["trust"]
    if not trust["rows"]:
        return None
    sizes = np.average(np.abs(trust["values"]), axis=0, weights=np.diff(trust["rows"], prepend=0))
    size = dict(zip(trust["names"], sizes, strict=True))
    idle = [
        one for one in metrics["members"] if one["kind"] == "learner" and size[one["name"]] < HARDLY
    ]
    if not idle:
        return None
    names, spent = listed([one["name"] for one in idle]), [one["seconds_share"] for one in idle]
    cost = "" if None in spent else f" They took {percent(sum(spent))} of the learners' time."
    return (
        f"Learners that made less than {100 * HARDLY:.0f} % of the prediction: {names}.{cost} "
        "Without them the prediction would hardly differ."
    )


def percent(share: float | None) -> str:
    """A share in words; of small ones a digit more."""
    if share is None:
        return MISSING
    digits = 0 if abs(share) >= 0.0995 else 1
    text = f"{100 * share:.{digits}f}"
    return f"{text if float(text) else '0'} %".replace("-", "−")


def _by_trust(metrics: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return sorted(metrics["members"], key=lambda one: -(one["trust"] or 0.0))
