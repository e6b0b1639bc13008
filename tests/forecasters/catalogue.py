"""The forecasters that the laws are checked on, and how one passes over labels."""

from collections.abc import Collection
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from onward.forecasters import (
    AbstractForecaster,
    HoltWinters,
    LastLabel,
    Markov,
    MovingAverage,
    RunningMean,
    Seasonal,
)
from oracles import jit

FORECASTERS = {
    "last label": lambda: LastLabel(),
    "running mean": lambda: RunningMean(),
    "moving average": lambda: MovingAverage(7.5),
    "seasonal": lambda: Seasonal(5),
    "smoothed level": lambda: HoltWinters(seasonal=None),
    "additive season": lambda: HoltWinters(5),
    "multiplicative season": lambda: HoltWinters(5, "multiplicative", damped=False),
    "markov": lambda: Markov(),
    "markov of two": lambda: Markov(2, time_constant=20.0),
}


def passed(
    forecaster: AbstractForecaster,
    labels: np.ndarray,
    ahead: int = 1,
    dtype=np.float64,
    begins: Collection[int] = (),
    hidden: float = 123.0,
):
    """The forecasts after each row of labels, and the last state.

    Args:
        forecaster: which.
        labels: (rows, width); NaN for what is missing.
        ahead: of the forecasts.
        dtype: of labels.
        begins: rows that start a sequence.
        hidden: what stands in the place of a missing label.
    """
    known = np.isfinite(labels)
    values = jnp.asarray(np.where(known, labels, hidden), dtype)
    begin = np.isin(np.arange(len(labels)), list(begins))
    state, forecasts = _passed(forecaster, ahead, values, jnp.asarray(known), jnp.asarray(begin))
    return np.asarray(forecasts), state


@partial(jit, static_argnums=(0, 1))
def _passed(forecaster, ahead, labels, known, begin):
    def step(state, row):
        label, known, begin = row
        fresh = forecaster.begin(state)
        state = jax.tree.map(lambda new, old: jnp.where(begin, new, old), fresh, state)
        state = forecaster.update(state, label, known)
        return state, forecaster.forecast(state, ahead)

    state = forecaster.init(labels.shape[1], labels.dtype, ahead)
    return jax.lax.scan(step, state, (labels, known, begin))


def labels_for(forecaster: AbstractForecaster, rows: int = 60, gaps: float = 0.2) -> np.ndarray:
    """Random labels with gaps, in three columns: numbers above zero, or classes that repeat."""
    random = np.random.default_rng(0)
    if forecaster.numbers:
        labels = 5 + np.abs(random.normal(size=(rows, 3))) * [1, 100, 1e-3]
        labels[random.random(labels.shape) < gaps] = np.nan
        return labels
    classes = np.where(random.random(rows) < 0.7, np.arange(rows) % 3, random.integers(0, 3, rows))
    labels = np.eye(3)[classes]
    labels[random.random(rows) < gaps] = np.nan
    return labels
