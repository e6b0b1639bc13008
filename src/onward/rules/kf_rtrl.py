"""Real-time recurrent learning with random Kronecker factors."""

from typing import ClassVar

import jax.numpy as jnp

from onward._typing import Array, Float
from onward.rules.kronecker import AbstractKronecker, KroneckerSum
from onward.rules.signs import balance


class KFRTRL(AbstractKronecker):
    """P_t ≈ A_t ⊗ u_t for each matrix, with E[A_t ⊗ u_t] = P_t;  gradient = (dL_t/ds_t A_t) ⊗ u_t.

        A_t = c₀ J_t A_{t-1} / ρ₀ + c₁ D_t / ρ₁,   u_t = c₀ ρ₀ u_{t-1} + c₁ ρ₁ a_t

    The immediate derivative of a matrix that reads the presynaptic vector a_t (h_{t-1} or x_t) is
    exactly D_t ⊗ a_t. c₀ and c₁ are random signs, drawn for each matrix and step, under which the
    mixed terms vanish in the mean; ρ₀ = √(‖J_t A_{t-1}‖ / ‖u_{t-1}‖) and ρ₁ = √(‖D_t‖ / ‖a_t‖)
    make the noise least. A parameter that is no matrix of this kind (a bias) has no second
    factor: its rows of P are propagated exactly. The source shares one u among all matrices; with
    one each the noise is less, and matrices of different D_t (a GRU's) fit.

    Cost: time N·p and memory 2·S·p, of a cell of S slots. Exactness: unbiased. A cell whose
    `immediate_gradient` returns no `RankOne` is refused. Mujika, Meier & Steger (2018),
    "Approximating Real-Time Recurrent Learning with Random Kronecker Factors", arXiv 1805.10842.
    """

    cost: ClassVar[str] = "time n·p, memory p"

    @property
    def terms(self) -> int:
        return 1

    def reduce(
        self, sums: list[KroneckerSum], signs: Float[Array, "matrices more"]
    ) -> list[KroneckerSum]:
        return [_mix(*pair) for pair in zip(sums, signs, strict=True)]


def _mix(one: KroneckerSum, signs: Float[Array, " more"]) -> KroneckerSum:
    """Both terms in one, each with its sign and its ρ."""
    weights = signs * balance(_lengths(one.lefts), _lengths(one.rights))
    # A sign is its own inverse.
    lefts = jnp.tensordot((1 / weights)[None], one.lefts, 1)
    return KroneckerSum(lefts, weights[None] @ one.rights)


def _lengths(rows: Float[Array, "more ..."]) -> Float[Array, " more"]:
    return jnp.sqrt(jnp.sum(rows**2, axis=tuple(range(1, rows.ndim))))
