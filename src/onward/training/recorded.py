"""What a network meets in recorded sessions, with scales that follow them."""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from onward._typing import Array, Float, PRNGKeyArray
from onward.learning import execution
from onward.learning.learner import Learner
from onward.learning.observation import Observation
from onward.learning.parts import Parts
from onward.learning.pretraining import Row
from onward.learning.state import LearnerState
from onward.learning.trajectory import own, passed
from onward.mixtures.sessions import begin_session, transfer
from onward.rules import Frozen


class Recorded(NamedTuple):
    """Rows of sessions as the network meets them, and the weight of each label; 0 for none."""

    row: Row
    weight: Float[Array, " T"]


def recorded(
    learner: Learner, state: LearnerState, sessions: list[Observation], key: PRNGKeyArray
) -> tuple[dict[str, Any], list[Recorded]]:
    """The scales after all sessions, and what the network meets in each."""
    still = learner.replace(rule=Frozen(), every=1)
    state, delay, found = transfer(state, learner, still, key), learner.parts.delay, []
    features, targets = learner.cell.input_size, learner.targets
    for seen in sessions:
        begun = begin_session(still, state)
        state, packed = execution.in_pieces(partial(_pass, still.parts), begun, seen)
        x, target, known, sound = jnp.split(
            jnp.asarray(packed), np.cumsum([features, targets, targets]), axis=1
        )
        known = own(known, delay) * sound > 0
        start = jnp.zeros(len(x), bool) if seen.start is None else jnp.asarray(seen.start)
        weight = jnp.ones(len(x), x.dtype) if seen.weight is None else own(seen.weight, delay)
        weight = jnp.where(jnp.any(known, axis=1), weight, 0)
        row = Row(x, own(target, delay), known, start.at[0].set(True))
        found.append(Recorded(row, weight))
    scales = {name: getattr(state, name) for name in ("input_scale", "target_scale")}
    return scales, found


@partial(jax.jit, static_argnums=0)
def _pass(
    parts: Parts, state: LearnerState, seen: Observation, count: int
) -> tuple[LearnerState, Array]:
    def step(state: LearnerState, seen: Observation) -> tuple[LearnerState, Array]:
        state, found = passed(parts, state, seen)
        flags = jnp.concatenate([found.known, found.sound[None]]).astype(found.x.dtype)
        return state, jnp.concatenate([found.x, found.target, flags])

    return execution.take_all(step, state, seen, count)
