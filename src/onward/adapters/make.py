"""The learner inside an estimator."""

from typing import Any

import jax

from onward._checks import check_integer
from onward.learning.inputs import Missing
from onward.learning.learner import Learner
from onward.losses import AbstractLoss
from onward.mixtures.default_mixture import default_mixture
from onward.mixtures.mixture import Mixture
from onward.rules import AbstractRule
from onward.runs.members import CELLS, named, parse_rule

# None for the mixture, names for some of its members, 1 for one network.
Members = tuple[str, ...] | int | None


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
    members: Members,
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
    if members is None or isinstance(members, tuple):
        mixture = default_mixture(features, targets, key=key, cell=kind, size=size, **common)
        return mixture if members is None else picked(mixture, members)
    width = features + (loss.width(targets) if feedback else 0)
    return Learner(kind(width, size, key=key), targets, **common)


def check_members(members: Any) -> None:
    """Raise ValueError unless it is the mixture, one network, or names of members."""
    if members is None or (members == 1 and not isinstance(members, bool)):
        return
    if not (isinstance(members, tuple) and members and all(isinstance(n, str) for n in members)):
        raise ValueError(
            "Expected members as None for the mixture, 1 for one network, or a tuple of names; "
            f"got {members!r}. Try members=None."
        )


def picked(mixture: Mixture, names: tuple[str, ...]) -> Mixture:
    """A mixture of some members of another.

    Raises:
        ValueError: one is not among them.
    """
    for name in names:
        if name not in mixture.members:
            raise ValueError(
                f"Expected members among {', '.join(mixture.names)}; got {name!r}. Try "
                f"members=({mixture.names[0]!r},)."
            )
    return Mixture({name: mixture.members[name] for name in names}, mixing=mixture.table.mixing)
