"""Unbiased online recurrent optimization."""

from typing import ClassVar, NamedTuple

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

from onward._trees import flatten
from onward._typing import Array, Float, Gradients, Parameters, PRNGKeyArray, State, UInt32
from onward.algebra import materialise, squared_norm
from onward.cells.base import AbstractCell
from onward.cells.derive import tangent
from onward.rules.base import AbstractRule, Exactness
from onward.rules.signs import balance, draw_signs


class OuterProduct(NamedTuple):
    """The influence as s̃ ⊗ θ̃, and the key to draw signs with."""

    state: Float[Array, " N"]
    parameters: Parameters
    key: UInt32[Array, "2"]


class UORO(AbstractRule):
    """P_t ≈ s̃_t ⊗ θ̃_t with E[s̃_t ⊗ θ̃_t] = P_t;  gradient = (dL_t/ds_t · s̃_t) θ̃_t.

        s̃_t = ρ₀ J_t s̃_{t-1} + ρ₁ ν,   θ̃_t = θ̃_{t-1} / ρ₀ + νᵀB_t / ρ₁

    ν is a vector of random signs, so that νν^T is the identity in the mean and the mixed terms
    vanish. ρ₀ = √(‖θ̃_{t-1}‖ / ‖J_t s̃_{t-1}‖) and ρ₁ = √(‖νᵀB_t‖ / ‖ν‖) make the noise least. J_t
    acts by one forward tangent of the cell and νᵀ on B_t by one backward step: neither is formed.

    Cost: time p (some three steps of the cell) and memory p + N, on every cell. Exactness:
    unbiased, with a noise that grows with N. Tallec & Ollivier (2017), "Unbiased Online
    Recurrent Optimization", arXiv 1702.05043.
    """

    cost: ClassVar[str] = "time p, memory p"

    def init(
        self, cell: AbstractCell, state: State, x: Float[Array, " m"], key: PRNGKeyArray
    ) -> OuterProduct:
        parameters = jax.tree.map(jnp.zeros_like, cell.parameters())
        return OuterProduct(jnp.zeros_like(flatten(state)), parameters, jax.random.key_data(key))

    def advance(
        self, cell: AbstractCell, carry: OuterProduct, state_prev: State, x: Float[Array, " m"]
    ) -> OuterProduct:
        unflatten = ravel_pytree(state_prev)[1]
        signs, key = draw_signs(carry.key, carry.state.shape, carry.state.dtype)
        immediate = materialise(cell.immediate_gradient(state_prev, x, unflatten(signs)))
        pushed = flatten(tangent(cell, state_prev, x, unflatten(carry.state)))
        old = balance(self._length(carry.parameters), self._length(pushed))
        new = balance(self._length(immediate), self._length(signs))
        parameters = jax.tree.map(
            lambda kept, added: kept / old + added / new, carry.parameters, immediate
        )
        return OuterProduct(old * pushed + new * signs, parameters, key)

    def credit(self, cell: AbstractCell, carry: OuterProduct, signal: State) -> Gradients:
        weight = flatten(signal) @ carry.state
        return jax.tree.map(lambda leaf: weight * leaf, carry.parameters)

    def exactness(self, cell: AbstractCell) -> Exactness:
        return "unbiased"

    def _length(self, tree: Parameters) -> Float[Array, ""]:
        return jnp.sqrt(squared_norm(tree, jax.tree.leaves(tree)[0].dtype))
