"""Moments that forget."""

import equinox as eqx
import jax.numpy as jnp

from onward._checks import is_real
from onward._typing import Array, Float
from onward.scales.moments import AbstractMoments


class ExponentialMoments(AbstractMoments):
    """Mean and standard deviation that forget, with a time constant.

    The newest value weighs 1/time_constant, so that a value of so many samples ago weighs 1/e of
    the newest. Until so many values are in, all weigh alike, as in `RunningMoments`: the start
    has no bias. Missing values take no time. Cost: 3 numbers an entry.

    Args:
        time_constant: in samples, at least 1.
        clip: in standard deviations; None for no clipping, of scores or of what moves the scale.
        trust: values before outliers are recognised.
    """

    time_constant: float = eqx.field(static=True)
    clip: float | None = eqx.field(static=True, default=10.0)
    trust: int = eqx.field(static=True, default=32)

    def __check_init__(self):
        if not (is_real(self.time_constant) and self.time_constant >= 1):
            raise ValueError(
                f"Expected time_constant >= 1, in samples; got {self.time_constant!r}. "
                "Try time_constant=1000."
            )

    def share(self, count: Float[Array, " size"]) -> Float[Array, " size"]:
        return jnp.maximum(1 / count, 1 / self.time_constant)
