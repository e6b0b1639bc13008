"""Real-time recurrent learning with an optimal sum of Kronecker factors."""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._checks import check_integer
from onward._typing import Array, Float
from onward.rules.kronecker import AbstractKronecker, KroneckerSum


class OptimalKronecker(AbstractKronecker):
    """P_t ≈ Σ_i A_i ⊗ u_i for each matrix, i ≤ r;  gradient = Σ_i (dL_t/ds_t A_i) ⊗ u_i.

    A step of time gives r + 1 terms, (J_t A_i) ⊗ u_i and the immediate D_t ⊗ a_t, and they are
    replaced by r random ones with the same mean and the least noise. With the terms' singular
    values d_1 ≥ ... ≥ d_{r+1}, the largest k stay as they are, k the smallest number with
    (r - k) d_{k+1} ≤ Σ_{i>k} d_i = s. The others become s/(r - k) (I - zzᵀ), of rank r - k, with
    z_i = √(1 - d_i (r - k)/s) and a random sign on each row and its column: the diagonal is that
    of d_i, and all beside it vanishes in the mean.

    A parameter that is no such matrix (a bias) has its rows of P propagated exactly. No noise is
    left once r reaches the length of every u.

    Cost: r times that of `KFRTRL`, and time r²·p to make the factors orthogonal. Exactness:
    unbiased; of the sums of r terms none has less noise in a step. A cell whose
    `immediate_gradient` returns no `RankOne` is refused. Benzing, Gauy, Mujika, Martinsson &
    Steger (2019), "Optimal Kronecker-Sum Approximation of Real Time Recurrent Learning", arXiv
    1902.03993.

    Args:
        rank: r, at least 1.
    """

    rank: int = eqx.field(static=True, default=4)
    cost: ClassVar[str] = "time r·n·p, memory r·p"

    def __check_init__(self):
        check_integer("rank", self.rank, least=1, example=4)

    @property
    def terms(self) -> int:
        return self.rank

    def reduce(
        self, sums: list[KroneckerSum], signs: Float[Array, "matrices more"]
    ) -> list[KroneckerSum]:
        lefts, left_parts = zip(*(_orthogonalise(one.lefts) for one in sums), strict=True)
        rights, right_parts = zip(*(_orthogonalise(one.rights) for one in sums), strict=True)
        cores = jnp.stack(left_parts).mT @ jnp.stack(right_parts)
        # One call for all matrices: on a CPU, under vmap, calls side by side can block each other.
        left, values, right = jnp.linalg.svd(cores)
        roots = jax.vmap(_root)(values, signs)
        return [
            KroneckerSum(jnp.tensordot(by_left, one, 1), jnp.tensordot(by_right, other, 1))
            for by_left, one, by_right, other in zip(
                (left @ roots).mT, lefts, roots.mT @ right, rights, strict=True
            )
        ]


def _orthogonalise(
    rows: Float[Array, "more ..."],
) -> tuple[Float[Array, "more ..."], Float[Array, "more more"]]:
    """An orthonormal basis and what the rows are in it, by Gram-Schmidt."""
    flat = rows.reshape(len(rows), -1)

    def split_off(place: Array, done: tuple[Array, Array]) -> tuple[Array, Array]:
        basis, parts = done
        once = basis @ flat[place]
        # A second time for what rounding has left.
        again = basis @ (flat[place] - once @ basis)
        rest = flat[place] - once @ basis - again @ basis
        length = jnp.sqrt(jnp.sum(rest**2))
        unit = rest / jnp.where(length > 0, length, 1)
        return basis.at[place].set(unit), parts.at[place].set((once + again).at[place].set(length))

    empty = (jnp.zeros_like(flat), jnp.zeros((len(rows), len(rows)), rows.dtype))
    basis, parts = jax.lax.fori_loop(0, len(rows), split_off, empty)
    return basis.reshape(rows.shape), parts


def _root(values: Float[Array, " more"], signs: Float[Array, " more"]) -> Float[Array, "more r"]:
    """X with E[X Xᵀ] = diag(values), values from large to small, of the least variance."""
    count = len(values)
    place = jnp.arange(count)
    tails = jnp.cumsum(values[::-1])[::-1]
    left_over = (count - 1 - place).astype(values.dtype)
    first = jnp.argmax(left_over * values <= tails)
    total, places = tails[first], left_over[first]
    random = place >= first
    share = values * places / jnp.where(total > 0, total, 1)
    missing = jnp.where(random, jnp.sqrt(jnp.maximum(1 - share, 0)), 0)
    # The reflection that takes the last axis to -missing; its other columns are what is left.
    normal = missing.at[-1].add(1)
    reflection = jnp.eye(count, dtype=values.dtype) - (2 / (normal @ normal)) * jnp.outer(
        normal, normal
    )
    scale = jnp.sqrt(jnp.where(random, total / places, values))
    return (signs * scale)[:, None] * reflection[:, :-1]
