"""Rules of online credit assignment, one a file. `AbstractRule` holds the recipe for a new one."""

from onward.rules.base import AbstractRule, ImpossiblePairError
from onward.rules.controls import Frozen, ReadoutOnly
from onward.rules.eligibility_trace import EligibilityTrace
from onward.rules.head_sparse import HeadSparse
from onward.rules.immediate import Immediate
from onward.rules.rtrl import RTRL
from onward.rules.sparse_rtrl import SparseRTRL
from onward.rules.tbptt import TBPTT

__all__ = [
    "RTRL",
    "TBPTT",
    "AbstractRule",
    "EligibilityTrace",
    "Frozen",
    "HeadSparse",
    "Immediate",
    "ImpossiblePairError",
    "ReadoutOnly",
    "SparseRTRL",
]
