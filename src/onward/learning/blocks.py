"""Blocks of samples, whose end moves the weights; between ends they stand still."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp

from onward._typing import Array, Bool, Float
from onward.algebra import materialise, squared_norm
from onward.learning import updates
from onward.learning.info import told_of_update
from onward.learning.parts import Parts
from onward.learning.sizes import sizeable
from onward.learning.state import Block, LearnerState, Sample


def empty(parts: Parts, parameters: dict[str, Any], sample: Sample, targets: int) -> Block | None:
    """A block before its first sample; None for a learner that updates at each.

    Args:
        parts: of the learner.
        parameters: its weights.
        sample: for its shapes.
        targets: numbers per label.
    """
    if parts.every == 1:
        return None
    zero = jnp.zeros((), jnp.int32)
    none = jnp.zeros(targets, sample.x.dtype)
    row = sample, updates.Label(none, none > 0, jnp.ones((), none.dtype))
    kept = jax.tree.map(lambda leaf: jnp.zeros((parts.every, *leaf.shape), leaf.dtype), row)
    sums = jax.tree.map(jnp.zeros_like, {part: parameters[part] for part in parts.moved})
    loss = jnp.zeros((), sample.x.dtype)
    if parts.as_a_whole:
        return Block(zero, zero, loss, None, kept, zero == 0)
    return Block(zero, zero, loss, sums, None, None)


def dropped(state: LearnerState, wanted: Bool[Array, ""]) -> LearnerState:
    """The state with its block begun anew, where that is wanted: after weights were put back."""
    block = state.block
    if block is None:
        return state
    none = lambda: jax.tree.map(jnp.zeros_like, block)  # noqa: E731
    block = jax.lax.cond(wanted, none, lambda: block)
    if block.first is not None:
        block = dataclasses.replace(block, first=block.first | wanted)
    return state.replace(block=block)


def gathered(
    parts: Parts,
    block: Block,
    due: Sample,
    label: updates.Label,
    found: updates.Found,
    told: Bool[Array, ""],
    stable: Bool[Array, ""],
) -> Block:
    """A block with one more sample in it.

    Args:
        parts: of the learner.
        block: so far.
        due: the sample that the label belongs to.
        label: what has come.
        found: what the label says.
        told: whether it is to be learnt from.
        stable: whether the state goes on to the next sample.
    """
    place, labels = block.place + 1, block.labels + jnp.where(told, 1, 0)
    loss = block.loss + jnp.where(told, found.loss, 0)
    if block.kept is None:
        add = lambda: jax.tree.map(jnp.add, block.gradients, materialise(found.gradients))  # noqa: E731
        sums = jax.lax.cond(told, add, lambda: block.gradients)
        return Block(place, labels, loss, sums, None, None)
    weight = jnp.ones((), found.loss.dtype) if label.weight is None else label.weight
    if parts.guard:
        due = _harmless(due, told)
    row = due, updates.Label(label.target, label.known & told, jnp.where(told, weight, 0))
    kept = jax.tree.map(lambda rows, new: rows.at[block.place].set(new), block.kept, row)
    return Block(place, labels, loss, None, kept, ~stable)


def _harmless(due: Sample, told: Bool[Array, ""]) -> Sample:
    """A sample whose numbers cannot turn the credit of others into none, for 0 · inf is NaN.

    One that has diverged counts for nothing, and nothing goes back through it: the next one
    begins a sequence. Of one that is not learnt from only the state that the readout sees goes.
    """
    leaves = [jnp.ravel(leaf) for leaf in jax.tree.leaves((due.x, due.state))]
    stable = jnp.all(sizeable(jnp.concatenate(leaves)))
    kept = jax.tree.map(lambda leaf: jnp.where(stable, leaf, jnp.zeros_like(leaf)), due)
    state = jax.tree.map(lambda leaf: jnp.where(told, leaf, 0), kept.state)
    first = ~stable if due.first is None else due.first | ~stable
    return dataclasses.replace(kept, state=state, first=first)


def close(parts: Parts, state: LearnerState, packed: Array) -> tuple[LearnerState, Array]:
    """The state and the packed report after a sample, with the weights moved at a block's end."""
    if parts.every == 1:
        return state, packed
    block = state.block
    full = block.place == parts.every

    counts = block.place, block.labels, block.loss, block.gradients
    before = state.parameters, state.optimizer

    def end() -> tuple[Any, ...]:
        total = block.gradients if block.kept is None else _of_whole(parts, state)
        count = jnp.maximum(block.labels, 1).astype(packed.dtype)
        mean, loss = jax.tree.map(lambda leaf: leaf / count, (total, block.loss))
        norm = jnp.sqrt(squared_norm(mean, packed.dtype))
        wanted = (block.labels > 0) & bool(parts.rule.trains)
        moves = wanted & jnp.isfinite(norm)
        move = lambda: _moved(parts, state, mean, norm, loss)  # noqa: E731
        after = jax.lax.cond(moves, move, lambda: before)
        return (*after, nothing(counts), norm, moves, wanted & ~moves)

    nothing = lambda tree: jax.tree.map(jnp.zeros_like, tree)  # noqa: E731
    none = jnp.zeros((), packed.dtype)
    parameters, optimizer, counts, norm, moves, failed = jax.lax.cond(
        full, end, lambda: (*before, counts, none, none > 0, none > 0)
    )
    place, labels, loss, sums = counts
    # A sample is counted once, whatever was wrong with it.
    skips = failed & (packed[-2] == 0)
    state = state.replace(
        parameters=parameters,
        optimizer=optimizer,
        block=Block(place, labels, loss, sums, block.kept, block.first),
        counters=state.counters.add(jnp.zeros(5, bool).at[1].set(skips).at[3].set(moves)),
    )
    return state, told_of_update(packed, norm, moves, failed)


def _of_whole(parts: Parts, state: LearnerState) -> dict[str, Any]:
    """The sum of a block's gradients, of a rule that credits it as a whole."""
    samples: Sample
    samples, labels = state.block.kept
    cell, _ = parts.model(state.parameters)
    trained = {part: state.parameters[part] for part in parts.moved}

    def total(trained: dict[str, Any], states: Any) -> Float[Array, ""]:
        cell, readout = parts.model({**state.parameters, **trained})

        def one(x: Array, state: Any, label: updates.Label) -> Float[Array, ""]:
            loss = parts.loss(readout(cell.emit(state, x), x), label.target, label.known)
            return loss if label.weight is None else label.weight * loss

        return jnp.sum(jax.vmap(one)(samples.x, states, labels))

    direct, signals = jax.grad(total, (0, 1))(trained, samples.state)
    if "cell" in direct:
        first = jnp.zeros(parts.every, bool) if samples.first is None else samples.first
        through = parts.rule.credit_block(cell, samples.carry, signals, first)
        direct["cell"] = jax.tree.map(jnp.add, direct["cell"], materialise(through))
    return direct


def _moved(
    parts: Parts,
    state: LearnerState,
    mean: dict[str, Any],
    norm: Float[Array, ""],
    loss: Float[Array, ""],
) -> tuple[dict[str, Any], Any]:
    """Parameters and the optimizer's state after a step by the mean gradient of a block."""
    parameters, optimizer = dict(state.parameters), dict(state.optimizer)
    for name, together in parts.together.items():
        moved, optimizer[name] = parts.optimizer.step(
            state.learning_rates,
            state.optimizer[name],
            parts.optimizer.clipped({part: mean[part] for part in together}, norm),
            {part: state.parameters[part] for part in together},
            count=state.counters.learnt,
            value=loss,
        )
        parameters.update(moved)
    return parameters, optimizer
