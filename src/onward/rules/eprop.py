"""Credit within each unit."""

from typing import ClassVar

from onward.algebra import AbstractJacobian
from onward.rules.unitwise import AbstractUnitwiseRule


class EProp(AbstractUnitwiseRule):
    """P_t = D_t P_{t-1} + B_t, with D_t the S×S blocks of J_t within each unit.

    All that a unit does to itself in one step is kept, a self-connection R_ii through a
    recurrent matrix included; what passes from unit to unit is dropped. The published rule for
    spiking units without self-connections is this; `RFLO` leaves R_ii out as well.

    Cost: time S²·p and memory S·p, beside the cell's own J; needs a local B. Exactness: biased,
    and exact where no unit sees another. Bellec et al. (2020), "A solution to the learning
    dilemma for recurrent networks of spiking neurons"; the signal is the instantaneous
    dL_t/ds_t, without random feedback.
    """

    cost: ClassVar[str] = "time p, memory p"

    def kept(self, jacobian: AbstractJacobian, units: tuple[int, ...]) -> AbstractJacobian:
        return jacobian.within_units(units)
