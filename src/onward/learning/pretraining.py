"""Backpropagation through a whole recorded sequence: an oracle, and a start before going online."""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from onward._checks import check_kind
from onward._typing import Array, Bool, Float
from onward.algebra import squared_norm
from onward.learning import admission
from onward.learning.learner import Learner
from onward.learning.parts import Parts
from onward.learning.state import LearnerState
from onward.learning.trajectory import Trajectory, pass_over


def sequence_gradient(
    learner: Learner, state: LearnerState, xs: Any, ys: Any = None
) -> tuple[Float[Array, ""], dict[str, Any]]:
    """The loss over a recorded sequence and its exact gradient, by backpropagation through all
    of it with frozen weights.

    Starts at the state's recurrent state and goes on with its running normalisation, as `run`
    would. Cost: time T·p, memory T·(state and what autodiff keeps of a step): the sequence must
    fit into memory. Exactness: exact. Werbos (1990), "Backpropagation through time".

    Args:
        learner: its cell, readout, loss and normalisation; its rule is not used.
        state: not consumed.
        xs: features, shape (T, features); or an `Observation` of such arrays, and no ys. A
            weight multiplies the loss of its label, a start begins with the initial state.
        ys: labels in order of arrival, shape (T, targets); NaN if missing.

    Returns:
        The mean loss over the samples that `run` would learn from, on the normalised scale, and
        its gradient, a tree like `state.parameters`.

    Raises:
        ValueError: wrong shapes, no sample to learn from, or a readout that keeps samples.
    """
    recorded = _recorded(learner, state, xs, ys)
    return _value_and_gradient(learner.parts, state, recorded)


def pretrain(
    learner: Learner, state: LearnerState, xs: Any, ys: Any = None, epochs: int = 100
) -> tuple[LearnerState, Float[np.ndarray, " epochs"]]:
    """Offline training by whole-sequence backpropagation, one update an epoch.

    The learner's own optimizer moves all weights, at the state's learning rates; the recurrent
    state starts each epoch where it stands now. To go on online: `run` the same sequence's end
    once to warm the state up, then `step`.

    Args:
        learner: its rule is not used.
        state: not consumed.
        xs: features, shape (T, features); or an `Observation` of such arrays, and no ys. A
            weight multiplies the loss of its label, a start begins with the initial state.
        ys: labels in order of arrival, shape (T, targets); NaN if missing.
        epochs: passes over the sequence, at least 1.

    Returns:
        The state with the new weights and everything else as before, and the loss before each
        update.

    Raises:
        ValueError: wrong shapes, no sample to learn from, or a readout that keeps samples.
    """
    if isinstance(epochs, bool) or not isinstance(epochs, int) or epochs < 1:
        raise ValueError(f"Expected epochs to be a positive integer; got {epochs!r}. Try 100.")
    recorded = _recorded(learner, state, xs, ys)
    parameters, losses = _epochs(learner.parts, state, recorded, epochs)
    return state.replace(parameters=parameters), np.asarray(losses)


def _recorded(learner: Learner, state: LearnerState, xs: Any, ys: Any) -> Trajectory:
    """The sequence as the network meets it, of a learner and a state that fit it."""
    check_kind("learner", learner, Learner, "onward.Learner(cell)")
    admission.refuse_kept_samples(learner.readout)
    learner.admit(state)
    seen = learner.observation(xs, ys, (None,))
    count, delay = len(seen.x), learner.parts.delay
    if count <= delay:
        raise ValueError(
            f"Expected more samples than delay={delay}; got {count}. Try a longer sequence."
        )
    recorded = pass_over(learner.parts, state, seen)
    if not isinstance(recorded.known, Tracer) and not recorded.known.any():
        raise ValueError(
            f"Expected samples that have their label and all features; got none in {count} rows at "
            f"a delay of {delay}. Try a longer sequence."
        )
    return recorded


def _objective(parts: Parts, state: LearnerState, recorded: Trajectory) -> Any:
    """The mean loss, weighted by the labels' weights, as a function of the parameters."""
    learnt = jnp.any(recorded.known, axis=1)
    weight = jnp.ones((), recorded.xs.dtype) if recorded.weight is None else recorded.weight
    weight = jnp.where(learnt, weight, 0)

    def mean(parameters: dict[str, Any]) -> Float[Array, ""]:
        rows = Row(recorded.xs, recorded.targets, recorded.known, recorded.start)
        losses = losses_along(parts, parameters, state.recurrent, rows)
        return jnp.sum(weight * losses) / jnp.sum(weight)

    return mean


class Row(NamedTuple):
    """Samples as the network meets them, along a first axis of time.

    Attributes:
        x: assembled, normalised input.
        target: on the scale of the outputs.
        known: which targets count.
        start: whether a sequence begins with the sample; None where none does.
    """

    x: Float[Array, "T m"]
    target: Float[Array, "T targets"]
    known: Bool[Array, "T targets"]
    start: Bool[Array, "T"] | None


def losses_along(
    parts: Parts, parameters: dict[str, Any], recurrent: Any, rows: Row
) -> Float[Array, " T"]:
    """The loss of each sample, of a network that passes over them from a recurrent state."""
    cell, readout = parts.model(parameters)

    def one(recurrent: Any, row: Row) -> tuple[Any, Array]:
        if row.start is not None:
            afresh = partial(jnp.where, row.start)
            recurrent = jax.tree.map(afresh, cell.init_state(), recurrent)
        recurrent = cell(recurrent, row.x)
        output = readout(cell.emit(recurrent, row.x), row.x)
        return recurrent, parts.loss(output, row.target, row.known)

    return jax.lax.scan(one, recurrent, rows)[1]


@partial(jax.jit, static_argnums=0)
def _value_and_gradient(parts: Parts, state: LearnerState, recorded: Trajectory) -> Any:
    return jax.value_and_grad(_objective(parts, state, recorded))(state.parameters)


@partial(jax.jit, static_argnums=(0, 3))
def _epochs(parts: Parts, state: LearnerState, recorded: Trajectory, epochs: int) -> Any:
    objective, optimizer = _objective(parts, state, recorded), parts.optimizer
    dtype = recorded.xs.dtype
    rates = {**optimizer.learning_rates(state.parameters, dtype), **state.learning_rates}

    def epoch(carried: Any, count: Array) -> tuple[Any, Array]:
        parameters, moments = carried
        loss, gradients = jax.value_and_grad(objective)(parameters)
        gradients = optimizer.clipped(gradients, jnp.sqrt(squared_norm(gradients, dtype)))
        moved = optimizer.step(rates, moments, gradients, parameters, count=count, value=loss)
        return moved, loss

    start = state.parameters, optimizer.init(state.parameters)
    (parameters, _), losses = jax.lax.scan(epoch, start, jnp.arange(epochs))
    return parameters, losses
