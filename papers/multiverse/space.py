"""What is not known of a protocol: factors, and draws of their values."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

# A value of each factor, by the factor's name.
Protocol = Mapping[str, Any]


@dataclass(frozen=True)
class Factor:
    """A choice that the paper leaves open.

    Attributes:
        name: in a few words.
        values: what it may be, each as likely as the others; one named twice is twice as likely.
            The first is what named points take where they do not say.
    """

    name: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Space:
    """Every combination of the factors' values.

    Attributes:
        name: begins the draws, so that two spaces draw differently.
        factors: see `Factor`.

    Raises:
        ValueError: a factor without a value, or two of one name.
    """

    name: str
    factors: tuple[Factor, ...]

    def __post_init__(self):
        names = [factor.name for factor in self.factors]
        if len(set(names)) < len(names):
            raise ValueError(f"Expected factors of different names; got {names}. Try other names.")
        for factor in self.factors:
            if not factor.values:
                raise ValueError(
                    f"Expected a value or more of the factor {factor.name!r}; got none, so that "
                    "the space has no draw. Try naming one."
                )

    def draw(self, index: int) -> Protocol:
        """The protocol of a draw: each factor's value by itself, the same on every machine."""
        random = np.random.default_rng([zlib.crc32(self.name.encode()), index])
        return {
            factor.name: factor.values[random.integers(len(factor.values))]
            for factor in self.factors
        }

    def point(self, values: Protocol) -> Protocol:
        """A protocol by name; what it does not say is each factor's first value.

        Raises:
            ValueError: no such factor, or no such value of it.
        """
        known = {factor.name: factor.values for factor in self.factors}
        for name, value in values.items():
            if name not in known or value not in known[name]:
                raise ValueError(
                    f"Expected a point of the space {self.name!r}; got {name} = {value!r}. Try "
                    f"{', '.join(map(repr, dict.fromkeys(known.get(name, known))))}."
                )
        return {name: values.get(name, choices[0]) for name, choices in known.items()}

    def as_dict(self) -> dict[str, Any]:
        """Plain data that names the space."""
        return {factor.name: list(factor.values) for factor in self.factors}
