"""Through rows whose labels nobody knows."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from onward._typing import Array
from onward.learning import execution
from onward.learning.info import StepInfo, unpack
from onward.learning.learner import Learner
from onward.learning.observation import Observation
from onward.learning.state import LearnerState

# A state, and the newest predictions whose labels have not come, shape (R, outputs).
Carried = Any


def believing(
    step: Any, carried: Carried, seen: Observation, count: int | Array
) -> tuple[Carried, Array]:
    """Every sample in turn, with what was predicted in place of each label that is not known.

    Args:
        step: takes one sample.
        carried: the state before the first, and predictions that wait: one for each sample of
            delay, at least one; NaN where there is none.
        seen: the samples.
        count: how many there are to take.
    """

    def one(carried: Carried, seen: Observation) -> tuple[Carried, Array]:
        state, waiting = carried
        state, report = step(state, seen)
        made = unpack(report, waiting.shape[1]).prediction
        waiting = jnp.concatenate([waiting[1:], jnp.asarray(made)[None]])
        # It is what the next sample reads, unless a label comes with that one.
        due = waiting[0]
        label = jnp.where(jnp.isnan(due), state.label, due)
        return (state.replace(label=label), waiting), report

    return execution.take_all(one, carried, seen, count)


_believing = execution.of_step(believing)


def run_believing(
    learner: Learner, state: LearnerState, waiting: np.ndarray, seen: Observation
) -> tuple[LearnerState, np.ndarray, StepInfo]:
    """`Learner.run` of a learner with feedback, by `believing`; also the predictions that wait.

    Args:
        learner: with feedback.
        state: consumed.
        waiting: shape (delay, outputs), but one row without delay.
        seen: arrays of the learner's shapes.
    """
    seen = learner.observation(seen, None, (None,))
    held = jnp.asarray(waiting)

    def take(state: LearnerState, piece: Observation, count: int) -> tuple[LearnerState, Array]:
        nonlocal held
        carried = (state, held)
        (state, held), packed = _believing(
            learner.parts, learner.in_one_kernel, carried, piece, count
        )
        return state, packed

    state, packed = execution.in_pieces(take, state, seen)
    return state, np.asarray(held), learner.unpack(packed)
