"""The expansions that the laws are checked on, each with what it is by definition."""

from collections.abc import Collection
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from onward.expansions import AbstractExpansion, Inputs, Lags, MovingAverages, OneHot, RandomFourier
from oracles import jit

FEATURES, LABELS = 3, 2
PARTS = {
    "all": slice(None),
    "features": slice(FEATURES),
    "labels": slice(FEATURES, None),
}


class Rows(NamedTuple):
    """Samples with a first axis of time; `present` tells which of their numbers are there."""

    raw: np.ndarray
    scaled: np.ndarray
    present: np.ndarray


def rows_of(count: int = 80, gaps: float = 0.3, seed: int = 0) -> Rows:
    """Features, the first an integer, and labels; a missing one is any number, and scaled 0."""
    random = np.random.default_rng(seed)
    raw = 3 + 2 * random.normal(size=(count, FEATURES + LABELS))
    raw[:, 0] = random.integers(-2, 3, count)
    present = random.random(raw.shape) >= gaps
    return Rows(np.where(present, raw, 7.0), np.where(present, (raw - 3) / 2, 0), present)


def sequences(rows: Rows, begins: Collection[int]) -> list[Rows]:
    """Rows cut where a sequence begins."""
    edges = [0, *sorted(begins), len(rows.raw)]
    return [Rows(*(array[one:other] for array in rows)) for one, other in pairwise(edges)]


def lagged(expansion: Lags, rows: Rows) -> np.ndarray:
    """For each lag the value of that age; at gaps the one before it, and at first the oldest."""
    part = PARTS[expansion.of]
    scaled, present = rows.scaled[:, part], rows.present[:, part]
    filled = np.zeros_like(scaled)
    for column in range(scaled.shape[1]):
        there = np.flatnonzero(present[:, column])
        if len(there):
            last = np.searchsorted(there, np.arange(len(scaled)), "right") - 1
            filled[:, column] = scaled[there[np.maximum(last, 0)], column]
    known = np.logical_or.accumulate(present, axis=0)
    times = np.arange(len(scaled))
    columns = [filled[np.maximum(times - lag, 0)] for lag in expansion.lags]
    return np.concatenate([np.where(known, one, 0) for one in columns], axis=1)


def averaged(expansion: MovingAverages, rows: Rows) -> np.ndarray:
    """m ← m + (x - m) / min(count, τ), number by number."""
    part = PARTS[expansion.of]
    scaled, present = rows.scaled[:, part], rows.present[:, part]
    found = np.zeros((len(scaled), len(expansion.time_constants), scaled.shape[1]))
    for place, constant in enumerate(expansion.time_constants):
        for column in range(scaled.shape[1]):
            mean, count = 0.0, 0
            for row in range(len(scaled)):
                if present[row, column]:
                    count += 1
                    mean += (scaled[row, column] - mean) / min(count, constant)
                found[row, place, column] = mean
    return found.reshape(len(scaled), -1)


def listed(expansion: OneHot, rows: Rows) -> np.ndarray:
    """1 at value modulo `most`, while all values so far are integers less than `most` apart."""
    found = np.zeros((len(rows.raw), FEATURES, expansion.most))
    for column in range(FEATURES):
        values: set[float] = set()
        for row in np.flatnonzero(rows.present[:, column]):
            values.add(rows.raw[row, column])
            near = max(values) - min(values) < expansion.most
            if near and all(value.is_integer() for value in values):
                found[row, column, int(rows.raw[row, column]) % expansion.most] = 1
    return found.reshape(len(rows.raw), -1)


def waved(expansion: RandomFourier, rows: Rows) -> np.ndarray:
    """√2 cos(w·x + b), with the directions and phases that were drawn."""
    drawn = expansion.init(FEATURES, LABELS, np.float64)
    angles = rows.scaled[:, PARTS[expansion.of]] @ np.asarray(drawn.directions).T
    return np.sqrt(2) * np.cos(angles + np.asarray(drawn.phases))


class Row(NamedTuple):
    """An expansion, and its columns by definition."""

    make: Any
    columns: Any


EXPANSIONS = {
    "lags": Row(lambda: Lags((1, 4, 2)), lagged),
    "lags of the label": Row(lambda: Lags((2, 7), "labels"), lagged),
    "lags of the features": Row(lambda: Lags((3,), "features"), lagged),
    "averages": Row(lambda: MovingAverages((2.5, 8.0)), averaged),
    "averages of the label": Row(lambda: MovingAverages((1.0, 30.0), "labels"), averaged),
    "one hot": Row(lambda: OneHot(5), listed),
    "one hot of few": Row(lambda: OneHot(4), listed),
    "random features": Row(lambda: RandomFourier(6, 0.7), waved),
    "random features of features": Row(lambda: RandomFourier(3, of="features", seed=2), waved),
}


def passed(
    expansion: AbstractExpansion,
    rows: Rows,
    begins: Collection[int] = (),
    dtype: Any = np.float64,
    labels: int = LABELS,
) -> np.ndarray:
    """The columns at each row.

    Args:
        expansion: which.
        rows: the samples.
        begins: rows that start a sequence.
        dtype: of the numbers.
        labels: how many of the inputs are the fed-back label.
    """
    begin = np.isin(np.arange(len(rows.raw)), list(begins))
    given = jnp.asarray(rows.raw, dtype), jnp.asarray(rows.scaled, dtype), jnp.asarray(rows.present)
    return np.asarray(_passed(expansion, labels, Inputs(*given), jnp.asarray(begin)))


@partial(jit, static_argnums=(0, 1))
def _passed(expansion, labels, inputs, begin):
    def step(state, row):
        seen, begin = row
        fresh = expansion.begin(state)
        state = jax.tree.map(lambda new, old: jnp.where(begin, new, old), fresh, state)
        return expansion.step(state, seen, labels)

    features = inputs.raw.shape[1] - labels
    state = expansion.init(features, labels, inputs.raw.dtype)
    return jax.lax.scan(step, state, (inputs, begin))[1]
