"""Normalisation by the moments of all values so far."""

from numbers import Real

import equinox as eqx
import jax.numpy as jnp

from onward._checks import check_integer
from onward._typing import Array, Bool, Float
from onward.scales.base import AbstractScale


class Moments(eqx.Module):
    """Running count, mean and variance of each entry, as the rows of one array.

    The count is a float: it stops at 2/eps (16.8 million in float32), after which the newest
    value goes on weighing eps/2.
    """

    values: Float[Array, "3 size"]

    @property
    def count(self) -> Float[Array, "*batch size"]:
        """Values so far."""
        return self.values[..., 0, :]

    @property
    def mean(self) -> Float[Array, "*batch size"]:
        """Their mean."""
        return self.values[..., 1, :]

    @property
    def variance(self) -> Float[Array, "*batch size"]:
        """Their variance (divided by the count)."""
        return self.values[..., 2, :]


class RunningMoments(AbstractScale):
    """(value - mean) / standard deviation, both over all values so far (Welford 1962).

    An entry that has not varied yet is only centred, and restored as its mean; before its first
    value there is nothing to restore, and `restore` gives NaN. Normalised values are clipped at
    ±`clip`, and once `trust` values are in, a value counts at most `clip` standard deviations
    from the mean, so that one wild value can neither dominate an update nor spoil the scale; a
    true change of level still moves the scale, geometrically.

    Args:
        clip: in standard deviations.
        trust: values before outliers are recognised.
    """

    clip: float = eqx.field(static=True, default=10.0)
    trust: int = eqx.field(static=True, default=32)

    def __check_init__(self):
        if not (isinstance(self.clip, Real) and self.clip > 0):
            raise ValueError(f"Expected clip > 0; got {self.clip!r}. Try clip=10.")
        check_integer("trust", self.trust, least=0, example=32)

    def init(self, size: int, dtype) -> Moments:
        return Moments(jnp.zeros((3, size), dtype))

    def update(
        self, state: Moments, value: Float[Array, " size"], known: Bool[Array, " size"]
    ) -> Moments:
        one = jnp.where(known, 1, 0).astype(value.dtype)
        count = state.count + one
        step = one / jnp.maximum(count, 1)
        reach = self.clip * self._deviation(state)
        seen = (state.count >= self.trust) & (state.variance > 0)
        gap = jnp.where(known, value - state.mean, 0)
        gap = jnp.where(seen, jnp.clip(gap, -reach, reach), gap)
        mean = state.mean + step * gap
        return Moments(jnp.stack([count, mean, (1 - step) * (state.variance + step * gap * gap)]))

    def normalise(self, state: Moments, value: Float[Array, " size"]) -> Float[Array, " size"]:
        return jnp.clip((value - state.mean) / self._deviation(state), -self.clip, self.clip)

    def restore(self, state: Moments, value: Float[Array, " size"]) -> Float[Array, " size"]:
        # A deviation of one would be of some unit or other: what has not varied is its mean.
        spread = jnp.where(self._constant(state), 0, self._deviation(state))
        return jnp.where(state.count > 0, state.mean + spread * value, jnp.nan)

    def _deviation(self, state: Moments) -> Float[Array, " size"]:
        constant = self._constant(state)
        return jnp.where(constant, 1, jnp.sqrt(jnp.where(constant, 1, state.variance)))

    def _constant(self, state: Moments) -> Bool[Array, " size"]:
        """Where the variance is below the rounding of the mean."""
        return state.variance <= (jnp.finfo(state.mean.dtype).eps * state.mean) ** 2
