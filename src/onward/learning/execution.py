"""The loop and what is made of it, compiled: for one sample, for many, to predict alone."""

import math
from collections.abc import Callable
from functools import cached_property, lru_cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from onward._typing import Array
from onward.learning import blocks, loop, one_kernel, xla
from onward.learning.observation import Observation
from onward.learning.parts import Parts
from onward.learning.state import LearnerState

# Samples of one compiled loop, and of one over samples of very many numbers; numbers in a piece.
LONGEST, SHORTEST, MOST = 1024, 16, 2**22


@lru_cache(maxsize=128)
def both_halves(parts: Parts) -> Any:
    """`perceive` and `learn` with a packed report; traced once for all that it is part of."""

    @jax.jit
    def learn(state: LearnerState, seen: Observation) -> tuple[LearnerState, Array, Array]:
        percept = loop.perceive(parts, state, seen)
        state, report, diverged = loop.learn(parts, state, percept, seen)
        return state, report.pack(), diverged

    return learn


def of_step(function: Callable[..., Any]) -> "Compiled":
    """A function of a learner's step, of its parts and of arrays, the first donated, compiled.

    It is called with the parts and with whether learning is to be one kernel in front.
    """

    def inner(parts: Parts, kernel: bool, *arrays: Any) -> Any:
        return function(of_parts(parts, kernel), *arrays)

    return Compiled(inner)


def of_parts(parts: Parts, kernel: bool) -> Callable[..., tuple[LearnerState, Array]]:
    """A learner's step, of its state and a sample; in one kernel or not."""
    learn = both_halves(parts)
    # A kernel hands out arrays of its own, and so writes into none in place.
    in_place = parts.skeleton[1].learns_in_place
    learn = one_kernel.as_one_kernel(learn) if kernel and not in_place else learn

    def step(state: LearnerState, seen: Observation) -> tuple[LearnerState, Array]:
        state = loop.begin(parts, state, seen.start)
        # Learning has no use for the start, and XLA aborts where a kernel of a run of one row
        # is passed it.
        state, packed, diverged = learn(state, seen._replace(start=None))
        return blocks.close(parts, loop.renew(parts, state, diverged), packed)

    return step


class Compiled:
    """A function of parts, of whether there are kernels in it, and of arrays, compiled.

    Args:
        function: of these.
        donated: whether the first of the arrays is consumed.
    """

    def __init__(self, function: Callable[..., Any], donated: bool = True):
        numbers = 2 if donated else ()
        self._version = partial(jax.jit, function, static_argnums=(0, 1), donate_argnums=numbers)
        self._plain = self._version()

    @cached_property
    def _with_kernels(self) -> Any:
        return self._version(compiler_options=xla.kernel_options())

    def _of(self, kernel: bool) -> Any:
        return self._with_kernels if kernel else self._plain

    def __call__(self, parts: Any, kernel: bool, *arrays: Any) -> Any:
        return self._of(kernel)(parts, kernel, *arrays)

    def ahead(self, parts: Any, kernel: bool, *shapes: Any) -> None:
        """Compile it for arrays of these shapes, so that calls find it compiled."""
        self._of(kernel).lower(parts, kernel, *shapes).compile()


def take_all(step: Any, state: Any, seen: Any, count: int | Array) -> tuple[Any, Array]:
    """The first samples in turn; the packed reports along a first axis, zeros beyond.

    Args:
        step: takes one.
        state: before the first.
        seen: all of them, a tree with a first axis of time, longer than one: XLA takes a loop
            that it knows to be of length one apart and rounds its step differently.
        count: how many there are to take.
    """
    # JAX's search for NaN hands over NumPy arrays, which a traced number cannot index.
    seen = jax.tree.map(jnp.asarray, seen)
    row = lambda t: jax.tree.map(lambda leaf: leaf[t], seen)  # noqa: E731
    shape = jax.eval_shape(step, state, row(0))[1]

    def one(t: Array, carried: tuple[Any, Array]) -> tuple[Any, Array]:
        state, packed = carried
        state, report = step(state, row(t))
        return state, packed.at[t].set(report)

    packed = jnp.zeros((len(jax.tree.leaves(seen)[0]), *shape.shape), shape.dtype)
    return jax.lax.fori_loop(0, count, one, (state, packed))


step = of_step(lambda step, *arrays: step(*arrays))
_run = of_step(take_all)


def run(
    parts: Parts, kernel: bool, state: LearnerState, seen: Observation
) -> tuple[LearnerState, Array | np.ndarray]:
    """Samples in turn, with a first axis of time."""
    return in_pieces(partial(_run, parts, kernel), state, seen)


def run_ahead(parts: Parts, kernel: bool, shapes: LearnerState, piece: Observation) -> None:
    """Compile `run` for pieces of these shapes."""
    _run.ahead(parts, kernel, shapes, piece, 1)


def piece_of(seen: Any) -> Any:
    """The shapes of the pieces in which `in_pieces` takes samples along a first axis."""
    rows, shape = _length(seen, 0), jax.ShapeDtypeStruct
    return jax.tree.map(lambda leaf: shape((rows, *leaf.shape[1:]), leaf.dtype), seen)


def in_pieces(
    take: Callable[[Any, Any, int], tuple[Any, Array]],
    state: Any,
    seen: Any,
    axis: int = 0,
) -> tuple[Any, Array | np.ndarray]:
    """Take all samples, in pieces that are compiled once and for good.

    All pieces have one length, whatever the number of samples is, so that one program serves all.
    The last is filled up with samples that are not taken. Within a transformation, where the
    length is part of a program already, they are one piece.

    Args:
        take: takes so many samples of a piece.
        state: before the first; consumed.
        seen: the samples, a tree.
        axis: that of time.
    """
    rows = jax.tree.leaves(seen)[0].shape[axis]
    traced = within_transformation(state, seen)
    longest = rows if traced else _length(seen, axis)
    reports = []
    for first in range(0, rows, longest):
        count = min(longest, rows - first)
        length = max(2, count) if traced else longest
        piece = jax.tree.map(partial(_filled_up, axis, first, count, length), seen)
        state, packed = take(state, piece, count)
        reports.append((packed, count))
    if traced:
        return state, reports[0][0][:rows]
    cut = [np.asarray(packed).take(range(count), axis) for packed, count in reports]
    return state, np.concatenate(cut, axis)


def _length(seen: Any, axis: int) -> int:
    """Samples of a piece, from how many numbers each has."""
    leaves = jax.tree.leaves(seen)
    numbers = sum(math.prod(leaf.shape) // max(1, leaf.shape[axis]) for leaf in leaves)
    room = max(1, MOST // max(1, numbers))
    return min(LONGEST, max(SHORTEST, 1 << (room.bit_length() - 1)))


def within_transformation(state: Any, seen: Any) -> bool:
    """Whether a transformation is around the call."""
    # What a learner carries lies flat already, and is asked of at every step.
    flat = state.tree_flatten()[0] if isinstance(state, LearnerState) else jax.tree.leaves(state)
    kinds = {*map(type, flat), *map(type, jax.tree.leaves(seen))}
    return any(issubclass(kind, Tracer) for kind in kinds)


def _filled_up(axis: int, first: int, count: int, length: int, leaf: Any) -> Any:
    """Rows of an array along an axis, the last of them repeated to a length."""
    kept = (slice(None),) * axis
    rows = leaf[(*kept, slice(first, first + count))]
    if count == length:
        return rows
    xp = jnp if isinstance(leaf, jax.Array) else np
    last = rows[(*kept, slice(-1, None))]
    return xp.concatenate([rows, xp.repeat(last, length - count, axis)], axis)


@partial(jax.jit, static_argnums=0)
def predict(parts: Parts, state: LearnerState, seen: Observation) -> Array:
    """What a step would predict, and where there is a prediction, side by side."""
    percept = loop.predict(parts, state, seen)
    return jnp.stack([percept.prediction, percept.predicted.astype(percept.prediction.dtype)])


@partial(jax.jit, static_argnums=0)
def _predict_each(parts: Parts, state: LearnerState, seen: Observation) -> Array:
    return jax.vmap(partial(predict, parts, state))(seen)


def predict_each(parts: Parts, state: LearnerState, seen: Observation) -> Array | np.ndarray:
    """`predict` of each row, all from the same state."""
    take = lambda state, piece, count: (state, _predict_each(parts, state, piece))  # noqa: E731
    return in_pieces(take, state, seen)[1]
