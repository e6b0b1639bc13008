"""Backpropagation through a whole recorded sequence: an oracle, and a start before going online."""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from onward._checks import check_kind
from onward._typing import Array, Bool, Float
from onward.learning.learner import Learner
from onward.learning.loop import Loop, sizeable
from onward.learning.state import LearnerState


class Recorded(NamedTuple):
    """A sequence as the network meets it.

    Attributes:
        xs: what it reads at each sample.
        targets: normalised, those of the same samples.
        known: which of them are to be learnt.
    """

    xs: Float[Array, "labelled m"]
    targets: Float[Array, "labelled targets"]
    known: Bool[Array, "labelled targets"]


def sequence_gradient(
    learner: Learner, state: LearnerState, xs: Any, ys: Any
) -> tuple[Float[Array, ""], dict[str, Any]]:
    """The loss over a recorded sequence and its exact gradient, by backpropagation through all
    of it with frozen weights.

    Starts at the state's recurrent state and goes on with its running normalisation, as `run`
    would. Cost: time T·p, memory T·(state and what autodiff keeps of a step): the sequence must
    fit into memory. Exactness: exact. Werbos (1990), "Backpropagation through time".

    Args:
        learner: its cell, readout, loss and normalisation; its rule is not used.
        state: not consumed.
        xs: features, shape (T, features).
        ys: labels in order of arrival, shape (T, targets); NaN if missing.

    Returns:
        The mean loss over the samples that `run` would learn from, on the normalised scale, and
        its gradient, a tree like `state.parameters`.

    Raises:
        ValueError: wrong shapes, or no sample to learn from.
    """
    recorded = _recorded(learner, state, xs, ys)
    return _value_and_gradient(learner.loop, state, recorded)


def pretrain(
    learner: Learner, state: LearnerState, xs: Any, ys: Any, epochs: int
) -> tuple[LearnerState, Float[np.ndarray, " epochs"]]:
    """Offline training by whole-sequence backpropagation, one update an epoch.

    The learner's own optimizer moves all weights, at the state's learning rates; the recurrent
    state starts each epoch where it stands now. To go on online: `run` the same sequence's end
    once to warm the state up, then `step`.

    Args:
        learner: its rule is not used.
        state: not consumed.
        xs: features, shape (T, features).
        ys: labels in order of arrival, shape (T, targets); NaN if missing.
        epochs: passes over the sequence, at least 1.

    Returns:
        The state with the new weights and everything else as before, and the loss before each
        update.

    Raises:
        ValueError: wrong shapes, or no sample to learn from.
    """
    if isinstance(epochs, bool) or not isinstance(epochs, int) or epochs < 1:
        raise ValueError(f"Expected epochs to be a positive integer; got {epochs!r}. Try 100.")
    recorded = _recorded(learner, state, xs, ys)
    parameters, losses = _epochs(learner.loop, state, recorded, epochs)
    return state.replace(parameters=parameters), np.asarray(losses)


def _recorded(learner: Learner, state: LearnerState, xs: Any, ys: Any) -> Recorded:
    """The sequence, of a learner and a state that fit it."""
    check_kind("learner", learner, Learner, "onward.Learner(cell)")
    learner.admit(state)
    xs = learner.array(xs, (None, learner.features), "xs")
    ys = learner.array(ys, (len(xs), learner.targets), "ys")
    count = len(xs)
    if count <= learner.loop.delay:
        raise ValueError(
            f"Expected more samples than delay={learner.loop.delay}; got {count}. Try a longer "
            "sequence."
        )
    recorded = _prepared(learner.loop, state, xs, ys)
    if not isinstance(recorded.known, Tracer) and not recorded.known.any():
        raise ValueError(
            f"Expected samples that have their label and all features; got none in {count} rows at "
            f"a delay of {learner.loop.delay}. Try a longer sequence."
        )
    return recorded


@partial(jax.jit, static_argnums=0)
def _prepared(
    loop: Loop, state: LearnerState, xs: Float[Array, "T features"], ys: Float[Array, "T targets"]
) -> Recorded:
    def one(carried: Any, sample: tuple[Array, Array]) -> tuple[Any, Any]:
        input_scale, target_scale, newest = carried
        now = state.replace(input_scale=input_scale, label=newest)
        x, y = sample
        known = sizeable(y) & loop.loss.admits(y)
        label = loop.newest_label(now, y, known) if loop.feedback else None
        scaled, input_scale, sound = loop.assemble(now, x, label if loop.delay else newest)
        target_scale = loop.target_scale.update(target_scale, y, known)
        target = loop.target_scale.normalise(target_scale, y)
        return (input_scale, target_scale, label), (scaled, sound, target, known)

    first = state.input_scale, state.target_scale, state.label
    scaled, sound, targets, known = jax.lax.scan(one, first, (xs, ys))[1]
    # The label of sample t is the one that comes `delay` samples later.
    count = len(xs) - loop.delay
    known = known[loop.delay :] & sound[:count, None]
    return Recorded(scaled[:count], targets[loop.delay :], known)


def _objective(loop: Loop, state: LearnerState, recorded: Recorded) -> Any:
    """The mean loss as a function of the parameters."""
    labelled = jnp.sum(jnp.any(recorded.known, axis=1)).astype(recorded.xs.dtype)

    def mean(parameters: dict[str, Any]) -> Float[Array, ""]:
        cell, readout = loop.model(parameters)

        def one(recurrent: Any, sample: Recorded) -> tuple[Any, Array]:
            x, target, known = sample
            recurrent = cell(recurrent, x)
            loss = loop.loss(readout(cell.emit(recurrent, x), x), target, known)
            return recurrent, jnp.where(jnp.any(known), loss, 0)

        return jnp.sum(jax.lax.scan(one, state.recurrent, recorded)[1]) / labelled

    return mean


@partial(jax.jit, static_argnums=0)
def _value_and_gradient(loop: Loop, state: LearnerState, recorded: Recorded) -> Any:
    return jax.value_and_grad(_objective(loop, state, recorded))(state.parameters)


@partial(jax.jit, static_argnums=(0, 3))
def _epochs(loop: Loop, state: LearnerState, recorded: Recorded, epochs: int) -> Any:
    objective = _objective(loop, state, recorded)

    def epoch(carried: Any, _: None) -> tuple[Any, Array]:
        parameters, optimizer = carried
        loss, gradients = jax.value_and_grad(objective)(parameters)
        moved = loop.optimizer.step(state.learning_rates, optimizer, gradients, parameters)
        return moved, loss

    start = state.parameters, loop.optimizer.direction.init(state.parameters)
    (parameters, _), losses = jax.lax.scan(epoch, start, None, length=epochs)
    return parameters, losses
