"""Integer inputs of few values, as one column a value."""

from collections.abc import Hashable

import equinox as eqx
import jax.numpy as jnp

from onward._checks import check_integer
from onward._typing import Array, Bool, Float
from onward.expansions.base import AbstractExpansion, Inputs


class Span(eqx.Module):
    """The smallest and the largest value of each feature, and whether it is still a name."""

    low: Float[Array, " features"]
    high: Float[Array, " features"]
    listed: Bool[Array, " features"]


class OneHot(AbstractExpansion):
    """Columns of 0 and 1 that tell which of its values an integer feature has.

    Value v is column v modulo `most`, so that columns keep their meaning whichever value comes
    first. A feature that turns out to have a value which is no integer, or values `most` apart or
    further, is a number and no name: its columns are 0 from then on.

    Cost: `most` comparisons a feature, and three numbers.

    Args:
        most: values of one feature, at least 2.
    """

    most: int = eqx.field(static=True, default=24)

    def __check_init__(self):
        check_integer("most", self.most, least=2, example=24)

    def width(self, features: int, labels: int) -> int:
        del labels
        return self.most * features

    def init(self, features: int, labels: int, dtype) -> Span:
        del labels
        far = jnp.full(features, jnp.inf, dtype)
        return Span(far, -far, jnp.ones(features, bool))

    def step(self, state: Span, seen: Inputs, labels: int) -> tuple[Span, Float[Array, " width"]]:
        first = len(seen.raw) - labels
        raw, present = seen.raw[:first], seen.present[:first]
        low = jnp.where(present, jnp.minimum(state.low, raw), state.low)
        high = jnp.where(present, jnp.maximum(state.high, raw), state.high)
        narrow = ~present | (high - low < self.most)
        listed = state.listed & narrow & (~present | (raw == jnp.floor(raw)))
        value = jnp.where(present & listed, raw, -1)
        place = jnp.where(present & listed, value - self.most * jnp.floor(value / self.most), -1)
        marked = place[:, None] == jnp.arange(self.most, dtype=raw.dtype)[None]
        return Span(low, high, listed), jnp.ravel(jnp.where(marked, 1, 0).astype(raw.dtype))

    def tags(self, features: int, labels: int) -> list[Hashable]:
        del labels
        return [(feature, value) for feature in range(features) for value in range(self.most)]
