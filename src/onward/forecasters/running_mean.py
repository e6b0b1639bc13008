"""The mean of all labels."""

import jax.numpy as jnp

from onward._typing import Array, Bool, Float
from onward.forecasters.base import AbstractForecaster


class RunningMean(AbstractForecaster):
    """The mean of all labels so far; of classes, their frequencies.

        n ← n + 1,   mean ← mean + (y - mean) / n

    Missing labels take no part. The sum of the steps is compensated (Kahan 1965), for a step of a
    millionth of the mean is less than float32 can add to it. The count stops at 2/eps (16.8
    million in float32): from there on the newest label goes on weighing eps/2.
    All sequences share the mean.
    Cost: 3 numbers a target, and some 8 flops. Exact up to rounding, which does not grow with the
    number of labels.
    """

    def init(self, width: int, dtype, ahead: int) -> Float[Array, "3 width"]:
        return jnp.zeros((3, width), dtype)

    def update(
        self,
        state: Float[Array, "3 width"],
        label: Float[Array, " width"],
        known: Bool[Array, " width"],
    ) -> Float[Array, "3 width"]:
        count_prev, mean_prev, excess = state
        count = count_prev + 1
        step = (label - mean_prev) / count - excess
        mean = mean_prev + step
        after = jnp.stack([count, mean, (mean - mean_prev) - step])
        return jnp.where(known[None], after, state)

    def unmet(self, state: Float[Array, "3 width"]) -> Float[Array, "3 width"]:
        return state.at[1:].set(0)

    def forecast(self, state: Float[Array, "3 width"], ahead: int) -> Float[Array, " width"]:
        return state[1]
