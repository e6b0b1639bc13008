"""Level, trend and season, smoothed."""

import dataclasses
import math
from itertools import product
from typing import ClassVar, Literal

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._checks import check_integer
from onward._typing import Array, Bool, Float, Int
from onward.forecasters.base import AbstractForecaster
from onward.forecasters.ring import Ring

# The shares of level, trend and season that each candidate takes from a new label.
LEVELS, TRENDS, SEASONS = (0.05, 0.15, 0.4, 0.8), (0.01, 0.1), (0.05, 0.25)
# What is left of a trend a row later, where it is damped.
DAMPING = 0.98
# Rows in which the square of an old error comes to weigh 1/e.
MEMORY = 200.0
# Seasonal factors, and an extrapolated level in units of the present one, stay within these.
FACTOR, LOWEST = 1e3, 0.1


class HoltWintersState(eqx.Module):
    """The candidates of each target.

    Attributes:
        level: less the season, as each candidate has it.
        trend: its growth a row.
        season: what each candidate adds to the level, or multiplies it by; in a target's first
            period the labels themselves.
        due: the season of the next row, read from the ring beforehand: what reads a ring in
            the row that writes it has it copied.
        error: the root of the discounted sum of each candidate's squared errors.
        last: the newest known label.
        age: rows since the target's first label, that one included, up to a period.
        multiplies: where seasons are factors.
    """

    level: Float[Array, "candidates width"]
    trend: Float[Array, "candidates width"]
    season: Ring
    due: Float[Array, "candidates width"]
    error: Float[Array, "candidates width"]
    last: Float[Array, " width"]
    age: Int[Array, " width"]
    multiplies: Bool[Array, " width"]


class HoltWinters(AbstractForecaster):
    """Exponential smoothing of level, trend and season.

    Additive, with the season s of one period before:

        ŷ = l + φ b + s,   e = y - ŷ
        l ← l + φ b + α e,   b ← φ b + α β e,   s ← s + γ (1 - α) e
        forecast(t + ahead) = l + (φ + ... + φ^ahead) b + s

    Multiplicative, with factors in place of summands:

        ŷ = (l + φ b) s
        l' = α y / s + (1 - α)(l + φ b),   b ← β (l' - l) + (1 - β) φ b,   s ← γ y / l' + (1 - γ) s

    φ is .98, or 1 where the trend is not damped. There is nothing to tune: 16 candidates, each with
    its own α, β and γ, are carried side by side for each target. The forecast is that of the
    candidate with the least sum of squared one-step errors, which are discounted by 1/e in 200
    rows.

    A target's first period, from its first label on, gives its mean as the first level and the
    differences from it (or quotients) as the first season; the first trend is 0. A label that is
    missing there is taken as the one before. Until the period is in, the forecast is the newest
    label. Later a missing label leaves the season as it is, and the trend goes on.

    Factors need labels above zero. The first other label of a target turns its factors into
    summands, l (s - 1), and is itself left out; from then on its season is additive. Factors stay
    within 1e-3 and 1e3, and no trend takes the level below a tenth of itself.
    A new sequence starts as the first one did, but keeps the errors.
    Cost: 16 (period + 4) numbers a target; a step reads and writes one row of the season, and takes
    some 400 flops a target. Without a season 8 candidates.
    Source: Holt (1957) and Winters (1960); Gardner and McKenzie (1985) for the damped trend.
    Hyndman and others (2008), Forecasting with Exponential Smoothing, table 2.1, has all forms.

    Args:
        period: of the season, in rows, at least 2; None without a season.
        seasonal: "additive", "multiplicative" or None.
        damped: whether the trend fades.
    """

    classes: ClassVar[bool] = False

    period: int | None = eqx.field(static=True, default=None)
    seasonal: Literal["additive", "multiplicative"] | None = eqx.field(
        static=True, default="additive"
    )
    damped: bool = eqx.field(static=True, default=True)

    def __check_init__(self):
        if self.seasonal not in ("additive", "multiplicative", None):
            raise ValueError(
                'Expected seasonal as "additive", "multiplicative" or None; got '
                f'{self.seasonal!r}. Try seasonal="additive".'
            )
        if self.seasonal is not None:
            check_integer("period", self.period, least=2, example=24)
        elif self.period is not None:
            raise ValueError(
                f"Expected no period without a season; got period={self.period!r}. "
                'Try period=None, or seasonal="additive".'
            )
        if not isinstance(self.damped, bool):
            raise ValueError(f"Expected damped as a bool; got {self.damped!r}. Try damped=True.")

    @property
    def _damping(self) -> float:
        return DAMPING if self.damped else 1.0

    def _shares(self, dtype) -> Float[Array, "3 candidates"]:
        seasons = (0.0,) if self.period is None else SEASONS
        return jnp.asarray(list(product(LEVELS, TRENDS, seasons)), dtype).T

    def init(self, width: int, dtype, ahead: int) -> HoltWintersState:
        none = jnp.zeros((self._shares(dtype).shape[1], width), dtype)
        return HoltWintersState(
            level=none,
            trend=none,
            season=Ring.full_of(none, self.period or 1),
            due=none,
            error=none,
            last=none[0],
            age=jnp.zeros(width, jnp.int32),
            multiplies=jnp.full(width, self.seasonal == "multiplicative"),
        )

    def update(
        self, state: HoltWintersState, label: Float[Array, " width"], known: Bool[Array, " width"]
    ) -> HoltWintersState:
        length = len(state.season.rows)
        last = jnp.where(known, label, state.last)
        age = jnp.where(known | (state.age > 0), jnp.minimum(state.age + 1, length), 0)
        settled = state.age == length
        settles = (age == length) & ~settled
        turned = known & state.multiplies & (label <= jnp.finfo(label.dtype).tiny)
        level, trend, season, error = self._smoothed(state, label, known & settled & ~turned)
        after = HoltWintersState(
            level=level,
            trend=jnp.where(settles[None], 0, trend),
            season=state.season.pushed(jnp.where(settled[None], season, last[None])),
            due=state.due,
            error=error,
            last=last,
            age=age,
            multiplies=state.multiplies & ~turned,
        )
        # All of a season is written anew once a sequence, and once where factors turn.
        rows, level = jax.lax.cond(
            (settles | turned).any(),
            lambda *season: _rebased(after.multiplies, settles, turned & settled, *season),
            lambda *season: season,
            after.season.rows,
            after.level,
        )
        ring = Ring(rows, after.season.position)
        return dataclasses.replace(after, season=ring, due=ring.in_phase(1), level=level)

    def _smoothed(
        self, state: HoltWintersState, label: Float[Array, " width"], taken: Bool[Array, " width"]
    ) -> tuple[Float[Array, "candidates width"], ...]:
        """Level, trend, season and error of each candidate after a row."""
        alpha, beta, gamma = self._shares(label.dtype)[:, :, None]
        season, factors, y = state.due, state.multiplies[None], label[None]
        growth = _growth(state, self._damping)
        base = state.level + growth
        error = y - jnp.where(factors, base * season, base + season)
        gap = error / jnp.where(factors, season, 1)
        level = base + alpha * gap
        rest = jnp.where(factors, _factor(y, level) - season, (1 - alpha) * error)
        root = jnp.hypot(math.exp(-0.5 / MEMORY) * state.error, error)
        known = taken[None]
        return (
            jnp.where(known, level, base),
            jnp.where(known, growth + alpha * beta * gap, growth),
            jnp.where(known, season + gamma * rest, season),
            jnp.where(known, root, state.error),
        )

    def forecast(self, state: HoltWintersState, ahead: int) -> Float[Array, " width"]:
        damping = self._damping
        rows = ahead if damping == 1 else damping * (1 - damping**ahead) / (1 - damping)
        base, season = state.level + _growth(state, rows), state.season.in_phase(ahead)
        each = jnp.where(state.multiplies[None], base * season, base + season)
        best = jax.lax.argmin(state.error, 0, jnp.int32)
        chosen = jnp.arange(len(each), dtype=best.dtype)[:, None] == best[None]
        forecast = jnp.where(chosen, each, 0).sum(axis=0)
        return jnp.where(state.age == len(state.season.rows), forecast, state.last)

    def begin(self, state: HoltWintersState) -> HoltWintersState:
        return eqx.tree_at(lambda s: s.age, state, jnp.zeros_like(state.age))


def _rebased(
    multiplies: Bool[Array, " width"],
    settles: Bool[Array, " width"],
    turned: Bool[Array, " width"],
    rows: Float[Array, "length candidates width"],
    level: Float[Array, "candidates width"],
) -> tuple[Float[Array, "length candidates width"], Float[Array, "candidates width"]]:
    """Season and level of targets whose first period is in, or whose factors become summands."""
    mean = rows.mean(axis=0)
    factors = _factor(rows, mean[None])
    first = jnp.where(multiplies[None, None], factors, rows - mean[None])
    later = jnp.where(turned[None, None], level[None] * (rows - 1), rows)
    return (
        jnp.where(settles[None, None], first, later),
        jnp.where(settles[None], mean, level),
    )


def _growth(state: HoltWintersState, trends: float) -> Float[Array, "candidates width"]:
    """So many trends; where seasons are factors, no more downwards than a level can bear."""
    growth = trends * state.trend
    held = jnp.maximum(growth, (LOWEST - 1) * state.level)
    return jnp.where(state.multiplies[None], held, growth)


def _factor(
    label: Float[Array, "*#batch width"], level: Float[Array, "*#batch width"]
) -> Float[Array, "*#batch width"]:
    above_zero = jnp.maximum(level, jnp.finfo(level.dtype).tiny)
    return jnp.clip(label / above_zero, 1 / FACTOR, FACTOR)
