"""Credit through the leak alone."""

from typing import ClassVar

from onward.algebra import AbstractJacobian
from onward.rules.unitwise import AbstractUnitwiseRule


class RFLO(AbstractUnitwiseRule):
    """P_t = A_t P_{t-1} + B_t, with A_t the unit-wise part of J_t that passes no recurrent matrix.

    For h' = (1 - α) h + α tanh(R h + W x) that part is 1 - α: the trace decays with the unit's
    own time constant. Gates that act on a slot directly (the forget gate on an LSTM's c, the
    update gate on a GRU's h) belong to it; R does not, not even R_ii, which `EProp` keeps. In
    a vanilla RNN everything passes through R, so that nothing is left: it equals Immediate.

    Cost: time S²·p and memory S·p, beside the cell's own J; needs a local B and a J that tells
    the two parts apart. Exactness: biased, and exact where no unit sees another. Murray (2019),
    "Local online learning in recurrent networks with random feedback"; the signal is the exact
    dL_t/ds_t, without random feedback.
    """

    cost: ClassVar[str] = "time p, memory p"

    def kept(self, jacobian: AbstractJacobian, units: tuple[int, ...]) -> AbstractJacobian | None:
        return jacobian.beside_matrices(units)
