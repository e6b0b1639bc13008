"""What was true a period ago is true next."""

import equinox as eqx
import jax.numpy as jnp

from onward._checks import check_integer
from onward._typing import Array, Bool, Float
from onward.forecasters.base import AbstractForecaster
from onward.forecasters.ring import Ring


class SeasonalState(eqx.Module):
    """The labels of the newest period.

    Attributes:
        period: of each row its label, and 1 where that was known, else 0.
        last: the newest known label.
    """

    period: Ring
    last: Float[Array, " width"]


class Seasonal(AbstractForecaster):
    """The label of one period before, also called the seasonal naive forecast.

        forecast(t + ahead) = y(t + ahead - k period),   k = ceil(ahead / period)

    So it repeats the newest period, however far ahead. Where that row has no label, or came before
    the first one, the newest label stands in. A new sequence has no period yet, and starts from
    the last label of the one before.
    Cost: 2 period + 1 numbers a target; one row of them is read and one written. Exact.
    Source: Hyndman and Athanasopoulos (2021), Forecasting: Principles and Practice, section 5.2.

    Args:
        period: in rows, at least 2.
    """

    period: int = eqx.field(static=True)

    def __check_init__(self):
        check_integer("period", self.period, least=2, example=24)

    def init(self, width: int, dtype, ahead: int) -> SeasonalState:
        none = jnp.zeros((2, width), dtype)
        return SeasonalState(Ring.full_of(none, self.period), none[0])

    def update(
        self, state: SeasonalState, label: Float[Array, " width"], known: Bool[Array, " width"]
    ) -> SeasonalState:
        row = jnp.stack([jnp.where(known, label, 0), known.astype(label.dtype)])
        return SeasonalState(state.period.pushed(row), jnp.where(known, label, state.last))

    def forecast(self, state: SeasonalState, ahead: int) -> Float[Array, " width"]:
        label, known = state.period.in_phase(ahead)
        return jnp.where(known > 0, label, state.last)

    def unmet(self, state: SeasonalState) -> SeasonalState:
        period = Ring(state.period.rows.at[:, 0].set(0), state.period.position)
        return SeasonalState(period, jnp.zeros_like(state.last))

    def begin(self, state: SeasonalState) -> SeasonalState:
        return SeasonalState(state.period.emptied(), state.last)
