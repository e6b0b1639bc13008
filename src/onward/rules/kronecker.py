"""What rules that factor the influence of matrices share: sums of Kronecker products."""

from abc import abstractmethod
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._trees import flatten
from onward._typing import Array, Float, Gradients, PRNGKeyArray, State, UInt32
from onward.algebra import AbstractJacobian, RankOne
from onward.cells.base import AbstractCell
from onward.rules.base import AbstractRule, Exactness
from onward.rules.factors import factored, factored_immediate, refuse_unfactored
from onward.rules.signs import draw_signs


class KroneckerSum(NamedTuple):
    """Σ_i A_i ⊗ u_i, the influence on one matrix."""

    lefts: Float[Array, "r N ..."]
    rights: Float[Array, "r m"]


class KroneckerCarry(NamedTuple):
    """The influence, parameter by parameter in the order of the cell's leaves.

    Attributes:
        leaves: a `KroneckerSum` for each matrix, all rows of P, (N, *parameter), for the others.
        key: to draw signs with.
    """

    leaves: list[Any]
    key: UInt32[Array, "2"]


class AbstractKronecker(AbstractRule):
    """P_t ≈ Σ_i A_i ⊗ u_i for each matrix, i ≤ r;  gradient = Σ_i (dL_t/ds_t A_i) ⊗ u_i.

    The immediate derivative of a matrix that reads a presynaptic vector a_t (h_{t-1} or x_t) is
    exactly D_t ⊗ a_t. A step of time gives the r + 1 terms (J_t A_i) ⊗ u_i and D_t ⊗ a_t, which
    `reduce` replaces by r random ones of the same mean. A parameter that is no such matrix (a
    bias) has its rows of P propagated exactly.
    """

    @property
    @abstractmethod
    def terms(self) -> int:
        """r, the terms that are kept of each matrix."""

    @abstractmethod
    def reduce(
        self, sums: list[KroneckerSum], signs: Float[Array, "matrices more"]
    ) -> list[KroneckerSum]:
        """Sums of r terms that are, in the mean over the signs, the given ones of r + 1."""

    def init(
        self, cell: AbstractCell, state: State, x: Float[Array, " m"], key: PRNGKeyArray
    ) -> KroneckerCarry:
        shapes = eqx.filter_eval_shape(factored_immediate, cell, state, x)

        def empty(leaf: Any) -> KroneckerSum | Array:
            if isinstance(leaf, RankOne):
                pair = (leaf.left, leaf.right)
                return KroneckerSum(*(jnp.zeros((self.terms, *a.shape), a.dtype) for a in pair))
            return jnp.zeros(leaf.shape, leaf.dtype)

        leaves = jax.tree.leaves(shapes, is_leaf=factored)
        return KroneckerCarry([empty(leaf) for leaf in leaves], jax.random.key_data(key))

    def advance(
        self, cell: AbstractCell, carry: KroneckerCarry, state_prev: State, x: Float[Array, " m"]
    ) -> KroneckerCarry:
        jacobian = cell.jacobian(state_prev, x)
        added = jax.tree.leaves(factored_immediate(cell, state_prev, x), is_leaf=factored)
        moved = [_move(jacobian, *pair) for pair in zip(carry.leaves, added, strict=True)]
        sums = [leaf for leaf in moved if isinstance(leaf, KroneckerSum)]
        signs, key = draw_signs(carry.key, (len(sums), self.terms + 1), cell.dtype)
        reduced = iter(self.reduce(sums, signs))
        kept = [next(reduced) if isinstance(leaf, KroneckerSum) else leaf for leaf in moved]
        return KroneckerCarry(kept, key)

    def credit(self, cell: AbstractCell, carry: KroneckerCarry, signal: State) -> Gradients:
        vector = flatten(signal)

        def pull(leaf: Any) -> Array:
            if isinstance(leaf, KroneckerSum):
                lefts = jnp.tensordot(vector, leaf.lefts, (0, 1))
                return jnp.tensordot(lefts, leaf.rights, (0, 0))
            return jnp.tensordot(vector, leaf, 1)

        tree = jax.tree.structure(cell.parameters())
        return jax.tree.unflatten(tree, [pull(leaf) for leaf in carry.leaves])

    def refuse(self, cell: AbstractCell) -> None:
        refuse_unfactored(cell)

    def exactness(self, cell: AbstractCell) -> Exactness:
        return "unbiased" if cell.exact else "biased"


def _move(jacobian: AbstractJacobian, kept: Any, added: Any) -> KroneckerSum | Array:
    """One leaf, one step of time on: a sum of r terms has become one of r + 1."""
    if not isinstance(added, RankOne):
        return jacobian.apply(kept) + added
    pushed = jnp.moveaxis(jacobian.apply(jnp.moveaxis(kept.lefts, 0, 1)), 1, 0)
    lefts = jnp.concatenate([pushed, added.left[None]])
    return KroneckerSum(lefts, jnp.concatenate([kept.rights, added.right[None]]))
