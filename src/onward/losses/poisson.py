"""Counts with a logarithmic link."""

from typing import ClassVar

import jax.numpy as jnp

from onward._typing import Array, Bool, Float
from onward.losses.base import AbstractLoss


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
