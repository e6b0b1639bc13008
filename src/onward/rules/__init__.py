"""Rules of online credit assignment, one a file. `AbstractRule` holds the recipe for a new one."""

from onward.rules.base import AbstractRule, ImpossiblePairError
from onward.rules.bptt import BPTT
from onward.rules.controls import Frozen, ReadoutOnly
from onward.rules.dni import DNI
from onward.rules.eligibility_trace import EligibilityTrace
from onward.rules.eprop import EProp
from onward.rules.head_sparse import HeadSparse
from onward.rules.immediate import Immediate
from onward.rules.kernl import KeRNL
from onward.rules.kf_rtrl import KFRTRL
from onward.rules.optimal_kronecker import OptimalKronecker
from onward.rules.rflo import RFLO
from onward.rules.rtrl import RTRL
from onward.rules.shadowed import Shadowed
from onward.rules.sketched_rtrl import SketchedRTRL
from onward.rules.snap import SnAp
from onward.rules.sparse_rtrl import SparseRTRL
from onward.rules.tbptt import TBPTT
from onward.rules.uoro import UORO

__all__ = [
    "BPTT",
    "DNI",
    "KFRTRL",
    "RFLO",
    "RTRL",
    "TBPTT",
    "UORO",
    "AbstractRule",
    "EProp",
    "EligibilityTrace",
    "Frozen",
    "HeadSparse",
    "Immediate",
    "ImpossiblePairError",
    "KeRNL",
    "OptimalKronecker",
    "ReadoutOnly",
    "Shadowed",
    "SketchedRTRL",
    "SnAp",
    "SparseRTRL",
]
