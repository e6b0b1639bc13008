"""The step of an output towards a label that no curvature of the loss can make overshoot."""

import jax
import jax.numpy as jnp

from onward._typing import Array, Bool, Float
from onward.losses import AbstractLoss, CrossEntropy, Squared

# Of Newton's steps. Quadratic losses take one, smooth ones four or five; a kink is closed in by
# halving, one bit a step.
MOST_STEPS = 100
# Of a step in logits: beyond it the curvature of softmax where a step starts says nothing.
LONGEST = 4.0


def proximal(
    loss: AbstractLoss,
    output: Float[Array, " outputs"],
    target: Float[Array, " targets"],
    known: Bool[Array, " targets"],
    weight: Float[Array, ""],
    spread: Float[Array, ""],
) -> tuple[Float[Array, " outputs"], Float[Array, ""]]:
    """argmin over o of weight · L(o, target) + |o - output|² / (2 spread), and L's curvature there.

    At the minimum o = output - spread · weight · ∇L(o): a gradient step whose gradient is taken
    where it arrives. It is exact for any convex loss. The curvature is one number for all
    outputs, since one inverse serves them all:

    - Softmax: (1 - Σ p²) / (classes - 1), the mean eigenvalue of diag(p) - p pᵀ over the
      directions that move probabilities; with two classes the only one.
    - Else: the mean over the known targets of the slope of L' across o ± r, with r² = spread but
      r <= 1. For quadratic losses this is the second derivative. For a kink, which has none, it
      tends to twice the density of the errors there, as it does in the statistics of medians.

    Raises:
        ValueError: a loss other than `CrossEntropy` has outputs that are not its targets.
    """
    if isinstance(loss, CrossEntropy):
        return _softmax(output, loss.encode(target), weight * spread)
    if output.shape != target.shape:
        raise ValueError(
            f"Expected CrossEntropy, or a loss with one output a target; got {loss} with "
            f"{output.size} outputs for {target.size} targets. Try the readout Linear."
        )
    # Not of a loss that is made of it, whose costs may be others.
    if type(loss) is Squared:
        reach = weight * spread
        step = reach / (1 + reach) * (target - output)
        return output + jnp.where(known, step, 0), jnp.ones_like(spread)
    return _separate(loss, output, target, known, weight * spread, spread)


def _softmax(
    output: Float[Array, " classes"], label: Float[Array, " classes"], reach: Float[Array, ""]
) -> tuple[Float[Array, " classes"], Float[Array, ""]]:
    """By Newton's method with H = diag(p) - p pᵀ, where Sherman and Morrison give the inverse of
    I + reach · H; no step moves an output by more than `LONGEST`."""

    def move(state):
        count, o, _ = state
        p = jax.nn.softmax(o)
        slope = o - output + reach * (p - label)
        inverse = 1 / (1 + reach * p)
        direct, across = inverse * slope, inverse * p
        # 1 - reach Σ p across = Σ across, since probabilities add up to one.
        step = direct + across * (reach * jnp.sum(p * direct) / jnp.sum(across))
        length = jnp.max(jnp.abs(step))
        return count + 1, o - step * jnp.minimum(1, LONGEST / length), length

    def unfinished(state):
        count, o, length = state
        return (count < MOST_STEPS) & (length > _resolution(jnp.max(jnp.abs(o))))

    start = (jnp.zeros((), jnp.int32), output, jnp.full_like(reach, jnp.inf))
    _, o, _ = jax.lax.while_loop(unfinished, move, start)
    p = jax.nn.softmax(o)
    return o, (1 - jnp.sum(p * p)) / (output.size - 1)


def _separate(
    loss: AbstractLoss,
    output: Float[Array, " targets"],
    target: Float[Array, " targets"],
    known: Bool[Array, " targets"],
    reach: Float[Array, ""],
    spread: Float[Array, ""],
) -> tuple[Float[Array, " targets"], Float[Array, ""]]:
    """By Newton's method in each output, between the start and the plain gradient step: the root
    lies there, since the slope of a convex loss grows. A step that leaves the interval, or that
    follows one which did not halve what is to vanish, is replaced by one to the middle."""
    slope = jax.grad(lambda o: loss(o, target, known))

    def move(state):
        count, low, high, o, before, _ = state
        value, bend = jax.jvp(slope, (o,), (jnp.ones_like(o),))
        excess = o - output + reach * value
        low, high = jnp.where(excess < 0, o, low), jnp.where(excess > 0, o, high)
        newton = excess / (1 + reach * bend)
        inside = (o - newton >= low) & (o - newton <= high)
        good = inside & (jnp.abs(excess) <= before / 2)
        step = jnp.where(excess == 0, 0, jnp.where(good, newton, o - (low + high) / 2))
        return count + 1, low, high, o - step, jnp.abs(excess), jnp.abs(step)

    def unfinished(state):
        count, _, _, o, _, step = state
        return (count < MOST_STEPS) & jnp.any(step > _resolution(jnp.abs(o)))

    end = output - reach * slope(output)
    low, high = jnp.minimum(output, end), jnp.maximum(output, end)
    far = jnp.full_like(output, jnp.inf)
    start = (jnp.zeros((), jnp.int32), low, high, output, far, far)
    _, _, _, o, _, _ = jax.lax.while_loop(unfinished, move, start)
    across = jnp.clip(jnp.sqrt(spread), _resolution(jnp.ones_like(spread)) ** 0.5, 1)
    curvature = (slope(o + across) - slope(o - across)) / (2 * across)
    counted = jnp.where(known, 1, 0).astype(curvature.dtype)
    return o, jnp.sum(counted * curvature) / jnp.maximum(jnp.sum(counted), 1)


def _resolution(size: Float[Array, "..."]) -> Float[Array, "..."]:
    """What a number of that size is known to."""
    info = jnp.finfo(size.dtype)
    return 4 * info.eps * size + info.tiny
