"""Linear maps of online credit assignment. Knows no cell and no rule."""

from onward.algebra.gradient import RankOne, materialise, squared_norm
from onward.algebra.influence import AbstractInfluence, Full, Local, Unreached
from onward.algebra.jacobian import AbstractJacobian, Dense, Diagonal, Gated, Unitwise
from onward.algebra.layered import BlockLower, Spatial, Triangular
from onward.algebra.rounded import Rounded
from onward.algebra.row_sparse import RowSparse
from onward.algebra.shared import Shared
from onward.algebra.shift import Shift
from onward.algebra.slots import stack_slots

__all__ = [
    "AbstractInfluence",
    "AbstractJacobian",
    "BlockLower",
    "Dense",
    "Diagonal",
    "Full",
    "Gated",
    "Local",
    "RankOne",
    "Rounded",
    "RowSparse",
    "Shared",
    "Shift",
    "Spatial",
    "Triangular",
    "Unitwise",
    "Unreached",
    "materialise",
    "squared_norm",
    "stack_slots",
]
