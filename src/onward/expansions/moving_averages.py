"""Exponential moving averages with several time constants."""

from collections.abc import Hashable

import equinox as eqx
import jax.numpy as jnp

from onward._checks import is_real
from onward._typing import Array, Float
from onward.expansions.base import (
    AbstractExpansion,
    Inputs,
    Of,
    chosen,
    count,
    names,
    refuse_unknown,
)


class Averages(eqx.Module):
    """Samples seen of each input, and its averages."""

    seen: Float[Array, " inputs"]
    means: Float[Array, "constants inputs"]


class MovingAverages(AbstractExpansion):
    """Moving averages of the inputs: for each time constant τ one column an input.

        m ← m + (x - m) / min(count, τ)

    The first τ values weigh alike, so that there is no bias at the start. A missing input leaves
    its averages as they are.

    Cost: a multiplication and a number for each input and time constant.

    Args:
        time_constants: in samples, each at least 1.
        of: which inputs are averaged: "all", "features" or "labels".
    """

    time_constants: tuple[float, ...] = eqx.field(static=True, default=(4.0, 16.0, 64.0, 256.0))
    of: Of = eqx.field(static=True, default="all")

    def __check_init__(self):
        refuse_unknown(self.of)
        given = self.time_constants
        if not (isinstance(given, tuple) and given and all(map(_fits, given))):
            raise ValueError(
                f"Expected a tuple of time constants, each >= 1; got {given!r}. Try (4.0, 16.0)."
            )

    def width(self, features: int, labels: int) -> int:
        return len(self.time_constants) * count(self.of, features, labels)

    def init(self, features: int, labels: int, dtype) -> Averages:
        inputs = count(self.of, features, labels)
        means = jnp.zeros((len(self.time_constants), inputs), dtype)
        return Averages(jnp.zeros(inputs, dtype), means)

    def step(
        self, state: Averages, seen: Inputs, labels: int
    ) -> tuple[Averages, Float[Array, " width"]]:
        part = chosen(self.of, len(seen.scaled), labels)
        x, present = seen.scaled[part], seen.present[part]
        longest = max(self.time_constants)
        number = jnp.minimum(state.seen + jnp.where(present, 1, 0).astype(x.dtype), longest)
        constants = jnp.asarray(self.time_constants, x.dtype)[:, None]
        share = 1 / jnp.clip(number[None], 1, constants)
        gap = jnp.where(present, x, 0)[None] - state.means
        means = state.means + jnp.where(present[None], share * gap, 0)
        return Averages(number, means), jnp.ravel(means)

    def tags(self, features: int, labels: int) -> list[Hashable]:
        inputs = names(self.of, features, labels)
        return [(place, name) for place in range(len(self.time_constants)) for name in inputs]

    def begin(self, state: Averages) -> Averages:
        return Averages(jnp.zeros_like(state.seen), jnp.zeros_like(state.means))


def _fits(constant: float) -> bool:
    return is_real(constant) and constant >= 1
