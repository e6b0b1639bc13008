"""The immediate derivative with its outer products kept apart."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

from onward._typing import Array, Float, Gradients, State
from onward.algebra import RankOne
from onward.cells.base import AbstractCell
from onward.rules.base import ImpossiblePairError


def factored(leaf: Any) -> bool:
    """Whether a leaf of a gradient is an outer product, for `is_leaf`."""
    return isinstance(leaf, RankOne)


def factored_immediate(cell: AbstractCell, state_prev: State, x: Float[Array, " m"]) -> Gradients:
    """B = ∂s_t/∂θ at fixed s_{t-1}, each leaf as far apart as `cell.immediate_gradient` keeps it.

    Where signalᵀB is (signalᵀD) ⊗ a with a presynaptic vector a, the leaf is `RankOne(D, a)`, D
    of shape (N, ..., n); elsewhere it is every row of B, (N, *parameter). By N backward steps
    that share the forward one; no outer product is formed.
    """
    state, unflatten = ravel_pytree(state_prev)

    def gradient(signal: Float[Array, " N"]) -> Gradients:
        return cell.immediate_gradient(state_prev, x, unflatten(signal))

    def linear(signal: Float[Array, " N"]) -> list[Array]:
        leaves = jax.tree.leaves(gradient(signal), is_leaf=factored)
        return [leaf.left if isinstance(leaf, RankOne) else leaf for leaf in leaves]

    leaves, tree = jax.tree.flatten(gradient(jnp.zeros_like(state)), is_leaf=factored)
    rows = jax.vmap(linear)(jnp.eye(state.shape[0], dtype=state.dtype))
    pairs = zip(rows, leaves, strict=True)
    return jax.tree.unflatten(
        tree, [RankOne(row, leaf.right) if factored(leaf) else row for row, leaf in pairs]
    )


def refuse_unfactored(cell: AbstractCell) -> None:
    """Raise ImpossiblePairError for a cell none of whose gradients is an outer product."""
    state, x = cell.init_state(), jnp.zeros(cell.input_size, cell.dtype)
    shapes = eqx.filter_eval_shape(cell.immediate_gradient, state, x, state)
    if not any(map(factored, jax.tree.leaves(shapes, is_leaf=factored))):
        raise ImpossiblePairError(
            "Expected a cell whose immediate_gradient returns outer products (RankOne), for "
            f"Kronecker factors of the influence; got {type(cell).__name__} with none. "
            "Try UORO or RTRL."
        )
