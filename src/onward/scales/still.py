"""A scale that has been learnt and stands still."""

from typing import Any

from onward._typing import Array, Bool, Float
from onward.scales.base import AbstractScale


class Still(AbstractScale):
    """Another scale whose state no value moves any more.

    For a network that predicts and does not learn: its scales are those that it was left with.
    The state is that of the other scale.

    Args:
        scale: the other scale.
    """

    scale: AbstractScale

    def init(self, size: int, dtype) -> Any:
        return self.scale.init(size, dtype)

    def update(self, state: Any, value: Float[Array, " size"], known: Bool[Array, " size"]) -> Any:
        return state

    def normalise(self, state: Any, value: Float[Array, " size"]) -> Float[Array, " size"]:
        return self.scale.normalise(state, value)

    def bounded(self, score: Float[Array, " size"]) -> Float[Array, " size"]:
        return self.scale.bounded(score)

    def carried(self, state: Any, score: Float[Array, " size"]) -> Float[Array, " size"]:
        return self.scale.carried(state, score)

    def restore(self, state: Any, value: Float[Array, " size"]) -> Float[Array, " size"]:
        return self.scale.restore(state, value)

    def ready(self, state: Any, value: Float[Array, " size"]) -> Bool[Array, " size"]:
        return self.scale.ready(state, value)
