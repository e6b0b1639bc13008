"""Many steps ahead, on a learner's own predictions."""

from dataclasses import replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from onward._checks import check_integer
from onward._typing import Array, Float
from onward.learning import loop
from onward.learning.learner import Learner
from onward.learning.observation import Observation
from onward.learning.parts import Parts
from onward.learning.state import LearnerState
from onward.mixtures import together
from onward.mixtures.mixture import Mixture
from onward.mixtures.mixture_programs import MixtureFields, Recipe, heard_of
from onward.wrapping.late import refuse_delay


def forecast(
    learner: Learner | Mixture, state: LearnerState, horizon: int, xs: Any = None
) -> Float[np.ndarray, "horizon outputs"]:
    """What the next samples' labels will be, each prediction standing in for its label.

        s_k = f(s_{k-1}, (x_k, ŷ_{k-1})),   ŷ_k = readout(s_k, (x_k, ŷ_{k-1})),   k = 1 … horizon

    Weights and scales stand still. The state is neither consumed nor moved. The prediction of a
    mixture stands in for the label in all its members.

    Args:
        learner: with feedback, without `delay`; or a mixture of such.
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
    if isinstance(learner, Mixture):
        made = np.asarray(_forecast_all(learner.recipe, learner.targets, state, padded))
    else:
        made = np.asarray(_forecast(learner.parts, learner.targets, state, padded))
    prediction, predicted = made[:horizon, 0], made[:horizon, 1]
    return np.where(predicted > 0, prediction, np.asarray(np.nan, learner.dtype))


@partial(jax.jit, static_argnums=(0, 1))
def _forecast(
    parts: Parts, targets: int, state: LearnerState, xs: Float[Array, "T features"]
) -> Array:
    def one(state: LearnerState, x: Array) -> tuple[LearnerState, Array]:
        state, made = _perceived(parts, state, _unlabelled(x, targets))
        return _believing(state, made), made

    return jax.lax.scan(one, state, xs)[1]


@partial(jax.jit, static_argnums=(0, 1))
def _forecast_all(
    recipe: Recipe, targets: int, state: LearnerState, xs: Float[Array, "T features"]
) -> Array:
    learners, table, outputs = recipe
    table = replace(table, learns=False)

    def one(state: LearnerState, x: Array) -> tuple[LearnerState, Array]:
        seen, fields = _unlabelled(x, targets), state.fields
        pairs = zip(learners, fields.members, strict=True)
        done = [_perceived(parts, LearnerState(own), seen) for parts, own in pairs]
        heard = heard_of([jnp.ravel(made) for _, made in done], outputs, seen)
        nothing = jnp.full(outputs, jnp.nan, x.dtype)
        around, packed = together.step(table, fields.around, heard, nothing)
        made = packed[: 2 * outputs].reshape(2, outputs)
        members = tuple(_believing(own, made).fields for own, _ in done)
        return LearnerState(MixtureFields(members, around)), made

    return jax.lax.scan(one, state, xs)[1]


def _unlabelled(x: Array, targets: int) -> Observation:
    """A sample whose label nobody knows."""
    return Observation(x, jnp.full(targets, jnp.nan, x.dtype), None, None)


def _perceived(
    parts: Parts, state: LearnerState, seen: Observation
) -> tuple[LearnerState, Float[Array, "2 outputs"]]:
    """The state moved through a sample; what is predicted, and where there is a prediction."""
    percept = loop.predict(parts, state, seen)
    made = jnp.stack([percept.prediction, percept.predicted.astype(percept.prediction.dtype)])
    return state.replace(
        recurrent=percept.sample.state,
        expansions=percept.read.expansions,
        newest=percept.read.newest,
    ), made


def _believing(state: LearnerState, made: Float[Array, "2 outputs"]) -> LearnerState:
    """The state with a prediction in place of the newest label."""
    return state.replace(label=jnp.where(made[1] > 0, made[0], state.label))
