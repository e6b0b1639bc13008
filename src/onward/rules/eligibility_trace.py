"""Eligibility traces with a scalar decay in place of the Jacobian."""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from onward._checks import check_between
from onward._trees import flatten
from onward._typing import Array, Float, Gradients, PRNGKeyArray, State
from onward.algebra import AbstractInfluence
from onward.cells.base import AbstractCell
from onward.rules.base import AbstractRule, Exactness


class EligibilityTrace(AbstractRule):
    """E_t = decay · E_{t-1} + B_t;  gradient = (dL_t/ds_t) E_t.

    Cost: time S·p and memory S·p for a cell with local B of S slots (N·p otherwise).
    Exactness: biased. At decay 0 it equals Immediate, but for a late label: the trace keeps B_t
    at the weights of the sample, Immediate takes it at those of the label's arrival. Shalev
    Merin (2026), arXiv 2603.28750, with λ = decay.

    Args:
        decay: λ in [0, 1).
    """

    decay: float = eqx.field(static=True, default=0.5)
    cost: ClassVar[str] = "time p, memory p"

    def __check_init__(self):
        check_between("decay", self.decay, 0, 1, example=0.5)

    def init(
        self, cell: AbstractCell, state: State, x: Float[Array, " m"], key: PRNGKeyArray
    ) -> AbstractInfluence:
        shapes = eqx.filter_eval_shape(cell.immediate, state, x)
        return jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), shapes)

    def advance(
        self,
        cell: AbstractCell,
        carry: AbstractInfluence,
        state_prev: State,
        x: Float[Array, " m"],
    ) -> AbstractInfluence:
        return carry.scale(self.decay).add(cell.immediate(state_prev, x))

    def credit(self, cell: AbstractCell, carry: AbstractInfluence, signal: State) -> Gradients:
        return carry.pull(flatten(signal))

    def exactness(self, cell: AbstractCell) -> Exactness:
        return "biased"
