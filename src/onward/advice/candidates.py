"""The rules that advice compares, cheapest first, and the settings that each is tried at."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp

from onward.cells import AbstractCell
from onward.rules import RTRL, AbstractRule, EligibilityTrace, SparseRTRL
from onward.runs.members import parse_rule

DECAYS = (0.5, 0.9)
WINDOW = 20
PATHS = 4

# Learning rates around each optimizer's default, for real-time learning on normalised numbers.
SETTINGS: Mapping[str, tuple[float, ...]] = {
    "sgd": (2e-3, 1e-2, 5e-2),
    "rmsprop": (3e-4, 1e-3, 3e-3),
}


class Candidate(NamedTuple):
    """A rule that may be recommended.

    Attributes:
        name: as `onward run --rule` takes it.
        rule: the rule.
        work: multiply-adds a sample for each parameter of the cell, by the rule's own formula.
    """

    name: str
    rule: AbstractRule
    work: int


def candidates(cell: AbstractCell) -> tuple[Candidate, ...]:
    """The controls and rules for this cell, cheapest first.

    A sparse rule that would keep every path is exact, and left to RTRL.
    """
    state, x = cell.init_state(), jnp.zeros(cell.input_size, cell.dtype)
    components = sum(leaf.size for leaf in jax.tree.leaves(state))
    nonzeros = eqx.filter_eval_shape(cell.jacobian, state, x).nonzeros_per_row
    work = {
        "readout-only": 0,
        "immediate": 1,
        **{f"eligibility-trace:decay={one}": _rows(EligibilityTrace(), cell) for one in DECAYS},
        f"tbptt:window={WINDOW}": WINDOW,
        "rtrl": nonzeros * _rows(RTRL(), cell),
    }
    if SparseRTRL(min(PATHS, components)).exactness(cell) != "exact":
        work[f"sparse-rtrl:k={PATHS}"] = PATHS * components
    found = (Candidate(name, parse_rule(name), cost) for name, cost in work.items())
    return tuple(sorted(found, key=lambda candidate: candidate.work))


def parameter_count(tree: Any) -> int:
    """Numbers in the inexact arrays of a tree, or in their shapes."""
    return sum(leaf.size for leaf in jax.tree.leaves(tree))


def _rows(rule: AbstractRule, cell: AbstractCell) -> int:
    """Rows that the rule's influence keeps for each parameter; nothing is allocated."""
    state, x = cell.init_state(), jnp.zeros(cell.input_size, cell.dtype)
    carry = eqx.filter_eval_shape(rule.init, cell, state, x, jax.random.key(0))
    return max(1, parameter_count(carry) // parameter_count(cell.parameters()))
