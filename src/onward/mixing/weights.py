"""Exponential weights with fixed share."""

import jax
import jax.numpy as jnp

from onward._typing import Array, Bool, Float


def shares(
    logarithms: Float[Array, "*many experts"], there: Bool[Array, " experts"]
) -> Float[Array, "*many experts"]:
    """Weights that add up to one, none of them for an expert that is not there."""
    there = jnp.broadcast_to(there, logarithms.shape)
    high = jnp.max(jnp.where(there, logarithms, -jnp.inf), axis=-1, keepdims=True)
    high = jnp.where(jnp.isfinite(high), high, 0)
    mass = jnp.where(there, jnp.exp(logarithms - high), 0)
    total = jnp.sum(mass, axis=-1, keepdims=True)
    return mass / jnp.where(total > 0, total, 1)


def judged(
    logarithms: Float[Array, "*many experts"],
    loss: Float[Array, " experts"],
    there: Bool[Array, " experts"],
    discount: Float[Array, "*many 1"] | float,
    share: float,
) -> Float[Array, "*many experts"]:
    """Logarithms of the weights after a loss.

        log w ← γ log w - loss,   w ← (1 - α) w / Σ w + α / experts

    An expert that is not there loses as much as those which are do together, by their weights, so
    that its own weight stays (specialists: Freund, Schapire, Singer & Warmuth 1997).
    """
    held = shares(logarithms, there)
    loss, there = (jnp.broadcast_to(one, held.shape) for one in (loss, there))
    # Apart from the least, for a loss of some hundreds has no exponential.
    least = jnp.min(jnp.where(there, loss, jnp.inf), axis=-1, keepdims=True)
    least = jnp.where(jnp.isfinite(least), least, 0)
    kept = jnp.sum(jnp.where(there, held * jnp.exp(least - loss), 0), axis=-1, keepdims=True)
    mixed = least - jnp.log(jnp.maximum(kept, 1e-30))
    lost = jnp.where(there, loss, mixed)
    after = jax.nn.softmax(discount * logarithms - lost, axis=-1)
    return jnp.log((1 - share) * after + share / after.shape[-1])
