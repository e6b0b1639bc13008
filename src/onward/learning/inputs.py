"""From a raw sample, perhaps with holes, to what the network reads."""

from typing import Any, Literal, NamedTuple, get_args

import jax.numpy as jnp

from onward._typing import Array, Bool, Float
from onward.learning.parts import Parts
from onward.learning.sizes import sizeable
from onward.learning.state import LearnerState

Missing = Literal["mean", "last", "skip"]
MISSING = get_args(Missing)


class Assembled(NamedTuple):
    """What the network reads at a sample.

    Attributes:
        x: features, the mask if there is one, and the fed-back label; normalised and bounded.
        carried: the same with the label as a readout carries it over.
        scale: the state of the input scale after the sample.
        newest: the newest usable value of each feature; None where nobody asks for it.
        sound: whether the sample may be learnt from.
        filled: whether an entry that was missing was filled in.
    """

    x: Float[Array, " m"]
    carried: Float[Array, " m"]
    scale: Any
    newest: Float[Array, " features"] | None
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
        moved = scale.update(state.input_scale, raw, jnp.ones(raw.shape, bool))
        scaled = scale.bounded(scale.normalise(moved, raw))
        return Assembled(scaled, scaled, moved, state.newest, yes, no)
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
    if parts.mask:
        mask = jnp.where(present[:features], 0, 1).astype(raw.dtype)
        scaled, carried = (
            jnp.concatenate([read[:features], mask, read[features:]]) for read in (scaled, carried)
        )
    skips = parts.missing == "skip"
    return Assembled(
        scaled, carried, moved, newest, whole if skips else yes, no if skips else ~whole
    )
