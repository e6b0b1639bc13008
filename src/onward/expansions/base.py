"""What an expansion is."""

from abc import abstractmethod
from collections.abc import Hashable
from typing import Any, Literal, NamedTuple

import equinox as eqx

from onward._trees import with_settings
from onward._typing import Array, Bool, Float

# Which inputs an expansion reads: all, the features alone, or the fed-back label alone.
Of = Literal["all", "features", "labels"]
# ("feature", 3), or ("label", 0).
Name = tuple[str, int]


class Inputs(NamedTuple):
    """The inputs of one sample: its features and, with feedback, the newest label.

    Attributes:
        raw: as they came; where they are missing, any number.
        scaled: normalised and bounded; a missing one stands where the learner puts it.
        present: which are there.
    """

    raw: Float[Array, " inputs"]
    scaled: Float[Array, " inputs"]
    present: Bool[Array, " inputs"]


class AbstractExpansion(eqx.Module):
    """Further inputs of a network, made from the inputs so far: causal, online, constant memory.

    What a network of immediate credit does not find by itself, memory over many samples, is given
    to it, or to a linear readout, by an expansion: see `Learner(expansions=...)`. Its columns stand
    between the features and the fed-back label, and are read as they are, without a scale.

    To add an expansion, subclass in a file of its own and write `width`, `init` and `step`, `begin`
    if it remembers samples, and `tags` if learners with it are to grow. Its fields are settings:
    numbers, strings or tuples. What moves is the state, a tree of arrays whose shapes never change.
    """

    def __repr__(self) -> str:
        return with_settings(self)

    @abstractmethod
    def width(self, features: int, labels: int) -> int:
        """How many columns it adds, for so many features and so wide a fed-back label."""

    @abstractmethod
    def init(self, features: int, labels: int, dtype) -> Any:
        """The state before the first sample."""

    @abstractmethod
    def step(self, state: Any, seen: Inputs, labels: int) -> tuple[Any, Float[Array, " width"]]:
        """The state after a sample, and the columns that go with it.

        Args:
            state: before the sample.
            seen: the features, then the label.
            labels: how wide the label is; 0 without feedback.
        """

    def begin(self, state: Any) -> Any:
        """The state where a sequence begins; by default nothing is forgotten."""
        return state

    def tags(self, features: int, labels: int) -> list[Hashable]:
        """What each column is, so that it is found again where there are more inputs.

        A column that is there with fewer inputs, too, has the same tag then. One that is not is
        zero as long as the new inputs are missing. No two tags are equal.

        Args:
            features: how many there are.
            labels: how wide the label is.

        Raises:
            ValueError: nobody has written it.
        """
        raise ValueError(
            f"Expected an expansion that tells what its columns are; got {self}. Try writing "
            f"{type(self).__name__}.tags."
        )


def chosen(of: Of, inputs: int, labels: int) -> slice:
    """Which of the inputs an expansion reads."""
    first = inputs - labels
    return {"all": slice(None), "features": slice(first), "labels": slice(first, None)}[of]


def count(of: Of, features: int, labels: int) -> int:
    """How many inputs an expansion reads."""
    return len(names(of, features, labels))


def names(of: Of, features: int, labels: int) -> list[Name]:
    """Which inputs an expansion reads: ("feature", 3), or ("label", 0)."""
    every = [("feature", place) for place in range(features)]
    every += [("label", place) for place in range(labels)]
    return every[chosen(of, len(every), labels)]


def refuse_unknown(of: str) -> None:
    """Raise ValueError unless it is known which inputs are meant."""
    if of not in ("all", "features", "labels"):
        raise ValueError(f"Expected `of` to be all, features or labels; got {of!r}. Try of='all'.")
