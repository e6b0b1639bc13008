"""What a rule takes on a cell, and whether it would fit, before anything is allocated."""

from onward.cost.budget import MemoryBudgetError, counted_bytes, readable, refuse_if_too_large
from onward.cost.cost import Cost, cost
from onward.cost.flops import flops

__all__ = [
    "Cost",
    "MemoryBudgetError",
    "cost",
    "counted_bytes",
    "flops",
    "readable",
    "refuse_if_too_large",
]
