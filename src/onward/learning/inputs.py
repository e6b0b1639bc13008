"""From a raw sample, perhaps with holes, to what the network reads."""

from typing import Any, Literal, NamedTuple, get_args

import jax.numpy as jnp

from onward._typing import Array, Bool, Float
from onward.expansions import Inputs
from onward.learning.parts import Parts
from onward.learning.sizes import sizeable
from onward.learning.state import LearnerState

Missing = Literal["mean", "last", "skip"]
MISSING = get_args(Missing)


class Assembled(NamedTuple):
    """What the network reads at a sample.

    Attributes:
        x: features, the mask if there is one, what expansions add, and the fed-back label;
            normalised and bounded.
        carried: the same with the label as a readout carries it over.
        scale: the state of the input scale after the sample.
        newest: the newest usable value of each feature; None where nobody asks for it.
        expansions: the states of the expansions after the sample.
        sound: whether the sample may be learnt from.
        filled: whether an entry that was missing was filled in.
    """

    x: Float[Array, " m"]
    carried: Float[Array, " m"]
    scale: Any
    newest: Float[Array, " features"] | None
    expansions: tuple[Any, ...]
    sound: Bool[Array, ""]
    filled: Bool[Array, ""]


def assemble(
    parts: Parts,
    state: LearnerState,
    x: Float[Array, " features"],
    label: Float[Array, " width"] | None,
) -> Assembled:
    """The network's input. An entry that is missing stands at its mean, or at its last value.

    A label is absent before the first one has come.
    """
    features, scale = x.shape[0], parts.input_scale
    raw = x if label is None else jnp.concatenate([x, label])
    yes, no = jnp.asarray(True), jnp.asarray(False)
    if not parts.guard and label is None:
        present = jnp.ones(raw.shape, bool)
        moved = scale.update(state.input_scale, raw, present)
        scaled = scale.bounded(scale.normalise(moved, raw))
        kept, added = expand(parts, state, Inputs(raw, scaled, present), 0)
        scaled = jnp.concatenate([scaled, *added]) if added else scaled
        return Assembled(scaled, scaled, moved, state.newest, kept, yes, no)
    present = sizeable(raw)
    moved = scale.update(state.input_scale, jnp.where(present, raw, 0), present)
    newest, stands = state.newest, present
    if newest is not None:
        newest = jnp.where(present[:features], x, newest)
        raw = raw.at[:features].set(newest)
        stands = sizeable(raw)
    score = jnp.where(stands, scale.normalise(moved, jnp.where(stands, raw, 0)), 0)
    scaled, carried = scale.bounded(score), scale.carried(moved, score)
    whole = jnp.all(present[:features])
    carried = jnp.concatenate([scaled[:features], carried[features:]])
    seen = Inputs(jnp.where(stands, raw, 0), scaled, present)
    kept, added = expand(parts, state, seen, len(raw) - features)
    if parts.mask:
        added.insert(0, jnp.where(present[:features], 0, 1).astype(raw.dtype))
    if added:
        scaled, carried = (
            jnp.concatenate([read[:features], *added, read[features:]])
            for read in (scaled, carried)
        )
    skips = parts.missing == "skip"
    return Assembled(
        scaled, carried, moved, newest, kept, whole if skips else yes, no if skips else ~whole
    )


def expand(
    parts: Parts, state: LearnerState, seen: Inputs, labels: int
) -> tuple[tuple[Any, ...], list[Array]]:
    """The states of the expansions after a sample, and the columns that they add."""
    kept, added = [], []
    for expansion, held in zip(parts.expansions, state.expansions, strict=True):
        after, columns = expansion.step(held, seen, labels)
        kept.append(after)
        added.append(columns)
    return tuple(kept), added
