"""Many steps ahead, on the network's own predictions."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from onward._checks import check_integer
from onward._typing import Array, Float
from onward.learning import loop
from onward.learning.late import refuse_delay
from onward.learning.learner import Learner
from onward.learning.observation import Observation
from onward.learning.parts import Parts
from onward.learning.state import LearnerState


def forecast(
    learner: Learner, state: LearnerState, horizon: int, xs: Any = None
) -> Float[np.ndarray, "horizon outputs"]:
    """What the next samples' labels will be, each prediction standing in for its label.

        s_k = f(s_{k-1}, (x_k, ŷ_{k-1})),   ŷ_k = readout(s_k, (x_k, ŷ_{k-1})),   k = 1 … horizon

    Weights and scales stand still. The state is neither consumed nor moved.

    Args:
        learner: with feedback, without `delay`.
        state: kept.
        horizon: samples ahead, at least 1.
        xs: features of those samples, shape (horizon, features); missing if not given.

    Returns:
        Predictions in original units, or probabilities; NaN before there was a label.

    Raises:
        ValueError: a learner without feedback, which could not read its predictions, or with
            `delay`.

    Exactness: a composition of one-step predictions; errors add up with the horizon.
    Cost: that of a step without learning for each sample ahead; horizons up to the next power of
    two share one program.
    """
    refuse_delay(learner)
    if not learner.parts.feedback:
        raise ValueError("Expected a learner with feedback; got one without. Try feedback=True.")
    check_integer("horizon", horizon, least=1, example=1)
    learner.admit(state)
    absent = np.full((horizon, learner.features), np.nan, learner.dtype)
    xs = learner.observation(absent if xs is None else xs, None, (horizon,)).x
    length = 1 << (horizon - 1).bit_length()
    rest = np.full((length - horizon, learner.features), np.nan, learner.dtype)
    padded = np.concatenate([np.asarray(xs), rest])
    made = np.asarray(_forecast(learner.parts, learner.targets, state, padded))
    prediction, predicted = made[:horizon, 0], made[:horizon, 1]
    return np.where(predicted > 0, prediction, np.asarray(np.nan, learner.dtype))


@partial(jax.jit, static_argnums=(0, 1))
def _forecast(
    parts: Parts, targets: int, state: LearnerState, xs: Float[Array, "T features"]
) -> Array:
    def one(state: LearnerState, x: Array) -> tuple[LearnerState, Array]:
        nothing = jnp.full(targets, jnp.nan, x.dtype)
        percept = loop.predict(parts, state, Observation(x, nothing, None, None))
        label = jnp.where(percept.predicted, percept.prediction, state.label)
        made = jnp.stack([percept.prediction, percept.predicted.astype(x.dtype)])
        return state.replace(recurrent=percept.sample.state, label=label), made

    return jax.lax.scan(one, state, xs)[1]
