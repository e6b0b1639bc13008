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
        gradients: for each part that the optimizer moves, with the weight.
        signal: the loss's gradient by the sample's state, with the weight.
    """

    loss: Float[Array, ""]
    gradients: dict[str, Gradients]
    signal: Any


def gradients(
    parts: Parts,
    parameters: dict[str, Any],
    due: Sample,
    target: Float[Array, " targets"],
    known: Bool[Array, " targets"],
    weight: Float[Array, ""] | None = None,
) -> Found:
    """The loss of a sample and its gradient: straight through the output, plus the rule's."""
    trained = {part: parameters[part] for part in parts.moved}

    def objective(trained: dict[str, Any], recurrent: Any) -> tuple[Array, Array]:
        cell, readout = parts.model({**parameters, **trained})
        output = readout(cell.emit(recurrent, due.x), due.x)
        loss = parts.loss(output, target, known)
        return (loss if weight is None else jnp.where(jnp.any(known), weight, 0) * loss), loss

    differentiated = jax.value_and_grad(objective, (0, 1), has_aux=True)
    (_, loss), (direct, signal) = differentiated(trained, due.state)
    if "cell" in trained:
        cell, _ = parts.model(parameters)
        through = parts.rule.credit(cell, due.carry, signal)
        admission.refuse_gradients(parts.rule, through, parameters["cell"])
        if derive.reads_parameters(cell, due.state, due.x):
            through = jax.tree.map(jnp.add, direct["cell"], materialise(through))
        direct["cell"] = through
    return Found(loss, direct, signal)


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
) -> tuple[dict[str, Any], Any]:
    """Parameters and what moves them, after an update where something was learnt."""

    def by_gradient(part: str) -> tuple[Any, Any]:
        weights, optimizer = state.parameters[part], state.optimizer[part]
        moved, optimizer = parts.optimizer.step(
            state.learning_rates,
            optimizer,
            {part: parts.optimizer.clipped(found.gradients[part], norm)},
            {part: weights},
            count=state.counters.learnt,
            value=found.loss,
        )
        return moved[part], optimizer

    def by_itself() -> tuple[Any, Any]:
        cell, readout = parts.model(state.parameters)
        one = jnp.ones((), found.loss.dtype)
        readout, memory = readout.learn(
            state.optimizer["readout"],
            cell.emit(due.state, due.x),
            due.x,
            label.target,
            label.known,
            one if label.weight is None else label.weight,
            parts.loss,
        )
        return eqx.filter(readout, eqx.is_inexact_array), memory

    # Branches, not selects: they work in place, and outer products are formed within them.
    # One for each part: XLA runs a short branch as it stands and schedules a long one.
    moves: dict[str, Any] = {part: partial(by_gradient, part) for part in found.gradients}
    if "readout" in parts.rule.trains and "readout" not in moves:
        moves["readout"] = by_itself
    parameters, optimizer = dict(state.parameters), dict(state.optimizer)
    for part, move in moves.items():
        before = state.parameters[part], state.optimizer[part]
        parameters[part], optimizer[part] = jax.lax.cond(learnt, move, lambda before=before: before)
    return parameters, optimizer
