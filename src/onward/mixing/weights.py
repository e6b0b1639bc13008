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
    loss = jnp.broadcast_to(loss, held.shape)
    mixed = -jnp.log(jnp.maximum(jnp.sum(held * jnp.exp(-loss), axis=-1, keepdims=True), 1e-30))
    lost = jnp.where(jnp.broadcast_to(there, held.shape), loss, mixed)
    after = jax.nn.softmax(discount * logarithms - lost, axis=-1)
    return jnp.log((1 - share) * after + share / after.shape[-1])
