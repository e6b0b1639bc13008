"""Shape aliases.

`n` hidden units, `m` inputs, `N` state components, `k` kept paths, `S` slots.
"""

from typing import Any

from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray, PyTree, Shaped, UInt16, UInt32

State = PyTree[Float[Array, "..."]]
Gradients = Any
"""A tree of the cell's type: in place of each parameter its gradient, an array or a `RankOne`."""
Parameters = Any
"""A cell or readout with everything but its inexact arrays replaced by None."""

__all__ = [
    "Array",
    "Bool",
    "Float",
    "Gradients",
    "Int",
    "PRNGKeyArray",
    "Parameters",
    "PyTree",
    "Shaped",
    "State",
    "UInt16",
    "UInt32",
]
