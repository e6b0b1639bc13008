"""What `OnlineLinear` asks of a library's linear model."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from onward.evaluate.state import State


class AbstractLinearModel(ABC):
    """A linear model on standardised features that learns one sample at a time.

    A new library is one subclass in its own file and a line in `make_linear_model`.
    """

    name: str

    @abstractmethod
    def samples(self, x: np.ndarray) -> Sequence[Any]:
        """The rows of x, shape (rows, features), in the form that the library wants."""

    @abstractmethod
    def predict_one(self, sample: Any) -> list[float]:
        """One number per output: targets, or probabilities of classes. May be non-finite."""

    @abstractmethod
    def learn_one(self, sample: Any, label: Sequence[float]) -> None:
        """Learn from a finite sample and its label: one number a target (NaN: not learnt), or
        one index of a class."""

    @abstractmethod
    def state(self) -> State: ...

    @abstractmethod
    def restore(self, state: Mapping[str, np.ndarray]) -> None: ...
