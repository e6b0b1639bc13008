"""What a scale is."""

from abc import abstractmethod
from typing import Any

import equinox as eqx

from onward._trees import with_settings
from onward._typing import Array, Bool, Float


class AbstractScale(eqx.Module):
    """Maps raw numbers to the scale that the network works in, and back.

    To add a scale, subclass in a file of its own and write the five functions, and
    `begin_session` where a new session matters to it. Its fields are settings: numbers, strings
    or tuples, so that equal scales hash alike. What moves with the samples is the state, a tree of
    arrays whose shapes never change.
    """

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

    def bounded(self, score: Float[Array, " size"]) -> Float[Array, " size"]:
        """Normalised values as the network reads them and learns them: outliers clipped, if any."""
        return score

    def carried(self, state: Any, score: Float[Array, " size"]) -> Float[Array, " size"]:
        """A normalised label as a readout carries it over to the next prediction."""
        return self.bounded(score)

    @abstractmethod
    def restore(self, state: Any, value: Float[Array, " size"]) -> Float[Array, " size"]:
        """Normalised to raw."""

    def begin_session(self, state: Any) -> Any:
        """The state where a session begins (a day, a recording); by default as it was."""
        return state

    @abstractmethod
    def ready(self, state: Any, value: Float[Array, " size"]) -> Bool[Array, " size"]:
        """Which entries of a value the state knows enough of to restore."""
