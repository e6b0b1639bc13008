"""Through rows whose labels nobody knows."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax.numpy as jnp
import numpy as np

from onward._typing import Array
from onward.learning import execution
from onward.learning.info import StepInfo, unpack
from onward.learning.learner import Learner
from onward.learning.observation import Observation
from onward.learning.state import LearnerState
from onward.mixtures import together
from onward.mixtures.mixture import Mixture, states_of, with_states
from onward.mixtures.mixture_programs import MixtureFields, Recipe, each_step

# A state, and the newest predictions whose labels have not come, shape (R, outputs).
Carried = Any


def believing(
    move: Callable[..., Any], carried: Carried, seen: Observation, count: int | Array
) -> tuple[Carried, Array]:
    """Every sample in turn, with what was predicted in place of each label that is not known.

    Args:
        move: takes a state, one sample, and the prediction whose label would come with it.
        carried: the state before the first, and predictions that wait: one for each sample of
            delay, at least one; NaN where there is none.
        seen: the samples.
        count: how many there are to take.
    """

    def one(carried: Carried, seen: Observation) -> tuple[Carried, Array]:
        state, waiting = carried
        state, report = move(state, seen, waiting[0])
        made = unpack(report, waiting.shape[1]).prediction
        waiting = jnp.concatenate([waiting[1:], jnp.asarray(made)[None]])
        # It is what the next sample reads, unless a label comes with that one.
        return (_told(state, waiting[0]), waiting), report

    return execution.take_all(one, carried, seen, count)


def _told(state: LearnerState, due: Array) -> LearnerState:
    """The state with a prediction in place of the newest label of every learner."""
    told = [
        one.replace(label=jnp.where(jnp.isnan(due), one.label, due)) for one in states_of(state)
    ]
    return with_states(state, told)


def _alone(step: Callable[..., Any], *arrays: Any) -> tuple[Carried, Array]:
    return believing(lambda state, seen, _: step(state, seen), *arrays)


def _together(recipe: Recipe, kernel: bool, *arrays: Any) -> tuple[Carried, Array]:
    table = recipe[1]

    def move(state: LearnerState, seen: Observation, believed: Array) -> tuple[LearnerState, Array]:
        fields = state.fields
        members, heard = each_step(recipe, kernel, fields.members, seen)
        if seen.start is not None:
            believed = jnp.where(seen.start, jnp.nan, believed)
        around, packed = together.step(table, fields.around, heard, believed)
        return LearnerState(MixtureFields(members, around)), packed

    return believing(move, *arrays)


_believing_alone = execution.of_step(_alone)
_believing_together = execution.Compiled(_together)


def run_believing(
    learner: Learner | Mixture, state: LearnerState, waiting: np.ndarray, seen: Observation
) -> tuple[LearnerState, np.ndarray, StepInfo]:
    """`Learner.run` of a learner with feedback, by `believing`; also the predictions that wait.

    Args:
        learner: with feedback; or a mixture of such.
        state: consumed.
        waiting: shape (delay, outputs), but one row without delay.
        seen: arrays of the learner's shapes.
    """
    seen = learner.observation(seen, None, (None,))
    held = jnp.asarray(waiting)
    if isinstance(learner, Mixture):
        run = partial(_believing_together, learner.recipe, learner.in_kernels)
    else:
        run = partial(_believing_alone, learner.program, learner.in_one_kernel)

    def take(state: LearnerState, piece: Observation, count: int) -> tuple[LearnerState, Array]:
        nonlocal held
        (state, held), packed = run((state, held), piece, count)
        return state, packed

    state, packed = execution.in_pieces(take, state, seen)
    return state, np.asarray(held), learner.unpack(packed)
