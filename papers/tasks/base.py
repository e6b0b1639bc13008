"""What a network is pre-trained on, what changes, and how its predictions are scored."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from onward.losses import AbstractLoss, Squared


class Phase(NamedTuple):
    """A stretch of samples; `y[t]` is what is to be predicted from `x[: t + 1]`.

    Attributes:
        x: shape (rows, features), float32.
        y: shape (rows, targets), float32; NaN where there is no label.
    """

    x: np.ndarray
    y: np.ndarray


@dataclass(frozen=True)
class AbstractTask:
    """A shift: a network learns `before`, then must follow `after`.

    The label of a sample comes with it, also where it lies ahead in time: in a simulation the
    future is known, and the papers ask for the same.

    A new task is a frozen dataclass in a file of its own, whose fields are all that its numbers
    depend on besides the seed.
    """

    # What `errors` measures; lower is better, and 0 is perfect unless the task says otherwise.
    measures: ClassVar[tuple[str, ...]] = ("mean squared error",)
    # Whether its samples depend on the seed; else what learns from them alone is run once.
    varied: ClassVar[bool] = True
    # Of the linear model that learns online: old samples fade over 1/(1 - forgetting).
    forgetting: ClassVar[float] = 0.999

    @property
    @abstractmethod
    def about(self) -> str:
        """The task in a few words, for titles."""

    @abstractmethod
    def before(self, seed: int) -> Phase:
        """What the network is pre-trained on; may have no rows."""

    @abstractmethod
    def after(self, seed: int) -> Phase:
        """What it adapts to."""

    @abstractmethod
    def shrunk(self, factor: int) -> "AbstractTask":
        """The same with about a `factor`-th of the pre-training, for quick runs."""

    @property
    def loss(self) -> AbstractLoss:
        """What is learnt by."""
        return Squared()

    @property
    def symbols(self) -> int | None:
        """How many symbols the one feature numbers; None for real features."""
        return None

    @property
    def files(self) -> tuple[str, ...]:
        """The recordings that it is made of, within the folder of data."""
        return ()

    @property
    def origin(self) -> "AbstractTask":
        """A task with the same `before`, one for all that share it: networks are pre-trained on
        it once."""
        return self

    @property
    def opponents(self) -> Mapping[str, Callable[[int], np.ndarray]]:
        """What else a network must beat: errors as a function of the seed, by name."""
        return {}

    @property
    def frozen_from(self) -> int | None:
        """The row of `after` from which on nothing learns and scores count; None where every
        prediction counts, each made before its label was learnt from."""
        return None

    def as_outputs(self, y: np.ndarray) -> np.ndarray:
        """Labels in the form of predictions, NaN where there is none."""
        return y

    def errors(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """One number a measure, over the rows that count.

        Args:
            prediction: shape (rows, outputs).
            y: shape (rows, targets).
        """
        known = np.isfinite(y).all(axis=1)
        error = np.mean((prediction[known].astype(np.float64) - y[known]) ** 2)
        return np.array([error])

    def as_dict(self) -> dict[str, Any]:
        """Plain data that names the task."""
        return {"task": type(self).__name__, **asdict(self)}
