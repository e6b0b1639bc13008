"""What each member of a mixture has lost, how much it was trusted, and what it has cost."""

from typing import Any

from onward.learning.mixture import Mixture
from onward.learning.state import LearnerState
from onward.mixing import Losses
from onward.runs.plan import Plan
from onward.runs.trust import Trust


def standing(
    plan: Plan,
    learner: Mixture,
    state: LearnerState,
    trust: Trust,
    seconds: dict[str, float],
    fresh: bool,
) -> dict[str, Any]:
    """The members of a mixture, how much it lost to the best of them, and whom it trusted when.

    Args:
        plan: of the run.
        learner: the mixture.
        state: after the last row.
        trust: in its members.
        seconds: that each learner has taken; empty while all have done nothing but compile.
        fresh: whether the mixture began with this run.

    Returns:
        "members", "regret" and "trust", as they are in `metrics.json`.
    """
    lost: Losses = state.fields.around.ledger.read()
    whole = sum(seconds.values())
    members = [
        {
            "name": name,
            "kind": "learner" if name in learner.learners else "forecaster",
            "loss": _per_label(loss, lost),
            "trust": mean,
            "seconds_share": seconds[name] / whole if whole and name in seconds else None,
        }
        for name, loss, mean in zip(learner.names, lost.members, trust.means, strict=True)
    ]
    regret = _regret(plan, learner, lost, fresh)
    return {"members": members, "regret": regret, "trust": trust.result()}


def _regret(plan: Plan, learner: Mixture, lost: Losses, fresh: bool) -> dict[str, Any]:
    """Per label, None before any; the bound only where it is one."""
    best = int(lost.members.argmin())
    proven = fresh and plan.info.weight_name is None
    bound = learner.regret_bound(lost.labels) if proven and lost.labels else None
    return {
        "labels": lost.labels,
        "unit": "nats" if learner.table.classes else "half squares of the usual error",
        "loss": _per_label(lost.mixture, lost),
        "best": learner.names[best] if lost.labels else None,
        "lost_to_best": _per_label(lost.mixture - float(lost.members[best]), lost),
        "bound": None if bound is None else bound / lost.labels,
    }


def _per_label(total: float, lost: Losses) -> float | None:
    return float(total / lost.labels) if lost.labels else None
