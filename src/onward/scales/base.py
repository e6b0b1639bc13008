"""What a scale is."""

from abc import abstractmethod
from typing import Any

import equinox as eqx

from onward._trees import with_settings
from onward._typing import Array, Bool, Float


class AbstractScale(eqx.Module):
    """Maps raw numbers to the scale that the network works in, and back."""

    def __repr__(self) -> str:
        return with_settings(self)

    @abstractmethod
    def init(self, size: int, dtype) -> Any:
        """The state before the first value."""

    @abstractmethod
    def update(self, state: Any, value: Float[Array, " size"], known: Bool[Array, " size"]) -> Any:
        """The state after a value; entries that are not `known` leave theirs untouched."""

    @abstractmethod
    def normalise(self, state: Any, value: Float[Array, " size"]) -> Float[Array, " size"]:
        """Raw to normalised."""

    @abstractmethod
    def restore(self, state: Any, value: Float[Array, " size"]) -> Float[Array, " size"]:
        """Normalised to raw."""
