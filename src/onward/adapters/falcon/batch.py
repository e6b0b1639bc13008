"""Several sessions side by side, in one program."""

from collections.abc import Callable
from typing import Any

import jax

from onward._typing import Array
from onward.learning.learner import Learner
from onward.learning.observation import Observation
from onward.learning.state import LearnerState
from onward.serving.kept import places_of_scales, with_leaves


def advancing(
    learner: Learner, follow: bool
) -> Callable[[LearnerState, Any, Any], tuple[LearnerState, Array]]:
    """A function of states, bins and starts, each with a first axis of sessions.

    It returns the next states, and predictions. The states are consumed.

    Args:
        learner: of all of them.
        follow: whether the scale of the inputs follows the bins.
    """
    places = () if follow else places_of_scales(learner.shapes)

    def one(state: LearnerState, x: Array, start: Array) -> tuple[LearnerState, Any]:
        before = jax.tree.leaves(state)
        after, info = learner.step(state, Observation(x, None, 1, start))
        return with_leaves(after, {place: before[place] for place in places}), info.prediction

    return jax.jit(jax.vmap(one), donate_argnums=0)
