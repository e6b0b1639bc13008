"""What each member of a mixture has lost, how much it was trusted, and what it has cost."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from onward.evaluate.state import State, entries_under, nest
from onward.learning.info import StepInfo
from onward.learning.state import LearnerState
from onward.mixing import Losses
from onward.mixtures.mixture import Mixture
from onward.runs.plan import Plan
from onward.runs.trust import Trust


class Standing:
    """Where the members of a mixture stand, in constant memory.

    What they have lost is counted in the state of the mixture itself.

    Args:
        plan: of the run.
        learner: the mixture.
    """

    def __init__(self, plan: Plan, learner: Mixture):
        self.plan, self.learner = plan, learner
        self.trust = Trust(learner.names)
        self._seconds = np.zeros(len(learner.learners))

    def add(self, info: StepInfo, seconds: Sequence[float]) -> None:
        """Add the next rows.

        Args:
            info: of the mixture at them.
            seconds: that each learner took; none where these are not to count.
        """
        predicted = np.asarray(np.isfinite(info.prediction)).any(axis=1)
        self.trust.add(np.asarray(info.diagnostics), np.asarray(predicted))
        if seconds:
            self._seconds += seconds

    def result(self, state: LearnerState, fresh: bool) -> dict[str, Any]:
        """The members, how much the mixture lost to the best of them, and whom it trusted when.

        Args:
            state: of the mixture, after the last row.
            fresh: whether the mixture began with the first row of the run.

        Returns:
            "members", "regret" and "trust", as they are in `metrics.json`.
        """
        learner, whole = self.learner, self._seconds.sum()
        lost: Losses = state.fields.around.ledger.read()
        spent = dict(zip(learner.learners, self._seconds, strict=True)) if whole else {}
        members = [
            {
                "name": name,
                "kind": "learner" if name in learner.learners else "forecaster",
                "loss": _per_label(loss, lost),
                "trust": mean,
                "seconds_share": float(spent[name] / whole) if name in spent else None,
            }
            for name, loss, mean in zip(learner.names, lost.members, self.trust.means, strict=True)
        ]
        return {
            "members": members,
            "regret": self._regret(lost, fresh),
            "trust": self.trust.result(),
        }

    def state(self) -> State:
        """All that the next rows need, as a flat dictionary of arrays."""
        return {"seconds": self._seconds.copy(), **nest("trust", self.trust.state())}

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Go on from the `state()` of the same mixture."""
        self._seconds = arrays["seconds"].copy()
        self.trust.restore(entries_under("trust", arrays))

    def _regret(self, lost: Losses, fresh: bool) -> dict[str, Any]:
        """Per label, None before any; the bound only where it is one."""
        learner, best = self.learner, int(lost.members.argmin())
        proven = fresh and self.plan.info.weight_name is None
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
