"""What guards remember of losses and influences, and what they find in them."""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._typing import Array, Bool, Float
from onward.algebra import squared_norm
from onward.algebra.influence import AbstractInfluence
from onward.safety.guards import Guards


class History(eqx.Module):
    """What the guards remember, as one array: each array that a step writes costs a kernel.

    Attributes:
        values: losses so far, their mean and variance, the mean of the newest; looks at the
            influence so far, and its mean norm; outlying samples in a row; the norm of the
            influence that the sample before has left, where it was looked at, else 0.
    """

    values: Float[Array, "8"]


class Found(NamedTuple):
    """What is found at a sample."""

    outlying: Bool[Array, ""]
    loss: Bool[Array, ""]
    influence: Bool[Array, ""]
    calm: Bool[Array, ""]
    factor: Float[Array, ""]


class Acts(NamedTuple):
    """What is to be done after a sample: flags, or None where the guards never ask for it.

    Attributes:
        restart: whether the carry begins afresh.
        back: whether the weights go back.
        lower: whether the rates are lowered.
        clip: whether the influence is shortened.
        keep: whether the weights are kept as good ones.
        any: whether any of the last four is to be done.
        look: whether the influence is to be looked at.
        factor: by which an influence is to be shortened.
    """

    restart: Any
    back: Any
    lower: Any
    clip: Any
    keep: Any
    any: Any
    look: Any
    factor: Any


def watch(
    guards: Guards,
    history: History,
    loss: tuple[Bool[Array, ""], Float[Array, ""]],
    outlying: Bool[Array, ""],
) -> tuple[History, Found]:
    """What is found, and the history after it.

    Args:
        guards: what to look for.
        history: before the sample.
        loss: whether there is one, and which.
        outlying: whether the sample is.
    """
    count, mean, square, newest, looks, usual, row, norm = history.values
    there, value = loss
    value = jnp.where(there, value, 0)
    one = jnp.where(there, 1, 0).astype(value.dtype)
    spread = jnp.sqrt(square)
    known = count >= guards.first
    newest = newest + one * jnp.maximum(1 / (count + 1), 1 / guards.fast) * (value - newest)
    alarm = there & known & (newest > mean + guards.limit * spread) & bool(guards.loss)
    near = jnp.where(known, jnp.minimum(value, mean + guards.limit * spread), value)
    share, gap = one * jnp.maximum(1 / (count + 1), 1 / guards.memory), near - mean
    calm = ~known | (newest <= mean + spread)
    count, mean = count + one, mean + share * gap
    square = (1 - share) * (square + share * gap * gap)
    looked = norm > 0
    grown = looked & (looks >= guards.first) & (norm > guards.growth * usual)
    near = jnp.where(looks >= guards.first, jnp.minimum(norm, guards.growth * usual), norm)
    one = jnp.where(looked, 1, 0).astype(value.dtype)
    share = one * jnp.maximum(1 / (looks + 1), 1 / guards.memory)
    factor = guards.growth * usual / jnp.maximum(norm, jnp.finfo(norm.dtype).tiny)
    usual = usual + share * (near - usual)
    looks = jnp.minimum(looks + one, guards.memory + guards.first)
    acted = alarm & bool({*guards.loss} - {"warn"})
    acted = acted | (grown & bool({*guards.influence} - {"warn"}))
    # Counts beyond what a share needs would stop a float in the end.
    count = jnp.where(acted, 0, jnp.minimum(count, guards.memory + guards.first))
    row = jnp.where(outlying, jnp.minimum(row + 1, guards.patience), 0).astype(row.dtype)
    values = jnp.stack([count, mean, square, newest, looks, usual, row, jnp.zeros_like(norm)])
    return History(values), Found(outlying, alarm, grown, calm & ~alarm & ~grown, factor)


def norm_of(carry: Any, dtype: Any) -> Float[Array, ""]:
    """The norm of what a rule carries: of its influences, or of all its real numbers."""
    leaves = [
        leaf.astype(dtype) for leaf in jax.tree.leaves(eqx.filter(carry, eqx.is_inexact_array))
    ]
    return jnp.sqrt(squared_norm(leaves, dtype))


def shortened(carry: Any, factor: Float[Array, ""]) -> Any:
    """What a rule carries, with every influence multiplied by a factor of 1 at most."""
    factor = jnp.minimum(factor, 1)

    def one(part: Any) -> Any:
        if not is_influence(part):
            return part
        return jax.tree.map(
            lambda leaf: factor.astype(leaf.dtype) * leaf if eqx.is_inexact_array(leaf) else leaf,
            part,
        )

    return jax.tree.map(one, carry, is_leaf=is_influence)


def is_influence(part: Any) -> bool:
    return isinstance(part, AbstractInfluence)
