"""The obvious opponents. A learner that does not beat them has learnt nothing worth having."""

from onward.evaluate.baselines.base import AbstractBaseline
from onward.evaluate.baselines.last_label import LastLabel
from onward.evaluate.baselines.online_linear import OnlineLinear
from onward.evaluate.baselines.running_mean import RunningMean
from onward.streams.base import Task

__all__ = [
    "BASELINES",
    "AbstractBaseline",
    "LastLabel",
    "OnlineLinear",
    "RunningMean",
    "standard_baselines",
]

# One row each, in the order of the tables.
BASELINES: list[type[AbstractBaseline]] = [LastLabel, RunningMean, OnlineLinear]


def standard_baselines(
    task: Task, features: int, outputs: int, horizon: int
) -> dict[str, AbstractBaseline]:
    """The baselines that every run is compared with, by name.

    Args:
        task: `"regression"` or `"classification"`.
        features: columns of x.
        outputs: columns of a prediction: the number of targets, or of classes.
        horizon: rows between a prediction and its target row, >= 0.
    """
    members = [kind(task, features, outputs, horizon) for kind in BASELINES]
    return {member.name: member for member in members}
