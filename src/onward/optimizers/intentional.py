"""Steps of the size that removes a set fraction of the error."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from onward._typing import Array, Float
from onward.optimizers.error import length, required, unit
from onward.optimizers.joint import JointTransformation
from onward.optimizers.rms import inverse_root


class IntentionalState(NamedTuple):
    """What `scale_by_intention` remembers.

    Attributes:
        known: the share of the running means that is made of samples; 1 in the end.
        squares: running means of z², times `known`.
        reach: running mean of D, times `known`.
    """

    known: Float[Array, ""]
    squares: Any
    reach: Float[Array, ""]


def scale_by_intention(decay: float = 0.999, floor: float = 1e-16) -> JointTransformation:
    """The direction along which a step of rate f moves the output by -f times the error.

    Let s be the slope of the loss by the output, J the slope of the output by the weights, and so
    g = Jᵀ s the gradient. With z = g / |s|, the slope of the output along the error,

        v ← decay v + (1 - decay) z²
        d = z / √(v + floor)
        D = ⟨z, d⟩
        direction = |s| d / max(D, running mean of D)

    The step is -f times the direction. To first order it lowers the loss by f |s|², which is what
    a change of the output by -f s would do. Where D is below its mean it does less: without that
    bound, samples to which the output answers little would move the weights most.

    One output and the squared loss: s is the error, and the step removes the fraction f of it, to
    first order. If the output is linear in the weights there is no other order.

    Several outputs: the step removes the fraction f of the error along s. Where the outputs share
    all that they read and their v is the same, nothing else moves. Elsewhere the squared loss
    falls as long as f < 2 cos² of the angle between s and J d.

    Cross-entropy: s is the predicted minus the true distribution, and the logits are to move by
    -f s. The slope of s by the logits is at most 1/2, so that along s the step removes at most
    the fraction f/2 of it.

    Poisson: s is in counts and the output is their logarithm, so that f has to be small where
    counts are large.

    A label's weight multiplies f. Only the proportions of v count, not its size. A sample without
    error leaves both means as they are.

    Args:
        decay: of both running means, which are corrected for their start at zero.
        floor: of v, below which slopes are not normalised.

    Raises:
        ValueError: several labels are learnt at once, where there is no one s.

    Cost: as second moments, and one more sum over the weights. Source: Sharifnassab, Elsayed, De
    Asis, Mahmood & Sutton (2026), "Intentional updates for streaming reinforcement learning",
    arXiv:2604.19033, their update of values without traces. Several outputs, other losses and the
    bound by the mean of D are ours. They also bound the error by 20 times its running size, as
    `Optimizer(..., bound=20.0)` does.
    """

    def init(params: Any) -> IntentionalState:
        zero = jnp.zeros((), jnp.result_type(*jax.tree.leaves(params)))
        return IntentionalState(zero, jax.tree.map(jnp.zeros_like, params), zero)

    def update(
        updates: Any, state: IntentionalState, params: Any = None, *, slope: Any, **extra: Any
    ) -> tuple[Any, IntentionalState]:
        del params, extra
        size = length(required(slope))
        z = unit(updates, size)
        share = jnp.where(size > 0, 1 - decay, 0)
        known = state.known + share * (1 - state.known)
        squares = jax.tree.map(lambda v, one: v + share * (one**2 - v), state.squares, z)
        tiny = jnp.finfo(known.dtype).tiny
        over = 1 / jnp.maximum(known, tiny)
        directions = jax.tree.map(lambda one, v: one * inverse_root(v * over + floor), z, squares)
        products = jax.tree.map(lambda one, direction: jnp.sum(one * direction), z, directions)
        reach = jnp.sum(jnp.stack(jax.tree.leaves(products)))
        mean = state.reach + share * (reach - state.reach)
        step = size / jnp.maximum(jnp.maximum(reach, mean * over), tiny)
        moves = jax.tree.map(lambda direction: step * direction, directions)
        return moves, IntentionalState(known, squares, mean)

    return JointTransformation(init, update)
