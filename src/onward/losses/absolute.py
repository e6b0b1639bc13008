"""The absolute error."""

import jax.numpy as jnp

from onward._typing import Array, Float
from onward.losses.base import AbstractLoss


class Absolute(AbstractLoss):
    """|output - label|: follows the median."""

    def per_target(
        self, output: Float[Array, " outputs"], label: Float[Array, " targets"]
    ) -> Float[Array, " targets"]:
        return jnp.abs(output - label)
