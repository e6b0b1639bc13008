"""A network that predicts and does not learn."""

from onward.learning.learner import Learner
from onward.rules import Frozen
from onward.scales import Still


def still(learner: Learner) -> Learner:
    """The same network, whose weights and scales stand still."""
    scales = {"inputs": Still(learner.parts.input_scale)}
    if learner.parts.loss.scaled:
        scales["targets"] = Still(learner.parts.target_scale)
    return learner.replace(rule=Frozen(), scale=scales)
