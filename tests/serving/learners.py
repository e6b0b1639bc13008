"""Small learners to serve, and those that run off."""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import numpy as np

import onward
from catalogue import make_cell

CHANNELS = 3


def learner_of(**options: Any) -> onward.Learner:
    return onward.Learner(make_cell("gru"), 2, **{"learning_rate": 1e-2, **options})


def start(learner: Any) -> Any:
    return learner.init(jax.random.key(0))


def drawn(bins: int) -> tuple[np.ndarray, np.ndarray]:
    """Bins, and labels that depend on the past of them."""
    random = np.random.default_rng(0)
    xs = random.normal(size=(bins, CHANNELS))
    mixed = np.tanh(xs @ random.normal(size=(CHANNELS, 2)))
    return xs, mixed + np.roll(mixed, 1, axis=0)


def numbers(state: Any) -> list[np.ndarray]:
    """The leaves of a state, in memory of their own."""
    return [np.array(leaf) for leaf in jax.tree.leaves(state)]


class Told(NamedTuple):
    prediction: np.ndarray
    loss: float
    learnt: bool


class Accumulator:
    """Has the contract of a learner, and predicts the sum of what it was handed.

    A label moves what it adds; one of 13 breaks it. A bin that begins with 666 is an error.
    """

    features = 2

    def step(self, state: Any, x: Any, y: Any = None) -> tuple[Any, Told]:
        x = x.x if isinstance(x, onward.Observation) else x
        if x[0] == 666:
            raise ArithmeticError("666")
        state = state + np.nan_to_num(np.asarray(x))
        prediction = state.copy()
        if y is not None:
            state = state + (np.nan if 13 in np.asarray(y) else np.asarray(y))
        loss = np.nan if y is None else 1.0
        return state, Told(prediction, loss, y is not None)


def until(condition: Callable[[], Any]) -> None:
    """Wait for another thread."""
    last = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < last
        time.sleep(1e-4)
