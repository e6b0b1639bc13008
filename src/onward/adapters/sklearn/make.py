"""The learner inside an estimator."""

from typing import Any

import jax

from onward._checks import check_integer
from onward.learning.inputs import Missing
from onward.learning.learner import Learner
from onward.losses import AbstractLoss
from onward.runs.members import CELLS, named, parse_rule


def make(
    features: int,
    targets: int,
    loss: AbstractLoss,
    *,
    cell: str,
    size: int,
    rule: str,
    optimizer: Any,
    learning_rate: Any,
    horizon: int,
    feedback: bool,
    missing: Missing,
    members: int,
    seed: int,
) -> Learner:
    """The learner that `onward run` makes of the same settings, which are those of an estimator.

    So many features come in. A label has so many targets, one for a class. The loss also says how
    many outputs there are.

    Raises:
        ValueError: a setting that does not fit.
    """
    check_integer("horizon", horizon, least=0, example=0)
    if members != 1:
        raise ValueError(f"Expected one network; got members={members!r}. Try members=1.")
    width = features + (loss.outputs(targets) if feedback else 0)
    network = named("cell", cell, CELLS)(width, size, key=jax.random.key(seed))
    return Learner(
        network,
        targets,
        loss=loss,
        rule=parse_rule(rule),
        optimizer=optimizer,
        learning_rate=learning_rate,
        delay=horizon,
        feedback=feedback,
        missing=missing,
    )
