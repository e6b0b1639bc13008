"""Moments of a session, which begin from those of the session before."""

import equinox as eqx
import jax.numpy as jnp

from onward._checks import is_real
from onward._typing import Array, Float
from onward.scales.moments import AbstractMoments, Moments


class SessionMoments(AbstractMoments):
    """Mean and standard deviation over a session, with those of the session before as prior.

    Where a session begins (`onward.begin_session`), the moments so far count as `prior_strength`
    values, or as the values that there were if these were fewer; within it all values weigh alike:

        mean = (s m₀ + Σ value) / (s + n)
        variance = (s (v₀ + (m₀ - mean)²) + Σ (value - mean)²) / (s + n)

    with the prior mean m₀, its variance v₀ and strength s, and n values of the session. So the
    scale follows a recording whose channels change from day to day, and does not begin each day
    knowing nothing. Exact up to rounding while no value is clipped. Cost: 3 numbers an entry.

    Args:
        prior_strength: what the moments of the past count for, in samples; at least 1.
        clip: in standard deviations; None for no clipping, of scores or of what moves the scale.
        trust: values before outliers are recognised.
    """

    prior_strength: float = eqx.field(static=True, default=600.0)
    clip: float | None = eqx.field(static=True, default=10.0)
    trust: int = eqx.field(static=True, default=32)

    def __check_init__(self):
        if not (is_real(self.prior_strength) and self.prior_strength >= 1):
            raise ValueError(
                f"Expected prior_strength >= 1, in samples; got {self.prior_strength!r}. "
                "Try prior_strength=600."
            )

    def share(self, count: Float[Array, " size"]) -> Float[Array, " size"]:
        return 1 / count

    def begin_session(self, state: Moments) -> Moments:
        return state.counted(jnp.minimum(state.count, self.prior_strength))
