"""Steps of the size that removes a set fraction of the error."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from onward._typing import Array, Float
from onward.optimizers.error import length, required, unit
from onward.optimizers.joint import JointTransformation
from onward.optimizers.rms import inverse_root

# A step is at most ten times as long for its error as the usual one.
LEAST = 0.1


class IntentionalState(NamedTuple):
    """What `intentional` remembers.

    Attributes:
        known: the share of the running means that is made of samples; 1 in the end.
        squares: running means of z², times `known`.
        reach: running mean of D, times `known`.
    """

    known: Float[Array, ""]
    squares: Any
    reach: Float[Array, ""]


def intentional(decay: float = 0.999, floor: float = 1e-16) -> JointTransformation:
    """The direction of which a step of rate f moves the output by -f times the error.

    Let s be the slope of the loss by the output, J the slope of the output by the weights, and so
    g = Jᵀ s the gradient. With z = g / |s|, the slope of the output along the error,

        v ← decay v + (1 - decay) z²
        d = z / √(v + floor)
        D = ⟨z, d⟩
        direction = |s| d / max(D, 0.1 · running mean of D)

    A step of -f times the direction lowers the loss by f |s|², to first order. This is what a
    change of the output by -f s would do.

    One output and the squared loss: s is the error, and to first order the step removes the
    fraction f of it. A linear network has no other order: f = 1 removes all. Several outputs: it
    removes the fraction f of the error along s. Where the outputs share all they read, and v is
    the same for all, nothing else moves; elsewhere the loss falls as long as f < 2 cos² of the
    angle between s and J d. Cross-entropy: s is the predicted minus the true
    distribution, and the logits are to move by -f s. The slope of s by the logits is at most 1/2,
    so that along s the step removes at most the fraction f/2 of it. `Poisson` has a
    slope in counts, while its output is their logarithm: f has to be small where counts are large.
    A weight of a label multiplies f.

    The size of the gradients and of v cancel: only their proportions count. A sample without
    error leaves the running means as they are.

    Args:
        decay: of both running means, which are as if they had no start.
        floor: of v, in squared units of output by weight.

    Sharifnassab, Elsayed, De Asis, Mahmood & Sutton (2026), "Intentional updates for streaming
    reinforcement learning", arXiv:2604.19033: their rule for values, without traces. Several
    outputs, other losses and the bound by the mean of D are ours. Their bound of the error is
    `Optimizer(..., bound=20.0)`.
    """

    def init(params: Any) -> IntentionalState:
        dtype = jnp.result_type(*jax.tree.leaves(params))
        zero = jnp.zeros((), dtype)
        return IntentionalState(zero, jax.tree.map(jnp.zeros_like, params), zero)

    def update(
        updates: Any, state: IntentionalState, params: Any = None, *, slope: Any, **extra: Any
    ) -> tuple[Any, IntentionalState]:
        del params, extra
        size = length(required(slope))
        z = unit(updates, size)
        new = jnp.where(size > 0, 1 - decay, 0)
        known = state.known + new * (1 - state.known)
        squares = jax.tree.map(lambda v, one: v + new * (one**2 - v), state.squares, z)
        over = 1 / jnp.maximum(known, jnp.finfo(known.dtype).tiny)
        directions = jax.tree.map(lambda one, v: one * inverse_root(v * over + floor), z, squares)
        products = jax.tree.map(lambda one, direction: jnp.sum(one * direction), z, directions)
        reach = jnp.sum(jnp.stack(jax.tree.leaves(products)))
        mean = state.reach + new * (reach - state.reach)
        least = jnp.maximum(LEAST * mean * over, jnp.finfo(size.dtype).tiny)
        step = size / jnp.maximum(reach, least)
        moves = jax.tree.map(lambda direction: step * direction, directions)
        return moves, IntentionalState(known, squares, mean)

    return JointTransformation(init, update)
