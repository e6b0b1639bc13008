"""Gradients that are outer products, kept as their factors until an optimizer writes them out."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._typing import Array, Float


class RankOne(eqx.Module):
    """The matrix (or stack of matrices) left ⊗ right, as n + m numbers instead of n·m.

    Its norm is the product of two; written out inside the optimizer's update it never touches
    memory.
    """

    left: Float[Array, "... n"]
    right: Float[Array, " m"]

    def materialise(self) -> Float[Array, "... n m"]:
        """The matrix itself."""
        return jnp.multiply.outer(self.left, self.right)

    def squared_norm(self) -> Float[Array, ""]:
        """The squared Frobenius norm."""
        return jnp.sum(self.left**2) * jnp.sum(self.right**2)


def _factored(leaf: Any) -> bool:
    return isinstance(leaf, RankOne)


def materialise(gradients: Any) -> Any:
    """The same tree with every leaf an array."""

    def one(leaf: RankOne | Array) -> Array:
        return leaf.materialise() if isinstance(leaf, RankOne) else leaf

    return jax.tree.map(one, gradients, is_leaf=_factored)


def squared_norm(gradients: Any, dtype: Any) -> Float[Array, ""]:
    """The squared norm of a whole tree of gradients; zero for an empty one."""
    total = jnp.zeros((), dtype)
    for leaf in jax.tree.leaves(gradients, is_leaf=_factored):
        total += leaf.squared_norm() if isinstance(leaf, RankOne) else _squared_norm(leaf)
    return total


def _squared_norm(leaf: Float[Array, "..."]) -> Float[Array, ""]:
    # Within a kernel a sum is made term by term, a product of matrix and vector many at a time.
    if leaf.ndim < 2:
        return jnp.sum(leaf**2)
    rows = (leaf**2).reshape(-1, leaf.shape[-1])
    return jnp.sum(rows @ jnp.ones(leaf.shape[-1], leaf.dtype))
