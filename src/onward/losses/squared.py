"""The squared error."""

from onward._typing import Array, Float
from onward.losses.base import AbstractLoss


class Squared(AbstractLoss):
    """½ (output - label)²."""

    def per_target(
        self, output: Float[Array, " outputs"], label: Float[Array, " targets"]
    ) -> Float[Array, " targets"]:
        return 0.5 * (output - label) ** 2
