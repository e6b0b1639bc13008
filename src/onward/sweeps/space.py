"""What may vary: for each setting some values, or a range."""

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from onward._checks import is_real
from onward.sweeps.errors import SweepError

# A value of every setting that varies.
Point = dict[str, Any]


@dataclass(frozen=True)
class Choice:
    """One of some values."""

    values: tuple[Any, ...]

    def drawn(self, random: np.random.Generator) -> Any:
        """Each as likely as the others."""
        return self.values[random.integers(len(self.values))]


@dataclass(frozen=True)
class Span:
    """A number from `low` to `high`, both included; whole if both are.

    Attributes:
        low: the least.
        high: the largest.
        log: whether its logarithm is uniform, rather than the number.
    """

    low: float
    high: float
    log: bool = False

    @property
    def whole(self) -> bool:
        """Whether it is an integer."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    def drawn(self, random: np.random.Generator) -> float | int:
        """One number of it."""
        # The ends of a whole one are as likely as what is between.
        low, high = (self.low - 0.5, self.high + 0.5) if self.whole else (self.low, self.high)
        if self.log:
            number = math.exp(random.uniform(math.log(low), math.log(high)))
        else:
            number = random.uniform(low, high)
        return min(max(round(number), int(self.low)), int(self.high)) if self.whole else number


Axis = Choice | Span
Space = Mapping[str, Axis]


def axis(name: str, told: Any) -> Axis:
    """What a setting may be, as a configuration tells it.

    Args:
        name: of the setting.
        told: a list of values, or a table of `low`, `high` and maybe `log`.

    Raises:
        SweepError: it is neither, or leaves nothing to choose.
    """
    if isinstance(told, list) and told:
        return Choice(tuple(tuple(value) if isinstance(value, list) else value for value in told))
    if not isinstance(told, Mapping):
        got = "no value" if told == [] else repr(told)
        raise SweepError(
            f"Expected values of {name} as a list, or low and high of a range; got {got}. Try "
            f"{name} = [1, 2]."
        )
    low: Any = told.get("low")
    high: Any = told.get("high")
    log = told.get("log", False)
    known = set(told) <= {"low", "high", "log"} and isinstance(log, bool)
    if not (known and is_real(low) and is_real(high) and low < high and (low > 0 or not log)):
        raise SweepError(
            f"Expected a range of {name} with low < high, and low > 0 if its log is uniform; got "
            f"{dict(told)}. Try {name} = {{ low = 1e-4, high = 1e-2, log = true }}."
        )
    return Span(low, high, log)


def grid(space: Space) -> list[Point]:
    """Every combination, the last setting changing first.

    Raises:
        SweepError: a setting has a range.
    """
    for name, one in space.items():
        if isinstance(one, Span):
            raise SweepError(
                f"Expected a list of values of {name} in a grid; got a range. Try "
                'method = "random".'
            )
    lists = [one.values for one in space.values() if isinstance(one, Choice)]
    return [dict(zip(space, values, strict=True)) for values in itertools.product(*lists)]


def drawn(space: Space, draws: int, seed: int) -> list[Point]:
    """Random points; of two that are equal the first.

    The first of more draws are those of fewer.
    """
    random = np.random.default_rng(seed)
    found = [{name: one.drawn(random) for name, one in space.items()} for _ in range(draws)]
    return [point for index, point in enumerate(found) if point not in found[:index]]
