"""A learner that predicts and does not learn."""

from typing import Any

from onward.learning.learner import Learner
from onward.mixtures.mixture import Mixture
from onward.rules import Frozen
from onward.scales import Still


def still(learner: Learner | Mixture) -> Learner | Mixture:
    """The same, with weights and scales that stand still; of a mixture the weighing, too."""
    if isinstance(learner, Mixture):
        members: dict[str, Any] = {
            name: still(one) if isinstance(one, Learner) else one
            for name, one in learner.members.items()
        }
        return Mixture(members, mixing=learner.table.mixing, learns=False)
    scales = {"inputs": Still(learner.parts.input_scale)}
    if learner.parts.loss.scaled:
        scales["targets"] = Still(learner.parts.target_scale)
    return learner.replace(rule=Frozen(), scale=scales)
