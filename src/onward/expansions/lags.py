"""Inputs of earlier samples."""

from collections.abc import Hashable

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._typing import Array, Bool, Float, Int
from onward.expansions.base import (
    AbstractExpansion,
    Inputs,
    Of,
    chosen,
    count,
    names,
    refuse_unknown,
)


class Past(eqx.Module):
    """The last samples, oldest overwritten first.

    Attributes:
        values: a row for each sample.
        place: of the row that is written next.
        begun: which inputs have been there at all.
    """

    values: Float[Array, "longest inputs"]
    place: Int[Array, ""]
    begun: Bool[Array, " inputs"]


class Lags(AbstractExpansion):
    """What the inputs were some samples ago: for each lag one column an input.

    Seasonal lags are long ones: (24, 168) of hourly samples are yesterday and a week ago. Of the
    fed-back label a lag counts from the newest one. A missing input keeps its newest value. Before
    an input has a value of that age, the column has its oldest one, and 0 while it has none.

    Cost: a copy for each input and lag; the longest lag's numbers for each input.

    Args:
        lags: in samples, each at least 1.
        of: which inputs: "all", "features" or "labels".
    """

    lags: tuple[int, ...] = eqx.field(static=True, default=(1, 2, 3))
    of: Of = eqx.field(static=True, default="all")

    def __check_init__(self):
        refuse_unknown(self.of)
        if not (isinstance(self.lags, tuple) and self.lags and all(map(_fits, self.lags))):
            raise ValueError(
                f"Expected a tuple of lags, integers >= 1; got {self.lags!r}. Try (1, 24)."
            )

    def width(self, features: int, labels: int) -> int:
        return len(self.lags) * count(self.of, features, labels)

    def init(self, features: int, labels: int, dtype) -> Past:
        inputs = count(self.of, features, labels)
        values = jnp.zeros((max(self.lags), inputs), dtype)
        return Past(values, jnp.zeros((), jnp.int32), jnp.zeros(inputs, bool))

    def step(self, state: Past, seen: Inputs, labels: int) -> tuple[Past, Float[Array, " width"]]:
        part, longest = chosen(self.of, len(seen.scaled), labels), max(self.lags)
        x, present = seen.scaled[part], seen.present[part]
        # A branch works in place: nearly always nothing is written.
        fresh = present & ~state.begun
        values = jax.lax.cond(
            jnp.any(fresh),
            lambda values: jnp.where(fresh[None], x[None], values),
            lambda values: values,
            state.values,
        )
        begun = state.begun | present
        lagged = [jnp.where(begun, values[(state.place - lag) % longest], 0) for lag in self.lags]
        newest = values[(state.place - 1) % longest]
        values = values.at[state.place].set(jnp.where(present, x, newest))
        after = Past(values, (state.place + 1) % longest, begun)
        return after, jnp.concatenate(lagged)

    def tags(self, features: int, labels: int) -> list[Hashable]:
        return [
            (place, name)
            for place in range(len(self.lags))
            for name in names(self.of, features, labels)
        ]

    def begin(self, state: Past) -> Past:
        return Past(state.values, state.place, jnp.zeros_like(state.begun))


def _fits(lag: object) -> bool:
    return isinstance(lag, int) and not isinstance(lag, bool) and lag >= 1
