"""What frozen weights see of a stretch of a stream, each sample beside its own label."""

import dataclasses
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from onward._typing import Array, Bool, Float, State
from onward.learning import loop
from onward.learning.observation import Observation
from onward.learning.parts import Parts
from onward.learning.state import LearnerState, Ring, Sample
from onward.rules import Frozen


class Trajectory(NamedTuple):
    """A stretch of T samples, passed with frozen weights; every leaf has a first axis of T.

    Attributes:
        states_prev, states: of the cell, before and after each sample.
        xs: assembled, normalised inputs.
        targets: each sample's own label on the normalised scale, however late it came; any number
            where none counts.
        known: which targets have a label that counts, within the stretch.
        weight: of each sample's own label; None for 1.
        start: whether a sequence begins with the sample; None where none does.
    """

    states_prev: State
    xs: Float[Array, "T m"]
    states: State
    targets: Float[Array, "T targets"]
    known: Bool[Array, "T targets"]
    weight: Float[Array, "T"] | None
    start: Bool[Array, "T"] | None

    @property
    def labelled(self) -> np.ndarray:
        """Which samples have any label."""
        return np.any(np.asarray(self.known), axis=1, keepdims=False)


def pass_over(parts: Parts, state: LearnerState, seen: Observation) -> Trajectory:
    """Pass over a stretch as a learner would, with its weights standing still.

    Running scales and the fed-back label go on as in learning. Memory T·(2N + m).

    Args:
        parts: of the learner; its rule is not used.
        state: where it is; neither consumed nor moved.
        seen: the stretch, with labels in order of arrival.
    """
    still = dataclasses.replace(parts, rule=Frozen(), every=1)
    return Trajectory(*_pass_over(still, _frozen(state), seen))


def _frozen(state: LearnerState) -> LearnerState:
    """The same state for a rule that learns nothing and carries nothing."""
    waiting = state.waiting
    if waiting is not None:
        bare = jax.vmap(lambda kept: Sample(kept.x, kept.state, (), kept.usable))
        waiting = Ring(bare(waiting.samples), waiting.place)
    return state.replace(optimizer={}, carry=None, key=None, waiting=waiting, block=None)


class Passed(NamedTuple):
    """What frozen weights see of a sample, and the label that came with it.

    Attributes:
        state_prev, x, state: as in `Trajectory`.
        target: the label on the normalised scale, of a sample `delay` steps earlier.
        known: which targets count.
        sound: whether the sample may be learnt from.
    """

    state_prev: State
    x: Float[Array, " m"]
    state: State
    target: Float[Array, " targets"]
    known: Bool[Array, " targets"]
    sound: Bool[Array, ""]


def passed(parts: Parts, state: LearnerState, seen: Observation) -> tuple[LearnerState, Passed]:
    """Pass over one sample with weights that stand still.

    Args:
        parts: of a learner that learns nothing and updates at each sample.
        state: of it.
        seen: the sample, and the label that comes with it.
    """
    state = loop.begin(parts, state, seen.start)
    percept = loop.perceive(parts, state, seen)
    after, _, _ = loop.learn(parts, state, percept, seen)
    _, known = loop.weighed(percept.known, seen.weight)
    target = loop.scaled_target(parts, after.target_scale, seen.y, known)
    known = known & parts.target_scale.ready(state.target_scale, target)
    sample = percept.sample
    return after, Passed(state.recurrent, sample.x, sample.state, target, known, percept.read.sound)


def own(rows: Array, delay: int) -> Array:
    """What comes with each row, beside the sample that it belongs to; zeros for the last ones."""
    return jnp.concatenate([rows[delay:], jnp.zeros_like(rows)])[: len(rows)]


@partial(jax.jit, static_argnums=0)
def _pass_over(parts: Parts, state: LearnerState, seen: Observation) -> tuple[Any, ...]:
    _, rows = jax.lax.scan(partial(passed, parts), state, seen)
    weight = None if seen.weight is None else own(seen.weight, parts.delay)
    known = own(rows.known, parts.delay) & rows.sound[:, None]
    target = own(rows.target, parts.delay)
    return rows.state_prev, rows.x, rows.state, target, known, weight, seen.start
