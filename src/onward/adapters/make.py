"""The learner inside an estimator."""

from typing import Any

import jax

from onward._checks import check_integer
from onward.learning.default_mixture import default_mixture
from onward.learning.inputs import Missing
from onward.learning.learner import Learner
from onward.learning.mixture import Mixture
from onward.losses import AbstractLoss
from onward.rules import AbstractRule
from onward.runs.members import CELLS, named, parse_rule


def make(
    features: int,
    targets: int,
    loss: AbstractLoss,
    *,
    cell: str,
    size: int,
    rule: str | AbstractRule,
    optimizer: Any,
    learning_rate: Any,
    feedback: bool,
    members: int | None,
    seed: int,
    horizon: int = 0,
    missing: Missing = "mean",
) -> Learner | Mixture:
    """The learner that `onward run` makes of the same settings, which are those of an estimator.

    So many features come in. A label has so many targets, one for a class. The loss also says how
    many outputs there are.

    Raises:
        ValueError: a setting that does not fit.
    """
    check_integer("horizon", horizon, least=0, example=0)
    check_members(members)
    common: dict[str, Any] = {
        "loss": loss,
        "rule": rule if isinstance(rule, AbstractRule) else parse_rule(rule),
        "optimizer": optimizer,
        "learning_rate": learning_rate,
        "delay": horizon,
        "feedback": feedback,
        "missing": missing,
    }
    kind, key = named("cell", cell, CELLS), jax.random.key(seed)
    if members is None:
        return default_mixture(features, targets, key=key, cell=kind, size=size, **common)
    width = features + (loss.width(targets) if feedback else 0)
    return Learner(kind(width, size, key=key), targets, **common)


def check_members(members: Any) -> None:
    """Raise ValueError unless it is one network or the mixture."""
    if members is not None and (isinstance(members, bool) or members != 1):
        raise ValueError(
            f"Expected one network or, with None, the mixture; got members={members!r}. Try "
            "members=None."
        )
