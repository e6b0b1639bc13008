"""The slots of a unit, of which most cells have one or two, laid side by side."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp

from onward._typing import Array

# Up to here a unit's slots are written out one by one: that fuses, but is compiled in S² pieces.
UNROLLED = 8


def stack_slots(parts: Sequence[Array], axis: int = 0) -> Array:
    """`jnp.stack`, of a few arrays by selection.

    On CPUs a loop over a selection is vectorised, with all that is fused into it; one over
    a concatenation branches at every number: exact RTRL of an LRU then took 1.6 times as long.
    """
    if len(parts) > UNROLLED:
        return jnp.stack(parts, axis)
    spread = [jnp.expand_dims(part, axis) for part in parts]
    shape = (*spread[0].shape[:axis], len(parts), *spread[0].shape[axis + 1 :])
    slot = jax.lax.broadcasted_iota(jnp.int32, shape, axis)
    return jax.lax.select_n(slot, *(jnp.broadcast_to(part, shape) for part in spread))
