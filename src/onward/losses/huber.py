"""The squared error with linear tails."""

import equinox as eqx
import jax.numpy as jnp

from onward._checks import is_real
from onward._typing import Array, Float
from onward.losses.base import AbstractLoss


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
