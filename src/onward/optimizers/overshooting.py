"""Gradient descent whose step is bounded by what it may do to the output."""

from typing import Any

import jax
import jax.numpy as jnp
import optax

from onward.optimizers.error import length, required, unit
from onward.optimizers.joint import JointTransformation


def bound_overshooting(rate: float = 1.0, kappa: float = 2.0) -> JointTransformation:
    """The gradient, shortened where a step along it might overshoot.

    Let s be the slope of the loss by the output, g the gradient, and z = g / |s| the slope of the
    output along the error. All weights together,

        direction = rate g / max(1, kappa rate max(|s|, 1) |z|₁)

    With one output and the squared loss |s| is the size of the error δ, and this is ObGD without
    traces. A step of a linear network then removes at most the fraction

        |z|₂² / (kappa max(|δ|, 1) |z|₁)  ≤  max |zᵢ| / (kappa max(|δ|, 1))

    of the error. So it overshoots nowhere if no |zᵢ|, what a weight is multiplied by, passes kappa.

    Args:
        rate: step size where nothing bounds it. The learning rate of the named optimizer
            multiplies what is already bounded.
        kappa: how far below an overshooting step the bound is.

    Elsayed, Vasan & Mahmood (2024), "Streaming deep reinforcement learning finally works",
    arXiv:2410.14606; both defaults are theirs. The error of several outputs or of
    another loss, |s|, is ours. Their trace is the rule's own: `EligibilityTrace`.
    """

    def init(params: Any) -> optax.EmptyState:
        del params
        return optax.EmptyState()

    def update(
        updates: Any, state: optax.EmptyState, params: Any = None, *, slope: Any, **extra: Any
    ) -> tuple[Any, optax.EmptyState]:
        del params, extra
        size = length(required(slope))
        sums = jax.tree.map(lambda one: jnp.sum(jnp.abs(one)), unit(updates, size))
        across = jnp.sum(jnp.stack(jax.tree.leaves(sums)))
        step = rate / jnp.maximum(1, kappa * rate * jnp.maximum(size, 1) * across)
        return jax.tree.map(lambda gradient: step * gradient, updates), state

    return JointTransformation(init, update)
