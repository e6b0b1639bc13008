"""The common shape of cells whose units do not see each other."""

from typing import ClassVar

from onward._typing import Array, Float, State
from onward.algebra import Local, Unitwise
from onward.cells import derive
from onward.cells.base import AbstractCell


class AbstractUnitwiseCell(AbstractCell):
    """s_t = f(s_{t-1}, x_t) where unit i reads unit i of the state, and the whole input.

    To add a unit-wise cell write `init_state` and `__call__`; each leaf of the state is a slot
    of shape (n,), and each parameter belongs to the unit that its axis `unit_axis` counts.
    J (an S×S block per unit) and the local B follow from tangents of ones, exactly: exact RTRL
    keeps S numbers per parameter and costs no more than a trace.

    Class attributes:
        unit_axis: the axis of every parameter that counts units.
    """

    unit_axis: ClassVar[int] = 0

    def jacobian(self, state_prev: State, x: Float[Array, " m"]) -> Unitwise:
        return derive.unitwise_jacobian(self, state_prev, x)

    def immediate(self, state_prev: State, x: Float[Array, " m"]) -> Local:
        return derive.local_immediate(self, state_prev, x, self.unit_axis)
