"""Streams and learners that the benchmarks share."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from onward import AbstractCell, AbstractRule, Fleet, Immediate, Learner, RunningMoments, Unscaled
from timing import Contender

FEATURES, RATE, LEARNERS = 8, 1e-5, 256


def samples(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A target that depends on the samples before: a leaky sum of noisy features."""
    generator = np.random.default_rng(seed)
    xs = generator.standard_normal((count, FEATURES)).astype(np.float32)
    ys = np.zeros((count, 1), np.float32)
    for row in range(1, count):
        ys[row] = 0.8 * ys[row - 1] + 0.2 * xs[row - 1, 0] * xs[row, 1]
    return xs, ys


def make_learner(
    cell: AbstractCell, rule: AbstractRule | None = None, *, extras: bool = True, **options: Any
) -> Learner:
    """A learner with RMSprop, with or without guards and running normalisation."""
    return Learner(
        cell,
        rule=rule or Immediate(),
        optimizer="rmsprop",
        learning_rate=RATE,
        scale=RunningMoments() if extras else Unscaled(),
        guard=extras,
        **options,
    )


def contender(learner: Learner, count: int) -> Contender:
    """`Learner.run` over `count` samples from a fresh state."""
    xs, ys = (jnp.asarray(each) for each in samples(count))
    return Contender(
        prepare=lambda: jax.block_until_ready(learner.init(jax.random.key(0))),
        run=lambda state: jax.block_until_ready(learner.run(state, xs, ys)),
        samples=count,
    )


def streams(learners: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """A stream of its own for each learner."""
    drawn = [samples(count, seed) for seed in range(learners)]
    return np.stack([xs for xs, _ in drawn]), np.stack([ys for _, ys in drawn])


def ensemble(learner: Learner, learners: int, count: int) -> Contender:
    """`Fleet.run` of copies of a learner, each over `count` samples."""
    copies, (xs, ys) = Fleet(learner), streams(learners, count)
    keys = jax.random.split(jax.random.key(0), learners)
    return Contender(
        prepare=lambda: jax.block_until_ready(copies.init(keys)),
        run=lambda parts: jax.block_until_ready(copies.run(parts, xs, ys)),
        samples=learners * count,
    )
