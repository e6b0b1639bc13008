"""Immediate derivatives: no credit through time."""

from typing import ClassVar

from onward.cells.base import AbstractCell
from onward.rules.base import Exactness
from onward.rules.moment import AbstractMomentRule


class Immediate(AbstractMomentRule):
    """gradient = (dL_t/ds_t) B_t with B_t = ∂s_t/∂θ at fixed s_{t-1}; nothing is propagated.

    One backward step of the cell: for a local B an outer product, never materialised. The
    carry is s_{t-1} and x_t, so that a late label costs N + m numbers a sample of delay. B_t is
    made from them when the label comes, at the weights of that time: an EligibilityTrace of
    decay 0, which keeps B_t itself (S·p numbers a sample of delay), then differs.

    Cost: time p, memory N + m. Exactness: biased (one-step truncation; equals TBPTT(1)).
    Shalev Merin (2026), "Temporal Credit Is Free", arXiv 2603.28750.
    """

    cost: ClassVar[str] = "time p, memory n"

    def exactness(self, cell: AbstractCell) -> Exactness:
        return "biased"
