"""Many independent learners at once: each with its own weights, its own stream, its own past."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import accumulate, pairwise
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from onward._checks import check_key, check_kind
from onward._typing import Array
from onward.learning import admission, execution
from onward.learning.info import StepInfo, unpack
from onward.learning.initial import refuse_if_too_large
from onward.learning.learner import Learner
from onward.learning.observation import Observation
from onward.learning.state import LearnerState


@execution.of_step
def _one_after_another(
    step: Any, states: LearnerState, seen: Observation, count: Array
) -> tuple[LearnerState, Array]:
    return jax.lax.map(lambda one: execution.take_all(step, one[0], one[1], count), (states, seen))


@execution.of_step
def _all_at_once(
    step: Any, states: LearnerState, seen: Observation, count: Array
) -> tuple[LearnerState, Array]:
    by_time = jax.tree.map(lambda leaf: jnp.swapaxes(leaf, 0, 1), seen)
    states, packed = execution.take_all(jax.vmap(step), states, by_time, count)
    return states, jnp.swapaxes(packed, 0, 1)


class Fleet:
    """Independent copies of a learner: on the threads of the CPUs, or all at once elsewhere.

    On CPUs each thread takes its learners one after another through all their samples, in one
    compiled loop: a learner stays in the cache of its CPU, and its update stays a branch. A GPU or
    a TPU is idle with one small learner. There all learners take a sample at once, by `jax.vmap`,
    which moves all of them through memory at every sample and turns the branch into a select.
    Either way each learner does what it would do alone, but for rounding.

    The learners' states are held as a list of parts, one a thread: in each every array has a
    first axis of learners.

    Args:
        learner: the settings, and the weights that every learner starts from.
        threads: by default as many as the CPUs that this process may use; 1 where all learners
            take a sample at once.
        at_once: whether all learners take a sample at once. By default where JAX's default
            backend is no CPU and `threads` is not given.

    Raises:
        ValueError: threads that are none, or several beside `at_once=True`.
    """

    def __init__(
        self, learner: Learner, threads: int | None = None, *, at_once: bool | None = None
    ):
        check_kind("learner", learner, Learner, "Fleet(Learner(cell))")
        if at_once is None:
            at_once = threads is None and jax.default_backend() != "cpu"
        if threads is None:
            threads = 1 if at_once else _cpus()
        if isinstance(threads, bool) or not isinstance(threads, int) or threads < 1:
            raise ValueError(
                f"Expected threads to be a positive integer; got {threads!r}. Try threads=None."
            )
        if at_once and threads > 1:
            raise ValueError(
                "Expected one thread where all learners take a sample at once; got "
                f"threads={threads}. Try threads=None."
            )
        self.learner, self.threads, self.at_once = learner, threads, at_once

    def init(self, keys: Array) -> list[LearnerState]:
        """The states before the first sample, of one learner a key.

        Args:
            keys: typed keys, shape (learners,).

        Raises:
            MemoryBudgetError: they would not fit into the free memory together; nothing has
                been allocated.
        """
        check_key(keys, (None,))
        first = jax.vmap(self.learner.initial_state)
        refuse_if_too_large(eqx.filter_eval_shape(first, keys))
        return [first(part) for part in self._split(keys)]

    def gather(self, states: Sequence[LearnerState]) -> list[LearnerState]:
        """The parts from states of single learners, whose weights may differ."""
        if not isinstance(states, Sequence) or not states:
            raise ValueError(
                "Expected the states of one learner or more, in a list; got "
                f"{'none' if isinstance(states, Sequence) else type(states).__name__}. Try "
                "[learner.init(key)]."
            )
        for state in states:
            self.learner.admit(state)
        return [
            jax.tree.map(lambda *leaves: jnp.stack(leaves), *part) for part in self._split(states)
        ]

    def scatter(self, parts: list[LearnerState]) -> list[LearnerState]:
        """The states of single learners, in order; the inverse of `gather`."""
        _refuse_parts(parts)
        return [
            jax.tree.map(lambda leaf, index=index: leaf[index], part)
            for part in parts
            for index in range(_count(part))
        ]

    def run(
        self, parts: list[LearnerState], xs: Any, ys: Any = None
    ) -> tuple[list[LearnerState], StepInfo]:
        """`Learner.run` for every learner on its own samples.

        Args:
            parts: consumed.
            xs: features, shape (learners, T, features); or an `Observation` of arrays with those
                first two axes, and no ys.
            ys: labels in order of arrival, shape (learners, T, targets).

        Returns:
            The parts after the last sample, and every `StepInfo` along two first axes, learners
            and samples.
        """
        _refuse_parts(parts)
        given = jax.tree.leaves((parts, xs, ys))
        if any(isinstance(leaf, Tracer) for leaf in given):
            raise ValueError(
                "Expected arrays, which threads can share; got traced ones. Try "
                "jax.vmap(learner.run) within a transformation."
            )
        for part in parts:
            admission.refuse_foreign(part, self.learner.shapes, axes=1)
            admission.refuse_consumed(part.tree_flatten()[0][:1])
        bounds = [0, *accumulate(_count(part) for part in parts)]
        seen = self.learner.observation(xs, ys, (bounds[-1], None))

        def move(part: LearnerState, start: int, end: int) -> tuple[LearnerState, Any]:
            own = jax.tree.map(lambda leaf: leaf[start:end], seen)
            # A kernel of one learner's step cannot be transformed into one of many.
            kernel = self.learner.in_one_kernel and not self.at_once
            take = _all_at_once if self.at_once else _one_after_another
            take = partial(take, self.learner.program, kernel)
            return execution.in_pieces(take, part, own, axis=1)

        with ThreadPoolExecutor(len(parts)) as pool:
            done = list(pool.map(move, parts, bounds[:-1], bounds[1:]))
        moved, packed = zip(*done, strict=True)
        return list(moved), unpack(np.concatenate(packed), self.learner.outputs)

    def _split(self, rows: Any) -> list[Any]:
        """The rows in as many parts as there are threads, at most one a row."""
        count = len(rows)
        parts = min(self.threads, count)
        bounds = [count * part // parts for part in range(parts + 1)]
        return [rows[start:end] for start, end in pairwise(bounds)]


def _refuse_parts(parts: Any) -> None:
    if not isinstance(parts, list) or not parts:
        raise ValueError(
            f"Expected parts as init or gather makes them; got {type(parts).__name__}. Try "
            "fleet.init(keys)."
        )


def _count(part: LearnerState) -> int:
    """How many learners a part holds."""
    return jax.tree.leaves(part)[0].shape[0]


def _cpus() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
