"""The shifting sine, followed by several networks under one protocol."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from papers.multiverse.draw import PART, Draw
from papers.multiverse.network import Network, Shape
from papers.multiverse.space import Protocol
from papers.multiverse.world import Stretches
from papers.multiverse.worlds.sine import SineWorld


class PartedSineWorld(SineWorld):
    """A draw has parts, such as widths or cells, which differ in what `parts` says."""

    # Parts that must have learnt something before the shift; else the draw is hopeless.
    least: ClassVar[int]

    @abstractmethod
    def parts(self, protocol: Protocol) -> Mapping[str, Protocol]:
        """Of each part, by its label, what its protocol has besides."""

    def numbers(
        self, protocol: Protocol, shape: Shape, network: Network, stretches: Stretches
    ) -> Mapping[str, float]:
        return {}

    def measure(self, protocol: Protocol, name: str) -> Draw:
        errors, numbers, lost = {}, {}, []
        parts = self.parts(protocol)
        for label, own in parts.items():
            found = super().measure({**protocol, **own}, name)
            if found.hopeless:
                lost.append(f"{label}, {found.hopeless}")
            if len(parts) - len(lost) < self.least:
                return Draw(name, protocol, hopeless="; ".join(lost))
            errors |= {label + PART + one: values for one, values in found.errors.items()}
            numbers |= {label + PART + one: values for one, values in found.numbers.items()}
        return Draw(name, protocol, errors, numbers)
