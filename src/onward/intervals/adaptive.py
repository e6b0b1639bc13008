"""Intervals whose width follows how often they miss."""

import math
from statistics import NormalDist
from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp

from onward._checks import check_between, check_integer
from onward._trees import with_settings
from onward._typing import Array, Bool, Float

# The step after k scored labels is EARLY / √k, within these bounds. The largest is divided by how
# many intervals are out at once: each of them answers the same misses, and together they overshoot.
EARLY, LEAST_STEP, MOST_STEP = 3.0, 0.03, 0.35
# Of a step of the log-width, in half-widths: how far a miss moves the centre.
CENTRE = 0.2
# Errors that the running size remembers, and the sizes at which one error is cut.
MEMORY, CUT = 50.0, 10.0
# Half-widths in running sizes, as logarithms. Below the lower one nothing is gained by shrinking,
# and the way back is long; the upper one keeps numbers finite.
NARROWEST, WIDEST = -5.0, 20.0
# The first interval is as wide as for normal errors, and so many times wider, as few are known.
MARGIN = 1.2


class Issued(NamedTuple):
    """What was told of a label before it came.

    Attributes:
        prediction: the point prediction; any number where there was none.
        low, high: the interval; any numbers where there was none.
        predicted: where there was a prediction.
        given: where there was an interval.
    """

    prediction: Float[Array, "*late outputs"]
    low: Float[Array, "*late outputs"]
    high: Float[Array, "*late outputs"]
    predicted: Bool[Array, "*late outputs"]
    given: Bool[Array, "*late outputs"]


class AdaptiveState(eqx.Module):
    """What intervals follow from, for each output.

    Attributes:
        values: labels so far; running size of the errors; centre of the interval, less the
            prediction, and logarithm of half its width, both in running sizes.
        most: the largest step.
    """

    values: Float[Array, "4 outputs"]
    most: Float[Array, ""]


class AdaptiveConformal(eqx.Module):
    """Adaptive conformal inference: intervals that are widened by a miss and narrowed by a hit.

    With the running size s of the errors e = |y - ŷ|, the interval around a prediction ŷ is

        ŷ + s (c ± exp(w))

    A label y is a miss if it lies outside of the interval that was given for it. With α = 1 - level
    and a step γ it moves

        w ← w + γ (miss - α)
        c ← c + γ exp(w) (above - below) / 5
        s ← s + (min(e, 10 s) - s) / 50

    So α of the labels are missed in the long run, as many above as below. Everything is in units of
    s, which follows errors that grow a thousand times within some 50 labels, and errors that shrink
    as much within some 350. At first s is the plain mean; an error of exactly zero does not move
    it. The step is 3 / √k after k labels, at least 0.03, and at most 0.35 / (1 + n) where n other
    intervals wait for their labels. A larger one would swing.

    Whatever the labels are, w does not forget a miss. After k labels with an interval the number of
    misses is at most

        α k + (b - a) / γ

    where a and b are the smallest and the largest w since the first of them, and γ is the last
    step. As long as no error is larger than R sizes off the centre, b is at most log R + (1 + n) γ,
    or where w began; w stops at 20, where half the width is 5e8 sizes. The misses fall short of α k
    by no more than that bound either, unless w has reached its floor of -5, where half the width is
    0.7 % of the size.

    There is no interval before `first` labels have come. Every output is followed by itself; a
    label that is missing changes nothing.

    Cost: 4 numbers an output.

    Departures: the source moves the level of an empirical quantile; here the width itself is
    moved, as in quantile tracking, by its logarithm and in units of the errors. The decreasing
    step is that of Angelopoulos, Barber & Bates (2024).

    Reference: Gibbs & Candès (2021), "Adaptive conformal inference under distribution shift",
    NeurIPS; Angelopoulos, Candès & Tibshirani (2023), "Conformal PID control for time series
    prediction", NeurIPS, for quantile tracking; Angelopoulos, Barber & Bates (2024), "Online
    conformal prediction with decaying step sizes", ICML.

    Args:
        level: share of the labels that are to lie within, in (0, 1).
        first: labels before the first interval.

    Raises:
        ValueError: a level or a number that is none.
    """

    level: float = eqx.field(static=True, default=0.9)
    first: int = eqx.field(static=True, default=10)

    def __check_init__(self):
        check_between("level", self.level, 0, 1, example=0.9, ends="()")
        check_integer("first", self.first, least=1, example=10)

    def __repr__(self) -> str:
        return with_settings(self)

    def init(self, outputs: int, dtype, waiting: int = 0) -> AdaptiveState:
        """The state before the first label.

        Args:
            outputs: numbers in a prediction.
            dtype: of the predictions.
            waiting: how many other intervals have been given since, and wait for their labels,
                when an interval's own label comes.
        """
        # Of a normal error the standard deviation is √(π/2) of the mean size.
        half = MARGIN * NormalDist().inv_cdf((1 + self.level) / 2) * (math.pi / 2) ** 0.5
        begin = jnp.full(outputs, math.log(half), dtype)
        nothing = jnp.zeros(outputs, dtype)
        values = jnp.stack([nothing, nothing, nothing, jnp.clip(begin, NARROWEST, WIDEST)])
        return AdaptiveState(values, jnp.full((), MOST_STEP / (1 + waiting), dtype))

    def ready(self, state: AdaptiveState) -> Bool[Array, " outputs"]:
        """For which outputs there is an interval."""
        return state.values[0] >= self.first

    def interval(
        self, state: AdaptiveState, prediction: Float[Array, " outputs"]
    ) -> tuple[Float[Array, " outputs"], Float[Array, " outputs"]]:
        """The ends of the interval around a prediction, in its units; see `ready`."""
        _, size, centre, width = state.values
        middle, half = prediction + size * centre, size * jnp.exp(width)
        return middle - half, middle + half

    def update(
        self,
        state: AdaptiveState,
        issued: Issued,
        label: Float[Array, " outputs"],
        known: Bool[Array, " outputs"],
    ) -> AdaptiveState:
        """The state after a label.

        Args:
            state: before it.
            issued: what was told of this very label, by a state that may be long past.
            label: any number where it is not known.
            known: which entries have come.
        """
        count, size, centre, width = state.values
        known = known & issued.predicted
        judged = known & issued.given
        above, below = judged & (label > issued.high), judged & (label < issued.low)
        number = lambda flag: jnp.where(flag, 1, 0).astype(label.dtype)  # noqa: E731
        step = EARLY / jnp.sqrt(jnp.maximum(count + 1 - self.first, 1))
        step = jnp.minimum(jnp.maximum(step, LEAST_STEP), state.most)
        wider = step * (number(above | below) - (1 - self.level))
        aside = CENTRE * step * jnp.exp(width) * (number(above) - number(below))

        error = jnp.where(known, jnp.abs(label - issued.prediction), 0)
        trusted = (count >= self.first) & (size > 0)
        error = jnp.minimum(error, jnp.where(trusted, CUT * size, jnp.inf))
        # A label that is met exactly says nothing of how large errors are.
        share = jnp.where(size > 0, 1 / jnp.clip(count + 1, 1, MEMORY), 1)
        values = [
            count + number(known),
            jnp.where(error > 0, size + share * (error - size), size),
            centre + aside,
            jnp.clip(width + jnp.where(judged, wider, 0), NARROWEST, WIDEST),
        ]
        return AdaptiveState(jnp.stack(values), state.most)
