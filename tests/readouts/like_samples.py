"""What readouts that compare samples must do, by loops in NumPy: nothing here is of ours."""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from onward.losses import AbstractLoss
from onward.readouts import AbstractReadout
from onward.readouts.window import DECAY, FIRST, HALF, HIGHEST, LEAST, LOWEST, PULL, RATE, WARM

EMITTED, INPUTS, WINDOW = 2, 2, 7
WIDTH = EMITTED + INPUTS


class Rows(NamedTuple):
    """What is emitted, inputs, labels, which targets are known, and weights."""

    emitted: np.ndarray
    x: np.ndarray
    y: np.ndarray
    known: np.ndarray
    weights: np.ndarray


class Followed(NamedTuple):
    """Of each row: the output before its label, and what is learnt of likeness after it."""

    outputs: np.ndarray
    scales: np.ndarray
    recency: np.ndarray


@eqx.filter_jit
def followed(readout: Any, rows: Rows, loss: AbstractLoss) -> tuple[Any, Any, Any]:
    """A readout and its memory after all rows, and what it put out, in one scan."""
    start, fixed = eqx.partition(readout, eqx.is_array)

    def step(carry: Any, row: Any) -> Any:
        arrays, learning = carry
        now = eqx.combine(arrays, fixed)
        row = Rows(*row)
        output = now(row.emitted, row.x)
        now, learning = now.learn(learning, *row, loss)
        told = Followed(output, now.window.scales, now.window.recency)
        return (eqx.partition(now, eqx.is_array)[0], learning), told

    rows = jax.tree.map(jnp.asarray, rows)
    (arrays, learning), told = jax.lax.scan(step, (start, readout.init_learning()), rows)
    return eqx.combine(arrays, fixed), learning, told


def one_step(
    readout: Any, learning: Any, rows: Rows, row: int, loss: AbstractLoss, **changes: Any
) -> tuple[AbstractReadout, Any]:
    """The readout and its memory after one row more."""
    given = Rows(*(part[row] for part in rows))._replace(**changes)
    return learnt_once(readout, learning, jax.tree.map(jnp.asarray, given), loss)


@eqx.filter_jit
def learnt_once(readout: Any, learning: Any, row: Rows, loss: AbstractLoss) -> Any:
    return readout.learn(learning, *row, loss)


def slopes(cost: Callable[[np.ndarray], Any], at: np.ndarray) -> np.ndarray:
    """The gradient of an analytic function by steps into the complex plane, exact to rounding."""
    steps = 1e-30j * np.eye(at.size)
    return np.array([cost(at + step).imag for step in steps]) / 1e-30


class Dense:
    """The newest samples as a list, and the scales as one vector, the recency last."""

    def __init__(self, width: int = WIDTH, window: int = WINDOW):
        self.window = window
        self.kept: list[tuple[np.ndarray, float, Any]] = []
        self.first = np.append(np.full(width, -np.log(0.5 * np.sqrt(width))), -1.0)
        self.learnt, self.squares, self.count = self.first, 0 * self.first, 0

    def exponents(self, features: np.ndarray, learnt: np.ndarray) -> np.ndarray:
        found = []
        for age, (past, weight, _) in enumerate(reversed(self.kept)):
            apart = np.sum(np.exp(2 * learnt[:-1]) * (features - past) ** 2)
            old = np.exp(2 * learnt[-1]) * age / self.window
            found.append(np.log(weight) - apart / 2 - old / 2)
        return np.array(found)

    def counted(self, features: np.ndarray, learnt: np.ndarray | None = None) -> Any:
        """Pairs of how much a sample counts and what is kept of it; the largest as it is now."""
        learnt = self.learnt if learnt is None else learnt
        largest = np.max(self.exponents(features, self.learnt), initial=-np.inf)
        counts = np.exp(self.exponents(features, learnt) - largest)
        return list(zip(counts, [told for _, _, told in reversed(self.kept)], strict=True))

    def learn(self, features: np.ndarray, weight: float, cost: Any, told: Any) -> None:
        """Move the scales by the cost of a label, and then keep its sample."""
        gradient = weight * slopes(cost, self.learnt)
        self.count += 1
        self.squares = DECAY * self.squares + (1 - DECAY) * gradient**2
        rate = min(1, self.count / WARM) * (RATE + FIRST * HALF / (HALF + self.count))
        root = np.sqrt(self.squares / (1 - DECAY**self.count))
        step = gradient / (root + LEAST) + PULL * (self.learnt - self.first)
        self.learnt = np.clip(self.learnt - rate * step, LOWEST, HIGHEST)
        self.kept = [*self.kept, (features, weight, told)][-self.window :]


def drawn(rows: int, y: np.ndarray, known: np.ndarray | None = None, seed: int = 0) -> Rows:
    """Rows with such labels; a quarter has weight 0, the others various ones."""
    random = np.random.default_rng(seed)
    known = np.ones(y.shape, bool) if known is None else known
    weights = random.choice([0.0, 0.5, 1.0, 2.0], rows)
    emitted, x = random.normal(size=(rows, EMITTED)), random.normal(size=(rows, INPUTS))
    return Rows(emitted, x, y, known, weights)


def assert_to_the_bit(found: Any, expected: Any) -> None:
    for one, other in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        np.testing.assert_array_equal(one, other)
