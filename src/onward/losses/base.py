"""What a loss is."""

from abc import abstractmethod
from collections.abc import Callable
from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from onward._trees import with_settings
from onward._typing import Array, Bool, Float


class AbstractLoss(eqx.Module):
    """The cost of one output vector against one label.

    To add a loss write `per_target` and `link`. A label has one number per target (for
    `CrossEntropy` the index of the class); NaN marks what is missing, and a missing target
    costs nothing.

    Class attributes:
        scaled: whether targets are real numbers that a running scale may normalise.
        categorical: whether a label is the index of a class, and predictions are probabilities.
        unit_slope: whether its slope is about one at most, given such scales; where it grows with
            the labels, `optimizer="auto"` normalises gradients.
    """

    scaled: ClassVar[bool] = True
    categorical: ClassVar[bool] = False
    unit_slope: ClassVar[bool] = True

    def __repr__(self) -> str:
        return with_settings(self)

    @abstractmethod
    def per_target(
        self, output: Float[Array, " outputs"], label: Float[Array, " targets"]
    ) -> Float[Array, " targets"]:
        """The cost of each target."""

    def restored(
        self,
        output: Float[Array, " outputs"],
        restore: Callable[[Float[Array, " targets"]], Float[Array, " targets"]],
    ) -> Float[Array, " outputs"]:
        """Outputs in the units of the targets, before `link`.

        Args:
            output: on the normalised scale.
            restore: from normalised targets to raw ones.
        """
        return restore(output)

    def link(self, output: Float[Array, " outputs"]) -> Float[Array, " outputs"]:
        """From outputs to predictions: the identity unless a loss says otherwise."""
        return output

    def encode(self, label: Float[Array, " targets"]) -> Float[Array, " width"]:
        """A label as the numbers that a network can read as an input."""
        return label

    def admits(self, label: Float[Array, " targets"]) -> Bool[Array, " targets"]:
        """Where a number is a label at all; elsewhere it is skipped and counted."""
        return jnp.ones(label.shape, bool)

    def outputs(self, targets: int) -> int:
        """How many outputs so many targets need: the same number for each."""
        return targets

    def width(self, targets: int) -> int:
        """How many numbers `encode` gives."""
        return self.outputs(targets)

    def repeating(self, targets: int) -> np.ndarray:
        """Which encoded numbers make which outputs of a readout that repeats a label, ones and
        zeros, shape (outputs, width)."""
        return np.eye(self.outputs(targets))

    def __call__(
        self,
        output: Float[Array, " outputs"],
        label: Float[Array, " targets"],
        known: Bool[Array, " targets"],
    ) -> Float[Array, ""]:
        """The summed cost of the known targets."""
        filled = jnp.where(known, label, jnp.zeros_like(label))
        return jnp.sum(jnp.where(known, self.per_target(output, filled), 0))
