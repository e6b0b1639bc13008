"""Small mixtures and streams for the tests of them."""

from functools import partial
from typing import Any

import jax
import numpy as np

from onward import (
    GRU,
    CrossEntropy,
    Lags,
    Learner,
    Memoryless,
    Observation,
    ReadoutOnly,
    RecursiveLeastSquares,
    input_size,
)
from onward.forecasters import AbstractForecaster, LastLabel, RunningMean
from onward.mixtures.mixture import Mixture

FEATURES, ROWS = 2, 40
KEY = jax.random.key(5)
# Each with the targets that a label has.
SETTINGS: dict[str, tuple[int, dict[str, Any]]] = {
    "numbers": (1, {"feedback": True}),
    "two targets, late": (2, {"feedback": True, "delay": 2}),
    "classes": (1, {"loss": CrossEntropy(3), "delay": 1}),
}


def members_of(
    targets: int = 1, *, dtype: Any = np.float32, units: int = 8, **options: Any
) -> dict[str, Learner | AbstractForecaster]:
    """A forecaster, a network, another forecaster, and a line on lags."""
    loss, feedback = options.get("loss"), options.get("feedback", False)
    label = (loss.width(targets) if loss else targets) if feedback else 0
    lags = (Lags((1, 3)),)
    network = GRU(input_size(FEATURES, label), units, key=jax.random.key(0), dtype=dtype)
    line = Memoryless(input_size(FEATURES, label, expansions=lags), dtype=dtype)
    readout = partial(RecursiveLeastSquares, forgetting=0.99)
    return {
        "last": LastLabel(),
        "network": Learner(network, targets, learning_rate=1e-2, **options),
        "mean": RunningMean(),
        "line": Learner(
            line, targets, rule=ReadoutOnly(), readout=readout, expansions=lags, **options
        ),
    }


def mixture_of(name: str, **options: Any) -> Mixture:
    """The mixture of one of `SETTINGS`."""
    targets, settings = SETTINGS[name]
    return Mixture(members_of(targets, **settings, **options))


def stream_of(name: str, dtype: Any = np.float32, seed: int = 0) -> Observation:
    """Rows with gaps, weights and starts; of two targets the second has no label."""
    random, (targets, settings) = np.random.default_rng(seed), SETTINGS[name]
    xs = random.normal(size=(ROWS, FEATURES))
    ys = np.cumsum(random.normal(size=(ROWS, targets)), axis=0) + xs[:, :1]
    if "loss" in settings:
        ys = random.integers(0, 3, (ROWS, 1)).astype(float)
    xs[random.random(xs.shape) < 0.1] = np.nan
    ys[random.random(ROWS) < 0.2] = np.nan
    if targets == 2:
        ys[:, 1] = np.nan
    weights = random.choice([0.0, 0.5, 1.0, 2.0], ROWS)
    starts = np.isin(np.arange(ROWS), [13, 30])
    return Observation(xs.astype(dtype), ys.astype(dtype), weights.astype(dtype), starts)


def rows(seen: Observation, chosen: Any) -> Observation:
    """Some rows of an observation."""
    return Observation(*(None if array is None else array[chosen] for array in seen))
