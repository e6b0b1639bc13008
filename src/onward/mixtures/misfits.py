"""Which members cannot be one mixture."""

from collections.abc import Mapping
from typing import Any

from onward._checks import check_kind
from onward.forecasters import AbstractForecaster
from onward.learning.learner import Learner


def refuse_misfits(members: Any) -> None:
    """Raise ValueError unless members fit each other."""
    if not isinstance(members, Mapping):
        raise ValueError(
            f"Expected members by name; got {type(members).__name__}. Try "
            '{"network": learner, "last label": onward.LastLabel()}.'
        )
    learners = {name: one for name, one in members.items() if isinstance(one, Learner)}
    for name, one in members.items():
        check_kind("the name of a member", name, str, "'network'")
        if not isinstance(one, Learner | AbstractForecaster):
            raise ValueError(
                f"Expected a learner or a forecaster as member {name!r}; got "
                f"{type(one).__name__}. Try onward.LastLabel()."
            )
    if not learners:
        raise ValueError(
            "Expected a learner among the members, which tells what a sample is; got none. Try "
            "onward.Learner(cell)."
        )
    (first, main), *others = learners.items()
    if main.outputs != main.parts.loss.width(main.targets):
        raise ValueError(
            f"Expected a loss with one output a target, or classes, in a mixture; got "
            f"{main.parts.loss}. Try onward.Squared()."
        )
    for name, one in others:
        for what in ("features", "targets", "outputs", "dtype", "delay"):
            wanted, found = _told(main, what), _told(one, what)
            if wanted != found:
                raise ValueError(
                    f"Expected members of the same {what}; got {wanted} of {first!r} and {found} "
                    f"of {name!r}. Try making both for the same stream."
                )
    classes = main.parts.loss.categorical
    for name, one in members.items():
        if isinstance(one, AbstractForecaster) and not (one.classes if classes else one.numbers):
            raise ValueError(
                f"Expected forecasters of {'classes' if classes else 'numbers'}; got {one} as "
                f"{name!r}. Try leaving it out."
            )


def _told(learner: Learner, what: str) -> Any:
    return learner.parts.delay if what == "delay" else getattr(learner, what)
