"""Normalisation by the running mean and standard deviation of each entry."""

from abc import abstractmethod
from collections.abc import Callable

import equinox as eqx
import jax.numpy as jnp

from onward._checks import check_integer, is_real
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

    def counted(self, count: Float[Array, " size"]) -> "Moments":
        """The same with another count."""
        return Moments(self.values.at[0].set(count))

    @property
    def mean(self) -> Float[Array, "*batch size"]:
        """Their mean."""
        return self.values[..., 1, :]

    @property
    def variance(self) -> Float[Array, "*batch size"]:
        """Their variance (divided by the count)."""
        return self.values[..., 2, :]


class AbstractMoments(AbstractScale):
    """(value - mean) / standard deviation, with moments that move by `share` of each new value.

        gap = value - mean,  mean ← mean + share gap,  variance ← (1 - share)(variance + share gap²)

    An entry that has not varied yet is only centred, and restored as its mean. Before its first
    value there is nothing to restore: `ready` is False, and `restore` gives zero. Normalised
    values are clipped at ±`clip`. Once `trust` values are in, a value counts at most `clip`
    standard deviations from the mean, so that one wild value can neither dominate an update nor
    spoil the scale; a true change of level still moves the scale, geometrically.

    To add another weighting of the past, subclass in a file of its own and write `share`.
    """

    clip: eqx.AbstractVar[float | None]
    trust: eqx.AbstractVar[int]

    def __check_init__(self):
        if self.clip is not None and not (is_real(self.clip) and self.clip > 0):
            raise ValueError(f"Expected clip > 0, or None; got {self.clip!r}. Try clip=10.")
        check_integer("trust", self.trust, least=0, example=32)

    @abstractmethod
    def share(self, count: Float[Array, " size"]) -> Float[Array, " size"]:
        """The weight of the newest of `count` values, in (0, 1]; of the first it is 1."""

    def init(self, size: int, dtype) -> Moments:
        return Moments(jnp.zeros((3, size), dtype))

    def update(
        self, state: Moments, value: Float[Array, " size"], known: Bool[Array, " size"]
    ) -> Moments:
        if self.clip is not None:
            reach = self.clip * deviation(state)
            seen = (state.count >= self.trust) & (state.variance > 0)
            near = jnp.clip(value, state.mean - reach, state.mean + reach)
            value = jnp.where(seen, near, value)
        return moved(state, value, known, self.share)

    def normalise(self, state: Moments, value: Float[Array, " size"]) -> Float[Array, " size"]:
        return (value - state.mean) / deviation(state)

    def bounded(self, score: Float[Array, " size"]) -> Float[Array, " size"]:
        return score if self.clip is None else jnp.clip(score, -self.clip, self.clip)

    def restore(self, state: Moments, value: Float[Array, " size"]) -> Float[Array, " size"]:
        # A deviation of one would be of some unit or other: what has not varied is its mean.
        spread = jnp.where(_constant(state), 0, deviation(state))
        return state.mean + spread * value

    def ready(self, state: Moments, value: Float[Array, " size"]) -> Bool[Array, " size"]:
        return state.count > 0


def moved(
    state: Moments,
    value: Float[Array, " size"],
    known: Bool[Array, " size"],
    share: Callable[[Float[Array, " size"]], Float[Array, " size"]],
) -> Moments:
    """Moments after a value, of which each known entry weighs the `share` of its new count."""
    one = jnp.where(known, 1, 0).astype(value.dtype)
    count = state.count + one
    step = one * share(jnp.maximum(count, 1))
    gap = jnp.where(known, value - state.mean, 0)
    mean = state.mean + step * gap
    return Moments(jnp.stack([count, mean, (1 - step) * (state.variance + step * gap * gap)]))


def deviation(state: Moments) -> Float[Array, " size"]:
    """The standard deviation; 1 where nothing has varied."""
    constant = _constant(state)
    return jnp.where(constant, 1, jnp.sqrt(jnp.where(constant, 1, state.variance)))


def _constant(state: Moments) -> Bool[Array, " size"]:
    """Where the variance is below the rounding of the mean."""
    return state.variance <= (jnp.finfo(state.mean.dtype).eps * state.mean) ** 2
