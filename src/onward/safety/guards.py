"""What a guard looks for, and what it does then."""

from collections.abc import Mapping
from typing import Any, Literal

import equinox as eqx

from onward._checks import check_integer, is_real
from onward._names import GUARDED

Outlying = Literal["warn", "drop"]
Act = Literal["warn", "clip", "restart", "roll back", "lower"]


class Guards(eqx.Module):
    """What to watch for in a learner, and what to do then.

    Three things are watched, each against its own history:

    - `outlying`: a feature or a label lies further from its mean than `far` standard deviations of
      the learner's own scale. "drop" takes it as missing, at most `patience` samples in a row: what
      lasts is a new level, which the scale has to follow. Without a scale the limit is `far` units.
    - `loss`: the mean of the last `fast` losses is beyond mean + `limit` · standard deviation of
      the losses before. A loss beyond that moves the history only up to it.
    - `influence`: the norm of what the rule carries is beyond `growth` times its mean. It is looked
      at every `every` samples, and only with a rule that carries something on.

    "warn" only tells. "restart" lets what the rule carries begin afresh. "clip" shortens an
    influence to the limit. "roll back" returns to the last good weights, with the optimizer's
    memory, and lets state and carry begin afresh. "lower" multiplies the learning rates by
    `lower_by`. After any act but "warn", the history of losses begins anew, so that a new level of
    noise is not taken for a divergence for ever.

    Good weights are kept in memory every `keep` samples, unless the mean loss is then beyond its
    mean by more than a standard deviation.

    Numbers that are not finite are left to `Learner(guard=True)`.

    Args:
        outlying: "warn", "drop" or None: the scale bounds what lies far off in any case.
        loss: one act or several; None to watch no losses.
        influence: likewise.
        far, patience, fast, limit, growth, every, keep, lower_by: as above.
        memory: losses, or looks at the influence, that a history reaches back.
        first: samples, losses or looks before which nothing is told.

    Raises:
        ValueError: an unknown act, or a number out of its range.
    """

    outlying: Outlying | None = eqx.field(static=True)
    loss: tuple[str, ...] = eqx.field(static=True)
    influence: tuple[str, ...] = eqx.field(static=True)
    far: float = eqx.field(static=True)
    patience: int = eqx.field(static=True)
    fast: int = eqx.field(static=True)
    limit: float = eqx.field(static=True)
    growth: float = eqx.field(static=True)
    every: int = eqx.field(static=True)
    keep: int = eqx.field(static=True)
    lower_by: float = eqx.field(static=True)
    memory: int = eqx.field(static=True)
    first: int = eqx.field(static=True)

    def __init__(
        self,
        outlying: Outlying | None = None,
        loss: Act | tuple[Act, ...] | None = "roll back",
        influence: Act | tuple[Act, ...] | None = "restart",
        *,
        far: float = 15.0,
        patience: int = 10,
        fast: int = 32,
        limit: float = 5.0,
        growth: float = 100.0,
        every: int = 16,
        keep: int = 1000,
        lower_by: float = 0.3,
        memory: int = 2000,
        first: int = 100,
    ):
        known = GUARDED["outlying"]
        if outlying is not None and outlying not in known:
            raise ValueError(
                f"Expected outlying among {', '.join(known)}, or None; got {outlying!r}. Try "
                "outlying='warn'."
            )
        self.outlying = outlying
        self.loss, self.influence = _acts("loss", loss), _acts("influence", influence)
        more = {"far": far, "limit": limit, "growth": growth, "lower_by": lower_by}
        self.far, self.limit, self.growth, self.lower_by = map(float, _positive(more))
        for name, value, example in (
            ("patience", patience, 10),
            ("fast", fast, 32),
            ("every", every, 16),
            ("keep", keep, 1000),
            ("memory", memory, 2000),
            ("first", first, 100),
        ):
            check_integer(name, value, least=1, example=example)
        if lower_by > 1:
            raise ValueError(f"Expected lower_by <= 1; got {lower_by!r}. Try lower_by=0.3.")
        self.patience, self.fast, self.every, self.keep = patience, fast, every, keep
        self.memory, self.first = memory, first

    @property
    def acts(self) -> frozenset[str]:
        """All that may be done about a loss or an influence."""
        return frozenset({*self.loss, *self.influence})


def _acts(name: str, given: Any) -> tuple[str, ...]:
    known = GUARDED[name]
    acts = () if given is None else (given,) if isinstance(given, str) else tuple(given)
    wrong = [act for act in acts if act not in known]
    if wrong:
        raise ValueError(
            f"Expected {name} among {', '.join(known)}, or None; got {wrong[0]!r}. Try "
            f"{name}='roll back'."
        )
    return acts


def _positive(numbers: Mapping[str, Any]) -> list[Any]:
    for name, value in numbers.items():
        if not (is_real(value) and value > 0):
            raise ValueError(f"Expected {name} > 0; got {value!r}. Try {name}=5.0.")
    return list(numbers.values())
