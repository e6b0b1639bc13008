"""The peers' tasks: sequences for several lanes side by side, with the settings that they publish.

Tasks and settings of sketched-rtrl (Yi & Wang 2026) are those of its `skrtrl/tasks.py`, of Add that
of vanilla-rtrl's `gen_data/Add_Task.py` (Marschall, Cho & Savin 2020); nothing of their code is
used.
"""

from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np

from onward.streams.synthetic import Lorenz, MackeyGlass

SYMBOLS, SHOWN, DELAY = 8, 5, 40
ADDED = 100  # steps of a sequence
RESET = 200  # steps after which a series starts from an empty state again
SKIPPED = 64  # samples of a series before the first one that is used


def squared(output, label):
    """The mean squared error of one sample."""
    return jnp.mean((output - label) ** 2)


def cross_entropy(output, label):
    """Of a label that is a distribution over the outputs."""
    return -jnp.sum(label * jax.nn.log_softmax(output))


@dataclass(frozen=True)
class Task:
    """Sequences, each of which starts from a fresh state.

    Attributes:
        xs: inputs, (sequences, steps, lanes, m).
        ys: labels, (sequences, steps, lanes, outputs).
        labelled: the steps of a sequence that have one, (steps,).
        loss: of one output and one label.
    """

    xs: np.ndarray
    ys: np.ndarray
    labelled: np.ndarray
    loss: Callable


def copy(steps: int, lanes: int, seed: int) -> Task:
    """Five of eight symbols, 40 steps of delay, then each again on a cue: 50 steps a sequence."""
    period = SHOWN + DELAY + SHOWN
    count = -(-steps // period)
    shown = np.random.default_rng(seed).integers(SYMBOLS, size=(count, SHOWN, lanes))
    symbols = np.eye(SYMBOLS, dtype=np.float32)[shown]
    xs = np.zeros((count, period, lanes, SYMBOLS + 2), np.float32)
    xs[:, :SHOWN, :, :SYMBOLS] = symbols
    xs[:, SHOWN:-SHOWN, :, SYMBOLS] = 1
    xs[:, -SHOWN:, :, SYMBOLS + 1] = 1
    ys = np.zeros((count, period, lanes, SYMBOLS), np.float32)
    ys[:, -SHOWN:] = symbols
    return Task(xs, ys, np.arange(period) >= period - SHOWN, cross_entropy)


def adding(steps: int, lanes: int, seed: int) -> Task:
    """The sum of two marked numbers, one of each half of 100, asked for at the last step."""
    random = np.random.default_rng(seed)
    count = -(-steps // ADDED)
    values = random.random((count, ADDED, lanes))
    marks = np.zeros_like(values)
    for low in (0, ADDED // 2):
        places = random.integers(low, low + ADDED // 2, size=(count, 1, lanes))
        np.put_along_axis(marks, places, 1, axis=1)
    ys = np.zeros((count, ADDED, lanes, 1), np.float32)
    ys[:, -1, :, 0] = (values * marks).sum(1)
    xs = np.stack([values, marks], axis=-1).astype(np.float32)
    return Task(xs, ys, np.arange(ADDED) == ADDED - 1, squared)


def add(steps: int, lanes: int, seed: int, lags: tuple[int, int] = (4, 6)) -> Task:
    """y_t = .5 + .5 c_{t-4} - .25 c_{t-6} of fair bits c; both as pairs (v, 1 - v); no reset."""
    bits = np.random.default_rng(seed).integers(2, size=(steps + max(lags), lanes))
    first, second = (bits[max(lags) - lag :][:steps] for lag in lags)
    pairs = [np.stack([v, 1 - v], -1) for v in (bits[max(lags) :], 0.5 + first / 2 - second / 4)]
    xs, ys = (pair[None].astype(np.float32) for pair in pairs)
    return Task(xs, ys, np.ones(steps, bool), cross_entropy)


def henon(length: int, lanes: int, seed: int) -> np.ndarray:
    """x' = 1 - 1.4 x² + .3 x_prev from .1, .11, ...: the same for every seed, as the source has."""
    del seed
    found = np.empty((length, lanes))
    now, before = 0.1 + 0.01 * np.arange(lanes), np.zeros(lanes)
    for row in found:
        row[:] = now
        now, before = 1 - 1.4 * now**2 + 0.3 * before, now
    return found


def mackey_glass(length: int, lanes: int, seed: int) -> np.ndarray:
    """Delay 17 by Euler steps of 1, from 18 random values in 1.2 to 1.4."""
    found = list(1.2 + 0.2 * np.random.default_rng(seed).random((18, lanes)))
    for _ in range(length):
        delayed = found[-17]
        found.append(found[-1] + 0.2 * delayed / (1 + delayed**10) - 0.1 * found[-1])
    return np.array(found[18:])


def lorenz(length: int, lanes: int, seed: int) -> np.ndarray:
    """x of Lorenz's system, ρ = 28, by Euler steps of .01; every second one from the 50th on."""
    state = 1 + 0.1 * np.random.default_rng(seed).standard_normal((3, lanes))
    found = np.empty((100 + 2 * length, lanes))
    for row in found:
        x, y, z = state
        state = state + 0.01 * np.stack([10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z])
        row[:] = state[0]
    return found[100::2]


def streamed_mackey_glass(length: int, lanes: int, seed: int) -> np.ndarray:
    """The same equation by the library's stream (Heun's method, 20 steps a sample), no drift."""
    streams = [MackeyGlass(17, 17, length, lanes * seed + lane) for lane in range(lanes)]
    return np.stack([next(one.chunks(length)).x[:, 0] for one in streams], 1)


def streamed_lorenz(length: int, lanes: int, seed: int) -> np.ndarray:
    """The same system by the library's stream (Runge-Kutta, samples .02 apart), no drift."""
    streams = [Lorenz(28, 28, 0.02, length, lanes * seed + lane) for lane in range(lanes)]
    return np.stack([next(one.chunks(length)).x[:, 0] for one in streams], 1)


def series(make: Callable[[int, int, int], np.ndarray]) -> Callable[[int, int, int], Task]:
    """One sample ahead of a series in units of its own deviation, 200 steps a sequence."""

    def task(steps: int, lanes: int, seed: int) -> Task:
        whole = -(-steps // RESET) * RESET
        values = make(SKIPPED + whole + 1, lanes, seed)
        values = (values - values.mean(0)) / values.std(0)
        cut = values[SKIPPED:].astype(np.float32)[..., None]
        xs, ys = (one.reshape(-1, RESET, lanes, 1) for one in (cut[:-1], cut[1:]))
        return Task(xs, ys, np.ones(RESET, bool), squared)

    return task
