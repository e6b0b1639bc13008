"""The mean of the labels of late."""

import equinox as eqx
import jax.numpy as jnp

from onward._checks import is_real
from onward._typing import Array, Bool, Float
from onward.forecasters.base import AbstractForecaster


class MovingAverage(AbstractForecaster):
    """The mean of all labels, with weights that fall exponentially with age.

        w ← (1 - 1/T) w + [y is known],   mean ← mean + (y - mean) / w   where y is known

    A label of k rows ago weighs (1 - 1/T)^k, and the weights are divided by their sum w, so that
    the first label counts in full and the start has no bias. Ages are counted in rows, also in
    those without a label. A new sequence starts afresh: until its first label the mean of the
    sequence before stands in.
    Cost: 2 numbers a target, and some 5 flops. Exact up to rounding.
    Source: Brown (1959), simple exponential smoothing.

    Args:
        time_constant: T, in rows, at least 1; with 1 it is the newest label.
    """

    time_constant: float = eqx.field(static=True)

    def __check_init__(self):
        if not (is_real(self.time_constant) and self.time_constant >= 1):
            raise ValueError(
                f"Expected time_constant >= 1, in rows; got {self.time_constant!r}. "
                "Try time_constant=10."
            )

    def init(self, width: int, dtype, ahead: int) -> Float[Array, "2 width"]:
        return jnp.zeros((2, width), dtype)

    def update(
        self,
        state: Float[Array, "2 width"],
        label: Float[Array, " width"],
        known: Bool[Array, " width"],
    ) -> Float[Array, "2 width"]:
        weight, mean = state
        weight = (1 - 1 / self.time_constant) * weight
        heavier = weight + 1
        after = jnp.stack([heavier, mean + (label - mean) / heavier])
        return jnp.where(known[None], after, jnp.stack([weight, mean]))

    def forecast(self, state: Float[Array, "2 width"], ahead: int) -> Float[Array, " width"]:
        return state[1]

    def unmet(self, state: Float[Array, "2 width"]) -> Float[Array, "2 width"]:
        return state.at[1].set(0)

    def begin(self, state: Float[Array, "2 width"]) -> Float[Array, "2 width"]:
        return jnp.stack([jnp.zeros_like(state[0]), state[1]])
