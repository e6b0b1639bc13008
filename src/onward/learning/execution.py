"""The loop and what is made of it, compiled: for one sample, for many, to predict alone."""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

import jax
import jax.numpy as jnp

from onward._typing import Array
from onward.learning import loop, one_kernel, xla
from onward.learning.observation import Observation
from onward.learning.parts import Parts
from onward.learning.state import LearnerState


@lru_cache(maxsize=128)
def both_halves(parts: Parts) -> Any:
    """`perceive` and `learn` with a packed report; traced once for all that it is part of."""

    @jax.jit
    def learn(state: LearnerState, seen: Observation) -> tuple[LearnerState, Array, Array]:
        percept = loop.perceive(parts, state, seen)
        state, report, diverged = loop.learn(parts, state, percept, seen)
        return state, report.pack(), diverged

    return learn


def of_step(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of a learner's step, of its parts and of arrays, the first donated, compiled.

    It is called with the parts and with whether learning is to be one kernel in front.
    """

    def inner(parts: Parts, kernel: bool, *arrays: Any) -> Any:
        learn = both_halves(parts)
        learn = one_kernel.as_one_kernel(learn) if kernel else learn

        def step(state: LearnerState, seen: Observation) -> tuple[LearnerState, Array]:
            state = loop.begin(parts, state, seen.start)
            # Learning has no use for the start, and XLA aborts where a kernel of a run of one row
            # is passed it.
            state, packed, diverged = learn(state, seen._replace(start=None))
            return loop.renew(parts, state, diverged), packed

        return function(step, *arrays)

    compiled = partial(jax.jit, inner, static_argnums=(0, 1), donate_argnums=2)
    versions = compiled(), compiled(compiler_options=xla.KERNEL_OPTIONS)
    return lambda parts, kernel, *arrays: versions[kernel](parts, kernel, *arrays)


def take_all(
    step: Any, state: LearnerState, seen: Observation, count: int | Array
) -> tuple[LearnerState, Array]:
    """Every sample in turn; the packed reports along a first axis.

    Args:
        step: takes one.
        state: before the first.
        seen: all of them, with a first axis of time.
        count: 1, as a number that the compiler cannot know. XLA takes a loop that it knows to be
            of length one apart and rounds its step differently, so that a single row is taken
            by a loop over two that stops after `count`.
    """
    if len(seen.x) > 1:
        return jax.lax.scan(step, state, seen)
    row = lambda t: jax.tree.map(lambda leaf: leaf[t], seen)  # noqa: E731
    shape = jax.eval_shape(step, state, row(0))[1]
    seen = jax.tree.map(lambda leaf: jnp.concatenate([leaf, leaf]), seen)

    def one(t: Array, carried: tuple[LearnerState, Array]) -> tuple[LearnerState, Array]:
        state, packed = carried
        state, report = step(state, row(t))
        return state, packed.at[t].set(report)

    packed = jnp.zeros((2, *shape.shape), shape.dtype)
    state, packed = jax.lax.fori_loop(0, count, one, (state, packed))
    return state, packed[:1]


step = of_step(lambda step, *arrays: step(*arrays))
_run = of_step(take_all)


def run(
    parts: Parts, kernel: bool, state: LearnerState, seen: Observation
) -> tuple[LearnerState, Array]:
    """Samples in turn, with a first axis of time."""
    return _run(parts, kernel, state, seen, 1)


@partial(jax.jit, static_argnums=0)
def predict(parts: Parts, state: LearnerState, seen: Observation) -> tuple[Array, Array]:
    """What a step would predict, and where there is a prediction."""
    percept = loop.predict(parts, state, seen)
    return percept.prediction, percept.predicted
