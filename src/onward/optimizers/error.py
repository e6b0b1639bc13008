"""The error of an output: its size, and a bound that follows it."""

from typing import Any

import jax
import jax.numpy as jnp

from onward._typing import Array, Float, UInt32

# A hundred labels: a bound that follows the stream within a day of quarter hours.
DECAY = 0.99


def required(slope: Float[Array, " outputs"] | None) -> Float[Array, " outputs"]:
    """The loss's slope by the output, for a transformation that cannot do without it."""
    if slope is None:
        raise ValueError(
            "Expected the loss's slope by one output, from which this optimizer takes the size of "
            "its step; got several labels learnt at once. Try optimizer='rmsprop'."
        )
    return slope


def length(slope: Float[Array, " outputs"]) -> Float[Array, ""]:
    """The Euclidean norm of a slope."""
    return jnp.sqrt(jnp.sum(slope**2))


def unit(gradients: Any, size: Float[Array, ""]) -> Any:
    """The slopes of the output along the error: the gradients over its size, 0 if that is 0."""
    over = jnp.where(size > 0, 1 / jnp.maximum(size, jnp.finfo(size.dtype).tiny), 0)
    return jax.tree.map(lambda gradient: gradient * over, gradients)


def bounded(
    square: Float[Array, ""], slope: Float[Array, " outputs"], bound: float
) -> Float[Array, " outputs"]:
    """A slope, shortened to `bound` times its running size; as it is before there is one.

    Args:
        square: mean square of the sizes so far, from `followed`; 0 before the first.
        slope: of the loss by the output.
        bound: in units of the running root mean square.
    """
    size, tiny = length(slope), jnp.finfo(slope.dtype).tiny
    most = jnp.where(square > 0, bound * jnp.sqrt(square), jnp.inf)
    return jnp.minimum(1, most / jnp.maximum(size, tiny)) * slope


def followed(
    square: Float[Array, ""], slope: Float[Array, " outputs"], count: UInt32[Array, ""]
) -> Float[Array, ""]:
    """The mean square after one more slope, which has been bounded.

    The mean of all at first, then m ← DECAY m + (1 - DECAY) |slope|².
    """
    share = jnp.maximum(1 - DECAY, 1 / (1 + count.astype(square.dtype)))
    return square + share * (jnp.sum(slope**2) - square)
