"""Exact real-time recurrent learning."""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._typing import Array, Float, Gradients, PRNGKeyArray, State
from onward.algebra import AbstractInfluence
from onward.cells.base import AbstractCell
from onward.cells.derive import flatten
from onward.rules.base import AbstractRule, Exactness


class RTRL(AbstractRule):
    """P_t = J_t P_{t-1} + B_t;  gradient = (dL_t/ds_t) P_t.

    The structure of J and B decides the cost: for a unit-wise J and a local B (LRU) P stays
    parameter-shaped; for a dense J one GEMM moves it.

    Cost: time n·p·N and memory N·p dense; time and memory S·p unit-wise. Exactness: exact with
    frozen weights; under learning P mixes Jacobians of successive weights, as in the source.
    Williams & Zipser (1989), "A learning algorithm for continually running fully recurrent
    neural networks".
    """

    cost: ClassVar[str] = "time n²·p, memory n·p (diagonal J: p, p)"

    def init(
        self, cell: AbstractCell, state: State, x: Float[Array, " m"], key: PRNGKeyArray
    ) -> AbstractInfluence:
        def first() -> AbstractInfluence:
            jacobian, immediate = cell.jacobian(state, x), cell.immediate(state, x)
            return immediate.push(jacobian).add(immediate)

        shapes = eqx.filter_eval_shape(first)
        return jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), shapes)

    def advance(
        self,
        cell: AbstractCell,
        carry: AbstractInfluence,
        state_prev: State,
        x: Float[Array, " m"],
    ) -> AbstractInfluence:
        return carry.push(cell.jacobian(state_prev, x)).add(cell.immediate(state_prev, x))

    def credit(self, cell: AbstractCell, carry: AbstractInfluence, signal: State) -> Gradients:
        return carry.pull(flatten(signal))

    def exactness(self, cell: AbstractCell) -> Exactness:
        return "exact" if cell.exact else "biased"
