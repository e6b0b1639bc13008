"""Immediate derivatives: no credit through time."""

from typing import ClassVar, NamedTuple

from onward._typing import Array, Float, Gradients, PRNGKeyArray, State
from onward.cells.base import AbstractCell
from onward.rules.base import AbstractRule, Carry, Exactness


class Moment(NamedTuple):
    """What one step of time was computed from."""

    state_prev: State
    x: Float[Array, " m"]


class Immediate(AbstractRule):
    """gradient = (dL_t/ds_t) B_t with B_t = ∂s_t/∂θ at fixed s_{t-1}; nothing is propagated.

    One backward step of the cell: for a local B an outer product, never materialised. The
    carry is s_{t-1} and x_t, so that a late label costs N + m numbers a sample of delay. B_t is
    made from them when the label comes, at the weights of that time: an EligibilityTrace of
    decay 0, which keeps B_t itself (S·p numbers a sample of delay), then differs.

    Cost: time p, memory N + m. Exactness: biased (one-step truncation; equals TBPTT(1)).
    Shalev Merin (2026), "Temporal Credit Is Free", arXiv 2603.28750.
    """

    propagates: ClassVar[bool] = False
    cost: ClassVar[str] = "time p, memory n"

    def init(
        self, cell: AbstractCell, state: State, x: Float[Array, " m"], key: PRNGKeyArray
    ) -> Moment:
        return Moment(state, x)

    def advance(
        self, cell: AbstractCell, carry: Carry, state_prev: State, x: Float[Array, " m"]
    ) -> Moment:
        return Moment(state_prev, x)

    def credit(self, cell: AbstractCell, carry: Moment, signal: State) -> Gradients:
        return cell.immediate_gradient(carry.state_prev, carry.x, signal)

    def exactness(self, cell: AbstractCell) -> Exactness:
        return "biased"
