"""Credit and update: what a label changes."""

from functools import partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._typing import Array, Bool, Float, Gradients
from onward.algebra import materialise
from onward.cells import AbstractCell, derive
from onward.learning import admission
from onward.learning.parts import Parts
from onward.learning.state import LearnerState, Sample
from onward.readouts.ordering import after


class Label(NamedTuple):
    """A label on the scale of the outputs.

    Attributes:
        target: normalised.
        known: which targets are to be learnt.
        weight: multiplies the loss; None for 1.
    """

    target: Float[Array, " targets"]
    known: Bool[Array, " targets"]
    weight: Float[Array, ""] | None


class Found(NamedTuple):
    """What a label says.

    Attributes:
        loss: without the weight.
        error: the loss's gradient by the output, bounded, without the weight.
        gradients: for each part that the optimizer moves, with the weight.
        signal: the loss's gradient by the sample's state, with the weight.
    """

    loss: Float[Array, ""]
    error: Float[Array, " outputs"]
    gradients: dict[str, Gradients]
    signal: Any


def gradients(
    parts: Parts,
    parameters: dict[str, Any],
    due: Sample,
    target: Float[Array, " targets"],
    known: Bool[Array, " targets"],
    weight: Float[Array, ""] | None = None,
    square: Float[Array, ""] | None = None,
) -> Found:
    """The loss of a sample and its gradient: straight through the output, plus the rule's.

    Args:
        parts: of the learner.
        parameters: its weights.
        due: the sample.
        target: on the scale of the outputs.
        known: which targets are to be learnt.
        weight: multiplies the gradient; None for 1.
        square: the running mean square of errors, by which one is bounded; None for no bound.
    """
    trained = {part: parameters[part] for part in parts.moved}

    def predict(trained: dict[str, Any], recurrent: Any) -> Array:
        cell, readout = parts.model({**parameters, **trained})
        return readout(cell.emit(recurrent, due.x), due.x)

    output, back = jax.vjp(predict, trained, due.state)
    loss, error = jax.value_and_grad(parts.loss)(output, target, known)
    error = parts.optimizer.bounded(square, error)
    direct, signal = back(_weighted(error, known, weight))
    if "cell" in trained:
        cell, _ = parts.model(parameters)
        through = parts.rule.credit(cell, due.carry, signal)
        admission.refuse_gradients(parts.rule, through, parameters["cell"])
        if derive.reads_parameters(cell, due.state, due.x):
            through = jax.tree.map(jnp.add, direct["cell"], materialise(through))
        direct["cell"] = through
    return Found(loss, error, direct, signal)


def _weighted(
    error: Float[Array, " outputs"],
    known: Bool[Array, " targets"],
    weight: Float[Array, ""] | None,
) -> Float[Array, " outputs"]:
    return error if weight is None else jnp.where(jnp.any(known), weight, 0) * error


def adapt(
    parts: Parts,
    cell: AbstractCell,
    carry: Any,
    due: Sample,
    signal: Any,
    learnt: Bool[Array, ""],
) -> Any:
    """The carry, after the rule itself has learnt where something was learnt."""
    if not parts.rule.adapts:
        return carry
    adapted = partial(parts.rule.adapt, cell, carry, due.carry, signal)
    return jax.lax.cond(learnt, adapted, lambda: carry)


def update(
    parts: Parts,
    state: LearnerState,
    due: Sample,
    label: Label,
    found: Found,
    norm: Float[Array, ""],
    learnt: Bool[Array, ""],
    read: Any,
) -> tuple[dict[str, Any], Any]:
    """Parameters and what moves them, after an update where something was learnt.

    Args:
        parts: of the learner.
        state: before the sample.
        due: the sample that is learnt from.
        label: of that sample.
        found: what the label says.
        norm: of the gradients.
        learnt: whether there is something to learn.
        read: what has been computed of the parameters as they were.
    """

    def by_gradient(name: str, together: tuple[str, ...]) -> tuple[dict[str, Any], Any]:
        return parts.optimizer.step(
            state.learning_rates,
            state.optimizer[name],
            parts.optimizer.clipped({part: found.gradients[part] for part in together}, norm),
            {part: state.parameters[part] for part in together},
            count=state.counters.learnt,
            value=found.loss,
            # Shortened as the gradients are, of which it is a factor.
            slope=parts.optimizer.clipped(_weighted(found.error, label.known, label.weight), norm),
        )

    cell, readout = parts.model(state.parameters)
    weight = jnp.ones((), found.loss.dtype) if label.weight is None else label.weight

    def by_itself(weight: Float[Array, ""]) -> tuple[dict[str, Any], Any]:
        moved, memory = readout.learn(
            state.optimizer["readout"],
            cell.emit(due.state, due.x),
            due.x,
            label.target,
            label.known,
            weight,
            parts.loss,
        )
        return {"readout": eqx.filter(moved, eqx.is_inexact_array)}, memory

    # Branches, not selects: they work in place, and outer products are formed within them.
    # One for each part: XLA runs a short branch as it stands and schedules a long one.
    moves: dict[str, Any] = {
        name: (together, partial(by_gradient, name, together))
        for name, together in parts.together.items()
    }
    parameters, optimizer = dict(state.parameters), dict(state.optimizer)
    if "readout" in parts.rule.trains and "readout" not in found.gradients:
        if readout.learns_in_place:
            told = after(jnp.where(learnt, weight, 0), (read, found.loss))
            moved, optimizer["readout"] = by_itself(told)
            parameters.update(moved)
        else:
            moves["readout"] = ("readout",), partial(by_itself, weight)
    for name, (together, move) in moves.items():
        before = {part: state.parameters[part] for part in together}, state.optimizer[name]
        moved, optimizer[name] = jax.lax.cond(learnt, move, lambda before=before: before)
        parameters.update(moved)
    if parts.optimizer.bound is not None:
        square = state.optimizer["error"]
        followed = parts.optimizer.followed(square, found.error, state.counters.learnt)
        optimizer["error"] = jnp.where(learnt, followed, square)
    return parameters, optimizer
