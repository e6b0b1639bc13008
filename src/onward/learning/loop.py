"""The learning loop: one sample in, one prediction out, one update. The only one there is.

Where an observation has no `start` or no `weight` (None), nothing is computed for it.
"""

import dataclasses
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from onward._typing import Array, Bool, Float
from onward.algebra import squared_norm
from onward.learning import blocks, updates
from onward.learning.info import Report
from onward.learning.inputs import Assembled, assemble
from onward.learning.observation import Observation
from onward.learning.parts import Parts
from onward.learning.sizes import sizeable
from onward.learning.state import LearnerFields, LearnerState, Sample, exchanged


class Percept(NamedTuple):
    """What a network makes of a sample before it learns anything.

    Attributes:
        sample: what `learn` needs of it, now or when its label comes.
        read: the input, and what becomes of what is missing in it.
        stable: whether the new state is usable.
        known: which targets of the label that has come are there and usable.
        label: the newest label after it, encoded; None without feedback.
        prediction: in original units, or probabilities.
        predicted: where there is a prediction at all.
    """

    sample: Sample
    read: Assembled
    stable: Bool[Array, ""]
    known: Bool[Array, " targets"]
    label: Float[Array, " width"] | None
    prediction: Float[Array, " outputs"]
    predicted: Bool[Array, " outputs"]


def predict(parts: Parts, state: LearnerState, seen: Observation) -> Percept:
    """What `step` would perceive of a sample, without learning."""
    return perceive(parts, begin(parts, state, seen.start), seen)


def begin(parts: Parts, state: LearnerState, start: Bool[Array, ""] | None) -> LearnerState:
    """The state afresh where a sequence begins."""
    if start is None:
        return state
    fresh = parts.model(state.parameters)[0].init_state()
    recurrent = jax.tree.map(partial(jnp.where, start), fresh, state.recurrent)
    label = None if state.label is None else jnp.where(start, jnp.inf, state.label)
    expansions = tuple(
        jax.tree.map(partial(jnp.where, start), each.begin(held), held)
        for each, held in zip(parts.expansions, state.expansions, strict=True)
    )
    block = state.block
    if parts.as_a_whole:
        block = dataclasses.replace(block, first=block.first | start)
    state = state.replace(recurrent=recurrent, label=label, expansions=expansions, block=block)
    return _with_carry_afresh(parts, state, start) if parts.rule.propagates else state


def perceive(parts: Parts, state: LearnerState, seen: Observation) -> Percept:
    """The first half of a step: scale the input, move the cell, advance the rule, predict."""
    known = known_targets(parts, seen.y)
    label = newest_label(parts, state, seen.y, known) if parts.feedback else None
    read = assemble(parts, state, seen.x, label if parts.delay else state.label)
    cell, readout = parts.model(state.parameters)
    recurrent = cell(state.recurrent, read.x)
    carry = parts.rule.advance(cell, state.carry, state.recurrent, read.x)
    output = readout(cell.emit(recurrent, read.x), read.carried)
    stable = _all_sizeable(parts, recurrent)
    restore = partial(parts.target_scale.restore, state.target_scale)
    told = parts.target_scale.ready(state.target_scale, seen.y)
    return Percept(
        sample=Sample(
            read.x,
            recurrent,
            carry,
            read.sound & stable,
            state.block.first if parts.as_a_whole else None,
        ),
        read=read,
        stable=stable,
        known=known,
        label=label,
        prediction=parts.loss.link(parts.loss.restored(output, restore)),
        predicted=jnp.repeat(told, output.size // seen.y.size),
    )


def learn(
    parts: Parts,
    state: LearnerState,
    percept: Percept,
    seen: Observation,
    late: Sample | None = None,
) -> tuple[LearnerState, Report, Bool[Array, ""]]:
    """The second half: credit and update. Last whether the rule's carry has diverged.

    Args:
        parts: of the learner.
        state: before the sample.
        percept: what it makes of the sample.
        seen: the sample, and the label that comes with it.
        late: the sample that the label belongs to, where the ring does not tell.
    """
    due, waiting = exchanged(state.waiting, percept.sample)
    due = due if late is None else late
    usable, known = weighed(percept.known, seen.weight)
    target_scale = parts.target_scale.update(state.target_scale, seen.y, known)
    target = scaled_target(parts, target_scale, seen.y, known)
    # A label that is the first to tell the scale has nothing to be compared with.
    known = known & parts.target_scale.ready(state.target_scale, target)
    square = state.optimizer.get("error")
    found = updates.gradients(parts, state.parameters, due, target, known, seen.weight, square)
    # Without guards the norm is not looked at, and not computed.
    needed = not parts.as_a_whole and (parts.guard or parts.optimizer.clip is not None)
    norm = jnp.sqrt(squared_norm(found.gradients if needed else (), found.loss.dtype))
    wanted = jnp.any(known) & due.usable
    healthy = jnp.isfinite(norm) & jnp.isfinite(found.loss) if parts.guard else jnp.asarray(True)
    told = learnt = wanted & healthy & bool(parts.rule.trains)
    label = updates.Label(target, known, seen.weight)
    parameters, optimizer, block = state.parameters, state.optimizer, state.block
    if block is None:
        parameters, optimizer = updates.update(
            parts, state, due, label, found, norm, told, percept.prediction
        )
    else:
        block = blocks.gathered(parts, block, due, label, found, told, percept.stable)
        learnt = jnp.asarray(False)
    cell, _ = parts.model(state.parameters)
    carry = updates.adapt(parts, cell, percept.sample.carry, due, found.signal, told)

    bad = ~percept.read.sound | ~percept.stable | (wanted & ~healthy) | ~usable
    skipped = bad | jnp.any(~percept.known & ~jnp.isnan(seen.y))
    unlabelled, filled = jnp.all(jnp.isnan(seen.y)), percept.read.filled
    events = jnp.stack([jnp.asarray(True), skipped, unlabelled, learnt, filled])
    after = LearnerFields(
        parameters=parameters,
        optimizer=optimizer,
        learning_rates=state.learning_rates,
        recurrent=_restart(parts, state, percept.sample.state, percept.stable),
        carry=carry if parts.rule.propagates else None,
        waiting=waiting,
        block=block,
        input_scale=percept.read.scale,
        target_scale=target_scale,
        label=percept.label,
        newest=percept.read.newest,
        expansions=percept.read.expansions,
        key=state.key,
        counters=state.counters.add(events),
    )
    report = Report(
        prediction=percept.prediction,
        predicted=percept.predicted,
        loss=found.loss,
        gradient_norm=norm,
        wanted=wanted,
        learnt=learnt,
        skipped=skipped,
        diagnostics=parts.rule.report(carry).astype(found.loss.dtype),
    )
    return LearnerState(after), report, ~percept.stable | (wanted & ~healthy)


def renew(parts: Parts, state: LearnerState, diverged: Bool[Array, ""]) -> LearnerState:
    """The state after `learn`, with the rule's carry afresh where something has diverged."""
    if not (parts.guard and parts.rule.propagates):
        return state
    return _with_carry_afresh(parts, state, diverged)


def known_targets(parts: Parts, y: Float[Array, " targets"]) -> Bool[Array, " targets"]:
    """Which targets of a label are there and usable."""
    return sizeable(y) & parts.loss.admits(y)


def newest_label(
    parts: Parts, state: LearnerState, y: Float[Array, " targets"], known: Bool[Array, " targets"]
) -> Float[Array, " width"]:
    """The newest label that has arrived, encoded; a missing target keeps its last value."""
    encoded = parts.loss.encode(jnp.where(known, y, 0))
    return jnp.where(jnp.broadcast_to(known, encoded.shape), encoded, state.label)


def scaled_target(
    parts: Parts, scale: Any, y: Float[Array, " targets"], known: Bool[Array, " targets"]
) -> Float[Array, " targets"]:
    """A label on the scale of the outputs, bounded; any number where it is not known."""
    return parts.target_scale.bounded(parts.target_scale.normalise(scale, jnp.where(known, y, 0)))


def weighed(
    known: Bool[Array, " targets"], weight: Float[Array, ""] | None
) -> tuple[Bool[Array, ""], Bool[Array, " targets"]]:
    """Whether a weight is one, and which targets are to be learnt by it."""
    if weight is None:
        return jnp.asarray(True), known
    return sizeable(weight) & (weight >= 0), known & sizeable(weight) & (weight > 0)


def _restart(parts: Parts, state: LearnerState, recurrent: Any, stable: Bool[Array, ""]) -> Any:
    """The cell's state, from the start where it has diverged; nothing else recovers it."""
    if not parts.guard:
        return recurrent
    start = parts.model(state.parameters)[0].init_state()
    return jax.tree.map(lambda new, old: jnp.where(stable, new, old), recurrent, start)


def _with_carry_afresh(parts: Parts, state: LearnerState, wanted: Bool[Array, ""]) -> LearnerState:
    """The state with the rule's carry as before the first sample, where that is wanted."""
    cell, _ = parts.model(state.parameters)

    def fresh() -> Any:
        key = jax.random.fold_in(jax.random.wrap_key_data(state.key), state.counters.samples)
        x = jnp.zeros(cell.input_size, cell.dtype)
        return parts.rule.init(cell, cell.init_state(), x, key)

    # A loop of no turn or one, not a branch: a branch would copy the carry to pass it on.
    _, carry = jax.lax.while_loop(
        lambda pair: pair[0],
        lambda pair: (jnp.zeros_like(pair[0]), fresh()),
        (wanted, state.carry),
    )
    return state.replace(carry=carry)


def _all_sizeable(parts: Parts, state: Any) -> Bool[Array, ""]:
    """Whether the whole state is sizeable; taken for granted without guards."""
    if not parts.guard:
        return jnp.asarray(True)
    return jnp.all(jnp.stack([jnp.all(sizeable(leaf)) for leaf in jax.tree.leaves(state)]))
