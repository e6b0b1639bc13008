"""A loop's step and what is made of it, compiled: for one sample, for many, to predict alone."""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

import jax
import jax.numpy as jnp

from onward._typing import Array
from onward.learning import one_kernel, xla
from onward.learning.loop import Loop
from onward.learning.state import LearnerState, StepInfo


@lru_cache(maxsize=128)
def learning(loop: Loop) -> Any:
    """`loop.learn` with its information as one array; traced once for all that it is part of."""

    @jax.jit
    def learn(state: LearnerState, x: Array, y: Array) -> tuple[LearnerState, Array, Array]:
        state, info, diverged = loop.learn(state, x, y)
        return state, info.pack(), diverged

    return learn


def of_step(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of a loop's step, of that loop and of arrays, the first donated, compiled.

    It is called with the loop and with whether learning is to be one kernel in front.
    """

    def inner(loop: Loop, kernel: bool, *arrays: Any) -> Any:
        learn = one_kernel.as_one_kernel(learning(loop)) if kernel else learning(loop)

        def step(*arrays: Any) -> tuple[LearnerState, Array]:
            state, packed, diverged = learn(*arrays)
            return loop.renew(state, diverged), packed

        return function(step, loop, *arrays)

    compiled = partial(jax.jit, inner, static_argnums=(0, 1), donate_argnums=2)
    versions = compiled(), compiled(compiler_options=xla.KERNEL_OPTIONS)
    return lambda loop, kernel, *arrays: versions[kernel](loop, kernel, *arrays)


def take_all(
    step: Any, loop: Loop, state: LearnerState, xs: Array, ys: Array
) -> tuple[LearnerState, StepInfo]:
    """Every sample in turn."""
    if len(xs) == 1:
        return _take_single(step, loop, state, xs, ys, 1)
    state, packed = jax.lax.scan(lambda state, sample: step(state, *sample), state, (xs, ys))
    return state, StepInfo.unpack(packed, loop.loss.outputs(ys.shape[1]))


def _take_single(
    step: Any, loop: Loop, state: LearnerState, xs: Array, ys: Array, count: int | Array
) -> tuple[LearnerState, StepInfo]:
    """`take_all` of one row, as a loop over two that stops after `count`.

    XLA takes a loop that it knows to be of length one apart and rounds its step differently.
    """

    def one(t: Array, carried: tuple[LearnerState, Array]) -> tuple[LearnerState, Array]:
        state, packed = carried
        state, info = step(state, xs[t], ys[t])
        return state, packed.at[t].set(info)

    xs, ys = jnp.concatenate([xs, xs]), jnp.concatenate([ys, ys])
    outputs = loop.loss.outputs(ys.shape[1])
    packed = jnp.zeros((2, outputs + len(loop.rule.reports) + 4), xs.dtype)
    state, packed = jax.lax.fori_loop(0, count, one, (state, packed))
    return state, StepInfo.unpack(packed[:1], outputs)


_run, _run_single = of_step(take_all), of_step(_take_single)
step = of_step(lambda step, loop, *arrays: step(*arrays))


def run(
    loop: Loop, kernel: bool, state: LearnerState, xs: Any, ys: Any
) -> tuple[LearnerState, StepInfo]:
    """`Learner.run` on arrays that have its shapes and its dtype."""
    if len(xs) == 1:
        return _run_single(loop, kernel, state, xs, ys, 1)
    return _run(loop, kernel, state, xs, ys)


@partial(jax.jit, static_argnums=0)
def predict(loop: Loop, state: LearnerState, x: Array) -> Array:
    """`loop.predict`."""
    return loop.predict(state, x)
