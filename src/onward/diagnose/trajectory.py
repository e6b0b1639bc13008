"""What frozen weights see of a stretch of a stream: the common ground of all diagnostics."""

import dataclasses
from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from onward._checks import check_kind
from onward._typing import Array, Bool, Float, State
from onward.learning.learner import Learner
from onward.learning.loop import Loop, sizeable
from onward.learning.state import LearnerState, Ring, Sample
from onward.rules import Frozen


class Trajectory(NamedTuple):
    """A stretch of T samples, passed with frozen weights; every leaf has a first axis of T.

    Attributes:
        states_prev, states: of the cell, before and after each sample.
        xs: assembled, normalised inputs.
        targets: each sample's own label on the normalised scale, however late it came.
        known: which targets have a label that counts, within the stretch.
    """

    states_prev: State
    xs: Float[Array, "T m"]
    states: State
    targets: Float[Array, "T targets"]
    known: Bool[Array, "T targets"]

    @property
    def labelled(self) -> np.ndarray:
        """Which samples have any label."""
        return np.any(np.asarray(self.known), axis=1, keepdims=False)


def record(learner: Learner, state: LearnerState, xs: Any, ys: Any) -> Trajectory:
    """Pass over a stretch as the learner would, with its weights standing still.

    Running scales and the fed-back label go on as in learning. Memory T·(2N + m).

    Args:
        learner: the learner.
        state: where it is; neither consumed nor moved.
        xs: features, shape (T, features).
        ys: labels in order of arrival, shape (T, targets); a label that arrives in row t belongs
            to the sample `delay` rows before.

    Raises:
        ValueError: wrong shapes, no sample with its features and its label within the stretch, or
            a state that diverges.
    """
    check_kind("learner", learner, Learner, "onward.Learner(cell)")
    learner.admit(state)
    xs = learner.array(xs, (None, learner.features), "xs")
    ys = learner.array(ys, (len(xs), learner.targets), "ys")
    loop = dataclasses.replace(learner.loop, rule=Frozen())
    recorded = Trajectory(*_record(loop, _frozen(state), xs, ys))
    if not recorded.labelled.any():
        raise ValueError(
            "Expected a sample to learn from, with its features and a label there and usable; got "
            f"none in {len(xs)} rows at a delay of {loop.delay}. Try a longer stretch, or one with "
            "fewer gaps."
        )
    if not all(sizeable(leaf).all() for leaf in jax.tree.leaves(recorded.states)):
        raise ValueError(
            "Expected weights under which the cell's state stays finite; got one that diverges. "
            "Try a state that has learnt at a smaller learning rate."
        )
    return recorded


def _frozen(state: LearnerState) -> LearnerState:
    """The same state for a rule that learns nothing and carries nothing."""
    waiting = state.waiting
    if waiting is not None:
        bare = jax.vmap(lambda kept: Sample(kept.x, kept.state, (), kept.usable))
        waiting = Ring(bare(waiting.samples), waiting.place)
    return state.replace(optimizer={}, carry=None, key=None, waiting=waiting)


@partial(jax.jit, static_argnums=0)
def _record(loop: Loop, state: LearnerState, xs: Array, ys: Array) -> tuple[Any, ...]:
    def one(state: LearnerState, sample: tuple[Array, Array]) -> tuple[LearnerState, Any]:
        x, y = sample
        after, _ = loop.step(state, x, y)
        scaled, _, sound = loop.assemble(state, x, after.label if loop.delay else state.label)
        cell, _ = loop.model(state.parameters)
        target = loop.target_scale.normalise(after.target_scale, y)
        known = sizeable(y) & loop.loss.admits(y)
        moved = cell(state.recurrent, scaled)
        return after, (state.recurrent, scaled, moved, target, known, sound)

    _, (states_prev, inputs, states, targets, known, sound) = jax.lax.scan(one, state, (xs, ys))
    own = lambda rows: jnp.concatenate([rows[loop.delay :], jnp.zeros_like(rows)])[: len(rows)]  # noqa: E731
    return states_prev, inputs, states, own(targets), own(known) & sound[:, None]


def check_growing(name: str, values: Any) -> None:
    """Raise ValueError unless these are positive integers that grow."""
    counts = values if isinstance(values, Sequence) and not isinstance(values, str) else ()
    whole = all(isinstance(one, int | np.integer) and one > 0 for one in counts)
    if not (counts and whole and all(a < b for a, b in pairwise(counts))):
        raise ValueError(
            f"Expected {name} as positive integers that grow; got {values!r}. Try (1, 2, 4, 8)."
        )
