"""Linear maps of online credit assignment. Knows no cell and no rule."""

from onward.algebra.gradient import RankOne, materialise, squared_norm
from onward.algebra.influence import AbstractInfluence, Full, Local, Shared
from onward.algebra.jacobian import AbstractJacobian, Dense, Gated, Unitwise
from onward.algebra.row_sparse import RowSparse

__all__ = [
    "AbstractInfluence",
    "AbstractJacobian",
    "Dense",
    "Full",
    "Gated",
    "Local",
    "RankOne",
    "RowSparse",
    "Shared",
    "Unitwise",
    "materialise",
    "squared_norm",
]
