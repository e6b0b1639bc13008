"""Classes, by softmax."""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._typing import Array, Bool, Float
from onward.losses.base import AbstractLoss


class CrossEntropy(AbstractLoss):
    """-log softmax(output)[label] in nats; the one target is the index of the class.

    What is none of 0 .. classes-1 is not learnt from but counted as skipped.
    """

    classes: int = eqx.field(static=True)
    scaled: ClassVar[bool] = False
    categorical: ClassVar[bool] = True

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
