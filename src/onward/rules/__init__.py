"""Rules of online credit assignment, one a file. `AbstractRule` holds the recipe for a new one."""

from onward.rules.base import AbstractRule, ImpossiblePairError
from onward.rules.controls import Frozen, ReadoutOnly
from onward.rules.eligibility_trace import EligibilityTrace
from onward.rules.immediate import Immediate
from onward.rules.kf_rtrl import KFRTRL
from onward.rules.optimal_kronecker import OptimalKronecker
from onward.rules.rtrl import RTRL
from onward.rules.sketched_rtrl import SketchedRTRL
from onward.rules.sparse_rtrl import SparseRTRL
from onward.rules.tbptt import TBPTT
from onward.rules.uoro import UORO

__all__ = [
    "KFRTRL",
    "RTRL",
    "TBPTT",
    "UORO",
    "AbstractRule",
    "EligibilityTrace",
    "Frozen",
    "Immediate",
    "ImpossiblePairError",
    "OptimalKronecker",
    "ReadoutOnly",
    "SketchedRTRL",
    "SparseRTRL",
]
