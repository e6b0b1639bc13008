"""The state before the first sample."""

from typing import Any

import jax
import jax.numpy as jnp
from jax.core import Tracer

from onward._typing import Array, PRNGKeyArray
from onward.cost import budget, counted_bytes
from onward.learning import blocks
from onward.learning.parts import Parts
from onward.learning.state import Counters, LearnerFields, LearnerState, Ring, Sample


def initial_state(
    parts: Parts, parameters: dict[str, Any], features: int, targets: int, key: PRNGKeyArray
) -> LearnerState:
    """The state before the first sample; pure, to be traced for its shapes.

    Args:
        parts: of the learner.
        parameters: its weights, which are copied.
        features: numbers per sample.
        targets: numbers per label.
        key: for rules that draw at random.
    """
    # Copies: the state is consumed by the first step, the learner's own weights are not.
    parameters = jax.tree.map(_copied, parameters)
    cell, readout = parts.model(parameters)
    recurrent, x = cell.init_state(), jnp.zeros(cell.input_size, cell.dtype)
    own, rule_key = jax.random.split(key)
    carry = parts.rule.init(cell, recurrent, x, rule_key)
    optimizer = {
        name: parts.optimizer.init({part: parameters[part] for part in together})
        for name, together in parts.together.items()
    }
    if "readout" in parts.rule.trains and readout.learns_itself:
        optimizer["readout"] = readout.init_learning()
    if parts.optimizer.bound is not None:
        optimizer["error"] = jnp.zeros((), cell.dtype)
    first = jnp.asarray(False) if parts.as_a_whole else None
    sample = Sample(x, recurrent, carry, jnp.asarray(False), first)
    width = parts.loss.width(targets)
    scaled = features + (width if parts.feedback else 0)
    fields = LearnerFields(
        parameters=parameters,
        optimizer=optimizer,
        learning_rates=parts.learning_rates(parameters),
        recurrent=recurrent,
        carry=carry if parts.rule.propagates else None,
        waiting=_empty_ring(sample, parts.delay),
        block=blocks.empty(parts, parameters, sample, targets),
        input_scale=parts.input_scale.init(scaled, cell.dtype),
        target_scale=parts.target_scale.init(targets, cell.dtype),
        label=jnp.full(width, jnp.inf, cell.dtype) if parts.feedback else None,
        newest=jnp.full(features, jnp.inf, cell.dtype) if parts.missing == "last" else None,
        expansions=tuple(
            each.init(features, scaled - features, cell.dtype) for each in parts.expansions
        ),
        key=jax.random.key_data(own) if parts.rule.propagates else None,
        counters=Counters(jnp.zeros(5, jnp.uint32)),
    )
    return jax.tree.map(_copied, LearnerState(fields))


def _copied(leaf: Array) -> Array:
    """An array of its own, for which nothing is compiled outside of a transformation."""
    return jnp.copy(leaf) if isinstance(leaf, Tracer) else jax.device_put(leaf, may_alias=False)


def _empty_ring(sample: Sample, delay: int) -> Ring | None:
    if not delay:
        return None
    repeated = jax.tree.map(
        lambda leaf: jnp.broadcast_to(leaf, (delay, *leaf.shape)).copy(), sample
    )
    return Ring(repeated, jnp.zeros((), jnp.int32))


def refuse_if_too_large(*shapes: LearnerState, around: Any = None) -> None:
    """Raise MemoryBudgetError where states of these shapes together would pass the free memory.

    Args:
        shapes: traced `initial_state`s.
        around: likewise what a mixture of these has of its own, with its ring as `waiting`; None
            without.
    """
    names = ("parameters", "optimizer", "carry", "waiting", "block")
    held = {name: sum(counted_bytes(getattr(each, name)) for each in shapes) for name in names}
    rest = sum(map(counted_bytes, shapes)) - sum(held.values())
    late = 0 if around is None else counted_bytes(around.waiting)
    mixing = counted_bytes(around) - late
    waiting = held["waiting"] + late
    budget.refuse_if_too_large(
        {
            "weights, the cell's own and the state's": 2 * held["parameters"],
            "optimizer": held["optimizer"],
            "what the rule carries, now and next": 2 * held["carry"],
            "what samples that wait for late labels keep": waiting,
            "what a block keeps": held["block"],
            "expansions, scales and the rest": rest,
            "the weighing of members, and forecasters": mixing,
        },
        "the Immediate rule, SparseRTRL(support='shared'), a smaller hidden size"
        + (", fewer members" if around is not None else "")
        + (", or a shorter delay" if waiting else ""),
    )
