"""What was measured under one protocol, and the rule that every claim reads it by."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from papers.multiverse.space import Protocol
from papers.setting import EXACT, FROZEN, Method

# A method has adapted where it recovers this part of what the reference gains, in per cent, and
# has failed below the second number.
MOST, LITTLE = 75.0, 25.0
# The reference must take this part off the frozen network's error; else recovery is a quotient by
# next to nothing, and errors are compared.
GAIN = 0.1
# Two errors within this part of each other count as level.
LEVEL = 0.1
# Between the label of a part and the name of what was measured of it.
PART = ": "


@dataclass(frozen=True)
class Draw:
    """One protocol of a space, run with several seeds.

    Attributes:
        name: of the job: the world and the draw's index, or the name of a point.
        protocol: see `Space`.
        errors: of each method, by its name, one a seed; infinite where a pass diverged.
        numbers: what else was measured of the networks, by name, one a seed.
        hopeless: why the draw was ended before the methods were run; empty where it was not.
    """

    name: str
    protocol: Protocol
    errors: Mapping[str, np.ndarray] = field(default_factory=dict)
    numbers: Mapping[str, np.ndarray] = field(default_factory=dict)
    hopeless: str = ""

    def __getitem__(self, method: Method) -> np.ndarray:
        """The errors of a method, one a seed."""
        return self.errors[method.name]

    def has(self, method: Method) -> bool:
        """Whether the method was run."""
        return method.name in self.errors

    def parts(self) -> tuple[str, ...]:
        """Labels of the parts, of a world that runs several networks under one protocol."""
        return tuple(dict.fromkeys(name.partition(PART)[0] for name in self.errors))

    def part(self, label: str) -> "Draw":
        """One part as a draw of its own; its errors and numbers are named `label: name` here."""
        head = label + PART
        own = lambda values: {  # noqa: E731
            name.removeprefix(head): one for name, one in values.items() if name.startswith(head)
        }
        return Draw(self.name, self.protocol, own(self.errors), own(self.numbers))

    def gain(self, reference: Method = EXACT) -> float:
        """The part of the frozen networks' error that the reference takes off, in the mean."""
        return 1 - _mean(self[reference]) / _mean(self[FROZEN])

    def recovery(self, method: Method, reference: Method = EXACT) -> float:
        """100 · (frozen - error) / (frozen - reference), of means over the seeds, in per cent; NaN
        where the reference gains nothing to speak of."""
        if not self.gain(reference) >= GAIN:
            return float("nan")
        frozen = _mean(self[FROZEN])
        return 100 * (frozen - _mean(self[method])) / (frozen - _mean(self[reference]))

    def recoveries(self, method: Method, reference: Method = EXACT) -> np.ndarray:
        """The same of each seed, against the mean gain of the reference."""
        frozen = self[FROZEN]
        return 100 * (frozen - self[method]) / (_mean(frozen) - _mean(self[reference]))

    def adapts(self, method: Method, reference: Method = EXACT) -> bool:
        """Whether a method recovers most of what the reference does; where that gains nothing,
        whether its error is level with the reference's or below. A method that diverged does not.
        """
        if self.gain(reference) >= GAIN:
            return self.recovery(method, reference) >= MOST
        error = _mean(self[method])
        return bool(np.isfinite(error)) and error <= (1 + LEVEL) * _mean(self[reference])

    def fails(self, method: Method, reference: Method = EXACT) -> bool:
        """Whether a method recovers little; where the reference gains nothing, whether its error
        is level with the frozen network's or above."""
        if self.gain(reference) >= GAIN:
            return self.recovery(method, reference) < LITTLE
        return _mean(self[method]) >= (1 - LEVEL) * _mean(self[FROZEN])

    def level(self, method: Method, other: Method) -> bool:
        """Whether two methods' mean errors lie within a tenth of the frozen error's distance to
        the better one, or within a tenth of each other."""
        one, two = _mean(self[method]), _mean(self[other])
        if not np.isfinite([one, two]).all():
            return False
        best = min(one, two)
        room = LEVEL * max(_mean(self[FROZEN]) - best, best)
        return abs(one - two) <= room

    def matches(self, method: Method, other: Method) -> bool:
        """Whether a method's mean error is finite, and level with the other's or below."""
        error = _mean(self[method])
        below = bool(np.isfinite(error)) and error <= _mean(self[other])
        return below or self.level(method, other)

    def variation(self, method: Method) -> float:
        """The coefficient of variation of a method's error over the seeds, in per cent."""
        errors = self[method]
        if not np.isfinite(errors).all():
            return float("inf")
        return 100 * float(errors.std(ddof=1) / errors.mean())

    def number(self, name: str) -> float:
        """The mean over the seeds of what else was measured."""
        return _mean(self.numbers[name])

    def as_dict(self) -> dict[str, Any]:
        """Plain data of four digits; numbers that are not finite are None."""
        found = {
            "name": self.name,
            "protocol": dict(self.protocol),
            "errors": {name: _listed(values) for name, values in self.errors.items()},
            "numbers": {name: _listed(values) for name, values in self.numbers.items()},
        }
        return found | ({"hopeless": self.hopeless} if self.hopeless else {})

    @staticmethod
    def of(content: Mapping[str, Any]) -> "Draw":
        """The inverse of `as_dict`; None reads as infinite."""
        read = lambda values: np.array([np.inf if one is None else one for one in values])  # noqa: E731
        return Draw(
            content["name"],
            content["protocol"],
            {name: read(values) for name, values in content["errors"].items()},
            {name: read(values) for name, values in content["numbers"].items()},
            content.get("hopeless", ""),
        )


def _mean(values: np.ndarray) -> float:
    with np.errstate(invalid="ignore", over="ignore"):
        return float(np.mean(values))


def _listed(values: np.ndarray) -> list[float | None]:
    return [float(f"{value:.4g}") if np.isfinite(value) else None for value in values]
