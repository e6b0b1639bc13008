"""What a label costs those who have predicted it."""

import jax.numpy as jnp

from onward._typing import Array, Bool, Float

# Of a loss in units of what is usual: a wild label says no more against a member than this.
MOST_LOSS = 8.0
# Of a probability: what was held to be less likely costs no more.
LEAST = 1e-3


def charged(
    said: Float[Array, "experts outputs"],
    label: Float[Array, " outputs"],
    known: Bool[Array, " outputs"],
    errors: Float[Array, " outputs"],
    classes: bool,
) -> Float[Array, " experts"]:
    """Half of the mean square in units of the usual one, at most 8; of classes the negative
    logarithm of the probability of what happened."""
    if classes:
        held = jnp.sum(said * label[None], axis=-1)
        return -jnp.log(jnp.clip(held, LEAST, 1))
    size = jnp.where(errors > 0, errors, 1)[None]
    square = jnp.where(known[None], (said - label[None]) ** 2 / size, 0)
    mean = jnp.sum(square, axis=-1) / jnp.maximum(jnp.sum(known), 1).astype(said.dtype)
    return jnp.minimum(mean / 2, MOST_LOSS)


def mistaken(
    said: Float[Array, "experts outputs"],
    label: Float[Array, " outputs"],
    known: Bool[Array, " outputs"],
    errors: Float[Array, " outputs"],
    classes: bool,
) -> Float[Array, " experts"]:
    """1 for a mistake in a class; of numbers the absolute error in units of the usual one."""
    if classes:
        held = jnp.sum(said * label[None], axis=-1)
        other = jnp.max(jnp.where(label[None] > 0, -1, said), axis=-1)
        return jnp.where(other >= held, 1, 0).astype(said.dtype)
    size = jnp.sqrt(jnp.where(errors > 0, errors, 1))[None]
    gaps = jnp.where(known[None], jnp.abs(said - label[None]) / size, 0)
    mean = jnp.sum(gaps, axis=-1) / jnp.maximum(jnp.sum(known), 1).astype(said.dtype)
    return jnp.minimum(mean, MOST_LOSS)
