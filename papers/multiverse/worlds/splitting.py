"""How the gradient splits, measured in a world of adaptation."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from papers.multiverse import gradient_parts
from papers.multiverse.network import Network, Shape
from papers.multiverse.space import Protocol
from papers.multiverse.world import AdaptationWorld, Stretches
from papers.setting import Method


@dataclass(frozen=True)
class SplittingWorld(AdaptationWorld):
    """Gradients are split at the shift and after each of some methods has learnt; see
    `gradient_parts`. Named before the world that it is added to."""

    split: ClassVar[tuple[Method, ...]]

    def numbers(
        self, protocol: Protocol, shape: Shape, network: Network, stretches: Stretches
    ) -> Mapping[str, float]:
        return gradient_parts.concentration(shape, network, stretches.after)

    def after_learning(
        self,
        shape: Shape,
        method: Method,
        before: Network,
        after: Network,
        stretches: Stretches,
    ) -> Mapping[str, float]:
        if method not in self.split:
            return {}
        return gradient_parts.after_learning(shape, method, before, after, stretches.later)
