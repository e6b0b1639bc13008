"""Rules that keep of a sample only what its state was computed from."""

from typing import ClassVar, NamedTuple

from onward._typing import Array, Float, Gradients, PRNGKeyArray, State
from onward.cells.base import AbstractCell
from onward.rules.base import AbstractRule, Carry


class Moment(NamedTuple):
    """What one step of time was computed from."""

    state_prev: State
    x: Float[Array, " m"]


class AbstractMomentRule(AbstractRule):
    """A rule whose carry is s_{t-1} and x_t, and whose credit of one sample is dL_t/ds_t B_t."""

    propagates: ClassVar[bool] = False

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
