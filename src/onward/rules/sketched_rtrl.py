"""Real-time recurrent learning with a low-rank influence that knows how wrong it is."""

from typing import Any, ClassVar, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._checks import check_integer
from onward._trees import flatten
from onward._typing import Array, Float, Gradients, Parameters, PRNGKeyArray, State
from onward.algebra import AbstractJacobian, RankOne
from onward.cells.base import AbstractCell
from onward.rules.base import AbstractRule, Exactness
from onward.rules.factors import factored, factored_immediate


class Sketch(NamedTuple):
    """P̂ = U V and what bounds its error.

    Attributes:
        columns: U, orthonormal.
        rows: V, leaves (r, *parameter).
        doubt: C with (P - P̂)(P - P̂)ᵀ ≤ C, as symmetric matrices.
    """

    columns: Float[Array, "N r"]
    rows: Parameters
    doubt: Float[Array, "N N"]


class SketchedRTRL(AbstractRule):
    """P̂_t = the best approximation of rank r to J_t P̂_{t-1} + B_t;  gradient = (dL_t/ds_t) P̂_t.

    P̂ = U V. The N×N matrix M Mᵀ of M = J_t U V + B_t is summed from small products, as B_t comes
    as outer products; its r leading eigenvectors are the new U, and the new V is Uᵀ M.

    The certificate: the error E = P - P̂ moves as E_t = J_t E_{t-1} + R_t, where R_t is what was
    cut off, and R_t R_tᵀ is known from the eigenvectors that were not kept. As
    (a + b)(a + b)ᵀ ≤ (1 + 1/c) aaᵀ + (1 + c) bbᵀ for every c > 0,

        C_t = (α + β) (J_t C_{t-1} J_tᵀ / α + R_t R_tᵀ / β),   α² = tr J C Jᵀ,   β² = tr R Rᵀ

    bounds E_t E_tᵀ. `error_bound` is √tr C_t ≥ ‖P_t - P̂_t‖_F against the P of `RTRL`, which the
    gradient's error cannot pass for a signal of length 1. It is never violated: what rounding may
    hide of an eigenvalue is counted as cut off. It is 0 at r ≥ N, where nothing is. On a cell that
    leaves out a part of J (a `Stack` of local credit) P is what the recursion above makes of the
    rest, which `RTRL` does not hold there.

    Cost: time r²·p + n³ and memory r·p for gradients that are outer products; where a cell
    declares none, memory N·p and time N²·p more. Exactness: biased; exact at r ≥ N. A stream of
    rows B_t kept at rank r is that of frequent directions (Liberty 2013), here without its
    shrinkage and with J_t in between.

    Args:
        rank: r, at least 1.
    """

    rank: int = eqx.field(static=True, default=8)
    cost: ClassVar[str] = "time r²·p + n³, memory r·p"
    reports: ClassVar[tuple[str, ...]] = ("error_bound",)

    def __check_init__(self):
        check_integer("rank", self.rank, least=1, example=8)

    def init(
        self, cell: AbstractCell, state: State, x: Float[Array, " m"], key: PRNGKeyArray
    ) -> Sketch:
        size, dtype = flatten(state).shape[0], cell.dtype
        rank = min(self.rank, size)
        rows = jax.tree.map(lambda leaf: jnp.zeros((rank, *leaf.shape), dtype), cell.parameters())
        return Sketch(jnp.zeros((size, rank), dtype), rows, jnp.zeros((size, size), dtype))

    def advance(
        self, cell: AbstractCell, carry: Sketch, state_prev: State, x: Float[Array, " m"]
    ) -> Sketch:
        jacobian = cell.jacobian(state_prev, x)
        immediate = factored_immediate(cell, state_prev, x)
        pushed = jacobian.apply(carry.columns)
        energies, directions = _decompose(pushed, carry.rows, immediate)
        cut = energies.shape[0] - carry.columns.shape[1]
        columns = directions[:, cut:]
        lost = (directions[:, :cut] * energies[None, :cut]) @ directions[:, :cut].T

        def remade(rows: Array, added: RankOne | Array) -> Array:
            return jnp.tensordot(columns.T @ pushed, rows, 1) + _mix(columns.T, added)

        rows = jax.tree.map(remade, carry.rows, immediate)
        return Sketch(columns, rows, _grow(jacobian, carry.doubt, lost))

    def credit(self, cell: AbstractCell, carry: Sketch, signal: State) -> Gradients:
        weights = flatten(signal) @ carry.columns
        return jax.tree.map(lambda rows: jnp.tensordot(weights, rows, 1), carry.rows)

    def exactness(self, cell: AbstractCell) -> Exactness:
        whole = self.rank >= flatten(cell.init_state()).shape[0]
        return "exact" if whole and cell.exact else "biased"

    def report(self, carry: Sketch) -> Float[Array, " reports"]:
        return jnp.sqrt(_trace(carry.doubt))[None]


def _decompose(
    pushed: Float[Array, "N r"], rows: Parameters, immediate: Any
) -> tuple[Float[Array, " N"], Float[Array, "N N"]]:
    """Eigenvalues, from small to large, and eigenvectors of M Mᵀ for M = pushed · rows + B."""
    kept = jax.tree.leaves(rows)
    added = jax.tree.leaves(immediate, is_leaf=factored)
    size, rank = pushed.shape
    flat = jnp.concatenate([leaf.reshape(rank, -1) for leaf in kept], axis=1)
    mixed = sum(map(_by_rows, added, kept), jnp.zeros_like(pushed)) @ pushed.T
    own = sum(map(_by_itself, added), jnp.zeros((size, size), pushed.dtype))
    gram = pushed @ (flat @ flat.T) @ pushed.T + mixed + mixed.T + own
    energies, directions = jnp.linalg.eigh(gram)
    # An eigenvalue is known up to the rounding of the largest.
    unseen = size * jnp.finfo(pushed.dtype).eps * energies[-1]
    return jnp.maximum(energies, 0) + unseen, directions


def _by_rows(added: RankOne | Array, rows: Float[Array, "r ..."]) -> Float[Array, "N r"]:
    """B Vᵀ of one parameter."""
    if isinstance(added, RankOne):
        return _by_rows(added.left, jnp.tensordot(rows, added.right, 1))
    return added.reshape(added.shape[0], -1) @ rows.reshape(rows.shape[0], -1).T


def _by_itself(added: RankOne | Array) -> Float[Array, "N N"]:
    """B Bᵀ of one parameter."""
    if isinstance(added, RankOne):
        return _by_itself(added.left) * (added.right @ added.right)
    return _by_rows(added, added)


def _mix(weights: Float[Array, "r N"], added: RankOne | Array) -> Float[Array, "r ..."]:
    """weights B of one parameter."""
    if isinstance(added, RankOne):
        return RankOne(jnp.tensordot(weights, added.left, 1), added.right).materialise()
    return jnp.tensordot(weights, added, 1)


def _grow(
    jacobian: AbstractJacobian, doubt: Float[Array, "N N"], lost: Float[Array, "N N"]
) -> Float[Array, "N N"]:
    """C_t from C_{t-1} and R_t R_tᵀ."""
    moved = jacobian.apply(jacobian.apply(doubt).T)
    length, added = jnp.sqrt(_trace(moved)), jnp.sqrt(_trace(lost))
    return (length + added) * (_over(moved, length) + _over(lost, added))


def _over(matrix: Float[Array, "N N"], length: Float[Array, ""]) -> Float[Array, "N N"]:
    """matrix / length, where a length of zero belongs to a matrix of zeros."""
    return matrix / jnp.where(length > 0, length, 1)


def _trace(matrix: Float[Array, "N N"]) -> Float[Array, ""]:
    return jnp.maximum(jnp.trace(matrix), 0)
