"""What `OnlineLinear` asks of a library's linear model."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from onward.evaluate.state import State

# In standard deviations. A feature that hardly moved and then jumps would otherwise be the whole
# sample, and one such sample the whole model.
LARGEST_SCORE = 10.0


class AbstractLinearModel(ABC):
    """A linear model that learns one sample at a time from features that are standardised by the
    samples learnt so far and then clipped at ±`LARGEST_SCORE`.

    In regression each target is standardised by its own labels so far, so that the step does not
    depend on its units.

    A new library is one subclass in its own file and a line in `make_linear_model`.
    """

    name: str

    @abstractmethod
    def samples(self, x: np.ndarray) -> Sequence[Any]:
        """The rows of x, shape (rows, features), in the form that the library wants."""

    @abstractmethod
    def predict_one(self, sample: Any) -> list[float]:
        """One number per output: targets, or probabilities of classes. NaN where the model has
        learnt no label to predict from."""

    @abstractmethod
    def learn_one(self, sample: Any, label: Sequence[float]) -> None:
        """Learn from a finite sample and its label: one number a target (NaN: not learnt), or
        one index of a class."""

    @abstractmethod
    def state(self) -> State: ...

    @abstractmethod
    def restore(self, state: Mapping[str, np.ndarray]) -> None: ...
