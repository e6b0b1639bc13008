"""Sessions of a recording, and a trained state that moves on to another learner."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from onward._checks import check_key, check_kind
from onward._typing import PRNGKeyArray
from onward.learning import loop
from onward.learning.learner import Learner
from onward.learning.parts import Parts
from onward.learning.state import LearnerState
from onward.mixtures import together
from onward.mixtures.mixture import Mixture, MixtureFields, states_of
from onward.mixtures.table import Around, Table

# What is learnt of a stream, or follows it, whatever the rule and the optimizer are.
CARRIED = (
    "parameters",
    "recurrent",
    "input_scale",
    "target_scale",
    "label",
    "newest",
    "expansions",
)


def begin_session(learner: Any, state: LearnerState) -> LearnerState:
    """The state where a new session begins: another day, another recording.

    The recurrent state and the rule's carry begin afresh, as at a sample with `start`. Scales are
    told: `SessionMoments` take what they know for a prior. So are the forecasters of a mixture, as
    at a `start`. Weights, optimizer, counters, what a block has gathered and what waits for late
    labels go on; so does what a mixture thinks of its members.

    Args:
        learner: of the state; or a mixture, or what is around a learner.
        state: kept.

    Raises:
        ValueError: the state is of another learner, or consumed.
    """
    if hasattr(learner, "begin_session"):
        # What is around a learner knows which parts of its state are a learner's.
        return learner.begin_session(state)
    _refuse_learner("learner", learner)
    learner.admit(state)
    learners = learner.learners.values() if isinstance(learner, Mixture) else [learner]
    each = zip(learners, states_of(state), strict=True)
    begun = [session_begun(one.parts, own) for one, own in each]
    if not isinstance(learner, Mixture):
        return begun[0]
    around = _begun_around(learner.table, state.fields.around)
    return LearnerState(MixtureFields(tuple(own.fields for own in begun), around))


@partial(jax.jit, static_argnums=0)
def session_begun(parts: Parts, state: LearnerState) -> LearnerState:
    """`begin_session` of the parts of a learner; the state is kept."""
    # Copies: JAX would hand on what it is given, and the next step consumes it.
    state = jax.tree.map(jnp.copy, state)
    state = state.replace(
        input_scale=parts.input_scale.begin_session(state.input_scale),
        target_scale=parts.target_scale.begin_session(state.target_scale),
    )
    return loop.begin(parts, state, jnp.asarray(True))


@partial(jax.jit, static_argnums=0)
def _begun_around(table: Table, around: Around) -> Around:
    return together.begin(table, jax.tree.map(jnp.copy, around))


def transfer(
    state: LearnerState, learner: Learner, other: Learner, key: PRNGKeyArray
) -> LearnerState:
    """A trained state for another learner of the same network: other rule, optimizer, blocks.

    Weights, recurrent state, scales, the newest label and expansions are carried over, to the bit.
    What belongs to the rule and to the optimizer begins afresh: carry, moments, learning rates,
    blocks, what waits for late labels, counters.

    Args:
        state: kept.
        learner: of the state.
        other: what it is for; its own weights are not used.
        key: for rules that draw at random.

    Raises:
        ValueError: the state is not the first learner's; or the other has a cell, readout, input,
            label or kind of scale of another shape.
    """
    for name, one in (("learner", learner), ("other", other)):
        check_kind(name, one, Learner, "onward.Learner(cell)")
    learner.admit(state)
    check_key(key)
    fresh = other.init(key)
    for name in CARRIED:
        had, wanted = getattr(state, name), getattr(fresh, name)
        if _kind(had) != _kind(wanted):
            shapes = _shapes(wanted), _shapes(had)
            told = f"{shapes[0]} in place of {shapes[1]}"
            told = "the same shapes of another kind" if shapes[0] == shapes[1] else told
            raise ValueError(
                f"Expected a learner of the same network, to carry {name} over; got one that wants "
                f"{told}. Try learner.replace(rule=...)."
            )
    kept = {name: jax.tree.map(jnp.copy, getattr(state, name)) for name in CARRIED}
    return fresh.replace(**kept)


def _refuse_learner(name: str, given: Any) -> None:
    if not isinstance(given, Mixture):
        check_kind(name, given, Learner, "onward.Learner(cell)")


def _kind(tree: Any) -> tuple[Any, ...]:
    leaves, structure = jax.tree.flatten(tree)
    return structure, *((leaf.shape, leaf.dtype.name) for leaf in leaves)


def _shapes(tree: Any) -> str:
    """The shapes in a tree in words; none where there is nothing."""
    leaves = jax.tree.leaves(tree)
    return ", ".join(f"{leaf.dtype.name}{list(leaf.shape)}" for leaf in leaves) or "none"
