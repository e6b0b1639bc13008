"""An order of computations that XLA keeps to."""

from typing import Any

import jax
import jax.numpy as jnp

from onward._typing import Array


def after(value: Array, read: Any) -> Array:
    """A number as it is, which no program computes before what is handed over beside it.

    XLA writes into a large array in place where nothing is left to be read from it, and copies it
    else. It takes no order into account but that of who needs whose result.

    Args:
        value: finite.
        read: arrays, computed from what is to be written over.
    """
    sound = [jnp.all(jnp.isfinite(leaf)) for leaf in jax.tree.leaves(read)]
    # Either is above any number, which the compiler does not know.
    above = jnp.where(jnp.all(jnp.stack(sound)), jnp.inf, jnp.finfo(value.dtype).max)
    return jnp.minimum(value, above.astype(value.dtype))
