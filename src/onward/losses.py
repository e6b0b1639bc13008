"""Losses: what a label costs, and how outputs become predictions."""

from abc import abstractmethod
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._typing import Array, Bool, Float, is_real


class AbstractLoss(eqx.Module):
    """The cost of one output vector against one label.

    To add a loss write `per_target` and `link`. A label has one number per target (for
    `CrossEntropy` the index of the class); NaN marks what is missing, and a missing target
    costs nothing.

    Class attributes:
        scaled: whether targets are real numbers that a running scale may normalise.
        unit_slope: whether its slope is about one at most, given such scales; where it grows with
            the labels, `optimizer="auto"` normalises gradients.
    """

    scaled: ClassVar[bool] = True
    unit_slope: ClassVar[bool] = True

    @abstractmethod
    def per_target(
        self, output: Float[Array, " outputs"], label: Float[Array, " targets"]
    ) -> Float[Array, " targets"]:
        """The cost of each target."""

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
        """How many outputs so many targets need; also the width of `encode`."""
        return targets

    def __call__(
        self,
        output: Float[Array, " outputs"],
        label: Float[Array, " targets"],
        known: Bool[Array, " targets"],
    ) -> Float[Array, ""]:
        """The summed cost of the known targets."""
        filled = jnp.where(known, label, jnp.zeros_like(label))
        return jnp.sum(jnp.where(known, self.per_target(output, filled), 0))


class Squared(AbstractLoss):
    """½ (output - label)²."""

    def per_target(
        self, output: Float[Array, " outputs"], label: Float[Array, " targets"]
    ) -> Float[Array, " targets"]:
        return 0.5 * (output - label) ** 2


class Absolute(AbstractLoss):
    """|output - label|: follows the median."""

    def per_target(
        self, output: Float[Array, " outputs"], label: Float[Array, " targets"]
    ) -> Float[Array, " targets"]:
        return jnp.abs(output - label)


class Huber(AbstractLoss):
    """Squared within `threshold` (in units of the scaled target), absolute beyond.

    Huber (1964).
    """

    threshold: float = eqx.field(static=True, default=1.0)

    def __check_init__(self):
        if not (is_real(self.threshold) and self.threshold > 0):
            raise ValueError(f"Expected threshold > 0; got {self.threshold!r}. Try threshold=1.0.")

    def per_target(
        self, output: Float[Array, " outputs"], label: Float[Array, " targets"]
    ) -> Float[Array, " targets"]:
        error = jnp.abs(output - label)
        beyond = self.threshold * (error - 0.5 * self.threshold)
        return jnp.where(error <= self.threshold, 0.5 * error**2, beyond)


class Poisson(AbstractLoss):
    """exp(output) - label · output: counts with a logarithmic link (up to a constant).

    A label below 0 is not learnt from but counted as skipped; rates between counts are learnt.
    """

    scaled: ClassVar[bool] = False
    unit_slope: ClassVar[bool] = False

    def per_target(
        self, output: Float[Array, " outputs"], label: Float[Array, " targets"]
    ) -> Float[Array, " targets"]:
        return jnp.exp(output) - label * output

    def link(self, output: Float[Array, " outputs"]) -> Float[Array, " outputs"]:
        return jnp.exp(output)

    def admits(self, label: Float[Array, " targets"]) -> Bool[Array, " targets"]:
        return label >= 0


class CrossEntropy(AbstractLoss):
    """-log softmax(output)[label] in nats; the one target is the index of the class.

    What is none of 0 .. classes-1 is not learnt from but counted as skipped.
    """

    classes: int = eqx.field(static=True)
    scaled: ClassVar[bool] = False

    def __check_init__(self):
        if isinstance(self.classes, bool) or not isinstance(self.classes, int) or self.classes < 2:
            raise ValueError(f"Expected at least 2 classes; got {self.classes!r}. Try classes=2.")

    def per_target(
        self, output: Float[Array, " classes"], label: Float[Array, "1"]
    ) -> Float[Array, "1"]:
        return -jnp.sum(self.encode(label) * jax.nn.log_softmax(output), keepdims=True)

    def link(self, output: Float[Array, " classes"]) -> Float[Array, " classes"]:
        return jax.nn.softmax(output)

    def encode(self, label: Float[Array, "1"]) -> Float[Array, " classes"]:
        return jnp.where(jnp.arange(self.classes) == label[0].astype(int), 1, 0).astype(label.dtype)

    def admits(self, label: Float[Array, "1"]) -> Bool[Array, "1"]:
        return (label >= 0) & (label < self.classes) & (label == jnp.floor(label))

    def outputs(self, targets: int) -> int:
        if targets != 1:
            raise ValueError(
                f"Expected one target, the class; got {targets} targets. Try targets=1, and a "
                "learner for each."
            )
        return self.classes
