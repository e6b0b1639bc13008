"""Moments that are given and stand still."""

from collections.abc import Sequence

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from onward._checks import is_real
from onward._typing import Array, Bool, Float
from onward.scales.base import AbstractScale


class FixedMoments(AbstractScale):
    """(value - mean) / deviation, with a mean and a deviation that never move.

    For a scale that is known, from an earlier session say, and for a second-order readout, which
    learns best under a scale that stands still. Cost: 2 numbers an entry.

    Args:
        mean: of each entry, or one for all.
        deviation: of each entry, or one for all; positive, in the units of the values.
        clip: normalised values are clipped there; None for no clipping.
    """

    mean: tuple[float, ...] = eqx.field(static=True)
    deviation: tuple[float, ...] = eqx.field(static=True)
    clip: float | None = eqx.field(static=True)

    def __init__(
        self,
        mean: float | Sequence[float] | np.ndarray,
        deviation: float | Sequence[float] | np.ndarray,
        clip: float | None = None,
    ):
        self.mean, self.deviation = _numbers("mean", mean), _numbers("deviation", deviation)
        if min(self.deviation) <= 0:
            raise ValueError(
                f"Expected deviations > 0; got {min(self.deviation)}. Try 1.0 for an entry that "
                "does not vary."
            )
        if clip is not None and not (is_real(clip) and clip > 0):
            raise ValueError(f"Expected clip > 0, or None; got {clip!r}. Try clip=10.")
        self.clip = clip

    def init(self, size: int, dtype) -> Float[Array, "2 size"]:
        rows = []
        for name, numbers in (("mean", self.mean), ("deviation", self.deviation)):
            if len(numbers) not in (1, size):
                raise ValueError(
                    f"Expected {name} as one number or {size}, one an entry (of an input: the "
                    f"features and, with feedback, the encoded label); got {len(numbers)}. Try "
                    "as many as the learner reads."
                )
            rows.append(jnp.broadcast_to(jnp.asarray(numbers, dtype), (size,)))
        return jnp.stack(rows)

    def update(
        self,
        state: Float[Array, "2 size"],
        value: Float[Array, " size"],
        known: Bool[Array, " size"],
    ) -> Float[Array, "2 size"]:
        return state

    def normalise(
        self, state: Float[Array, "2 size"], value: Float[Array, " size"]
    ) -> Float[Array, " size"]:
        return (value - state[0]) / state[1]

    def bounded(self, score: Float[Array, " size"]) -> Float[Array, " size"]:
        return score if self.clip is None else jnp.clip(score, -self.clip, self.clip)

    def restore(
        self, state: Float[Array, "2 size"], value: Float[Array, " size"]
    ) -> Float[Array, " size"]:
        return state[0] + state[1] * value

    def ready(
        self, state: Float[Array, "2 size"], value: Float[Array, " size"]
    ) -> Bool[Array, " size"]:
        return jnp.ones(value.shape, bool)


def _numbers(name: str, values: float | Sequence[float] | np.ndarray) -> tuple[float, ...]:
    try:
        numbers = np.atleast_1d(np.asarray(values, np.float64))
    except (TypeError, ValueError):
        numbers = np.full(1, np.nan)
    if numbers.ndim != 1 or not len(numbers) or not np.isfinite(numbers).all():
        raise ValueError(
            f"Expected {name} as one finite number, or one an entry; got {values!r}. "
            f"Try {name}={'1.0' if name == 'deviation' else '0.0'}."
        )
    return tuple(numbers.tolist())
