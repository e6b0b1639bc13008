"""Networks that learn while several rules follow, each gradient beside the exact one."""

from functools import partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax

from onward import AbstractCell, AbstractRule
from onward.algebra import materialise
from onward.readouts import Linear
from papers.published.tasks import Task

KINDS = ("cell", "recurrent matrix", "with readout", "lane by lane")


class Model(NamedTuple):
    """What learns."""

    cell: AbstractCell
    readout: Linear


class Record(NamedTuple):
    """What was found at each step; NaN where there is no label.

    Attributes:
        loss: before the update, mean over lanes.
        cosine: of each rule's gradient (mean over lanes) with the exact one, by kind: over the
            cell's parameters, over its first matrix, over the cell's and the readout's; and the
            mean over lanes of each lane's own cosine.
        size: Euclidean norm of each rule's gradient of the cell.
    """

    loss: Any
    cosine: Any
    size: Any


def follow(
    model: Model,
    task: Task,
    rules: tuple[AbstractRule, ...],
    teacher: int,
    optimizer: Any,
    seed: int,
    start: Any = None,
) -> tuple[Model, Record]:
    """Learn a task by the gradient of one rule while the others follow the same trajectory.

    Every lane has its own state and carries; the gradient is the mean over lanes. State and
    carries start afresh with each sequence. One compiled scan for all steps.

    Args:
        model: before the first step.
        task: see `Task`.
        rules: the first one is what the others are judged by.
        teacher: the index of the rule that the model learns by.
        optimizer: an optax transformation.
        seed: of what the rules draw.
        start: the state before each sequence; the cell's own if not given.

    Returns:
        The model after the last step, and what was found at each labelled step.
    """
    keys = jax.random.split(jax.random.key(seed), task.xs.shape[:1])
    arrays, rest = eqx.partition(model, eqx.is_inexact_array)
    data = (jnp.asarray(task.xs), jnp.asarray(task.ys), keys)
    known = jnp.asarray(task.labelled)
    state = model.cell.init_state() if start is None else start
    settings = (task.loss, rules, teacher, optimizer)
    arrays, record = _walk(settings, rest, arrays, data, known, state)
    record = jax.tree.map(lambda leaf: np.asarray(leaf).reshape(-1, *leaf.shape[2:]), record)
    labelled = np.tile(task.labelled, len(task.xs))
    return eqx.combine(arrays, rest), Record(*(leaf[labelled] for leaf in record))


@partial(jax.jit, static_argnums=(0, 1))
def _walk(settings, rest, arrays, data, known, state):
    loss, rules, teacher, optimizer = settings

    def step(carried, sample):
        arrays, moments, states, carries = carried
        x, y, labelled = sample
        cell, readout = eqx.combine(arrays, rest)
        after = jax.vmap(cell)(states, x)
        carries = tuple(
            jax.vmap(rule.advance, in_axes=(None, 0, 0, 0))(cell, carry, states, x)
            for rule, carry in zip(rules, carries, strict=True)
        )

        def objective(readout, after):
            outputs = jax.vmap(readout)(after, x)
            return jnp.mean(jax.vmap(loss)(outputs, y))

        cost, (outer, signals) = jax.value_and_grad(objective, (0, 1))(readout, after)

        def learn():
            given = [
                jax.vmap(lambda c, s, rule=rule: materialise(rule.credit(cell, c, s)))(
                    carry, signals
                )
                for rule, carry in zip(rules, carries, strict=True)
            ]
            means = [jax.tree.map(lambda leaf: jnp.sum(leaf, 0), one) for one in given]
            gradient = eqx.filter((means[teacher], outer), eqx.is_inexact_array)
            updates, moved = optimizer.update(Model(*gradient), moments, arrays)
            return optax.apply_updates(arrays, updates), moved, _compare(given, means, outer, cost)

        def skip():
            return arrays, moments, _unknown(len(rules), cost)

        arrays, moments, record = jax.lax.cond(labelled, learn, skip)
        carries = tuple(
            jax.vmap(rule.adapt, in_axes=(None, 0, 0, 0))(cell, carry, carry, signals)
            if rule.adapts
            else carry
            for rule, carry in zip(rules, carries, strict=True)
        )
        return (arrays, moments, after, carries), record

    def sequence(carried, given):
        xs, ys, key = given
        cell = eqx.combine(carried[0], rest).cell
        lanes = xs.shape[1]
        states = jnp.broadcast_to(state, (lanes, *state.shape))

        def begin(rule, key):
            return jax.vmap(partial(rule.init, cell, state, xs[0, 0]))(jax.random.split(key, lanes))

        carries = tuple(map(begin, rules, jax.random.split(key, len(rules))))
        (*kept, _, _), record = jax.lax.scan(step, (*carried, states, carries), (xs, ys, known))
        return tuple(kept), record

    (arrays, _), record = jax.lax.scan(sequence, (arrays, optimizer.init(arrays)), data)
    return arrays, record


def _flat(tree: Any, axes: int) -> Any:
    return jnp.concatenate(
        [leaf.reshape(*leaf.shape[:axes], -1) for leaf in jax.tree.leaves(tree)], axis=-1
    )


def _cosine(one, other):
    lengths = jnp.sqrt(jnp.sum(one**2, -1) * jnp.sum(other**2, -1))
    return jnp.sum(one * other, -1) / lengths


def _compare(given, means, outer, cost) -> Record:
    whole = [_flat(one, 0) for one in means]
    kinds = [
        whole,
        [jax.tree.leaves(one)[0].ravel() for one in means],
        [jnp.concatenate([one, _flat(outer, 0)]) for one in whole],
    ]
    cosines = [jnp.stack([_cosine(one, kind[0]) for one in kind]) for kind in kinds]
    lanes = [_flat(one, 1) for one in given]
    cosines.append(jnp.stack([jnp.mean(_cosine(one, lanes[0])) for one in lanes]))
    size = jnp.stack([jnp.sqrt(jnp.sum(one**2)) for one in whole])
    return Record(cost, jnp.stack(cosines), size)


def _unknown(rules: int, cost) -> Record:
    nothing = jnp.full((len(KINDS), rules), jnp.nan, cost.dtype)
    return Record(jnp.full_like(cost, jnp.nan), nothing, nothing[0])
