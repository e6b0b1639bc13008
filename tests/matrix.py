"""The cells of the catalogue by their structure, which is all that a rule sees of one.

A rule is given the Jacobian and the immediate derivative by their types. So what holds for it on
one cell of a structure holds on the others, whose own laws say that what they return is true. The
first cell of each structure stands for it in `make test`; `make test-all` takes them all.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import NamedTuple

import jax
import jax.numpy as jnp
import pytest
from _pytest.mark import ParameterSet

from catalogue import CELLS, FEW, INPUTS, SPARSE, UNFACTORED, UNITWISE, make_cell
from onward.algebra import BlockLower, Dense, Diagonal, Local, RowSparse, Shift, Unitwise


class Structure(NamedTuple):
    """What the types and shapes of J and B tell of a cell.

    Attributes:
        slots: whether a unit has one or several; None where B is not by units.
        heads: of how many heads the units are; 0 where they are of none, 2 for any number above 1.
        factored: whether a gradient is an outer product.
    """

    jacobian: type
    immediate: type
    slots: int | None
    heads: int
    factored: bool


@cache
def whole_structure_of(cell: str) -> Structure:
    row, made = CELLS[cell], make_cell(cell)
    slots, heads = None, 0
    if row.immediate is Local:
        found = jax.eval_shape(made.immediate, made.init_state(), jnp.zeros(INPUTS))
        slots, units, *others = (min(size, 2) for size in found.units)
        heads = units if others else 0
    return Structure(row.jacobian, row.immediate, slots, heads, cell not in UNFACTORED)


# What every cell is walked with in `make test`.
END_TO_END = "rtrl"
# These have the gradient of one step from autodiff or from `immediate_gradient`, and see no J or B.
OF_THE_STEP = {"immediate", "bptt", "tbptt 1", "tbptt 3", "dni", "dni 0", "frozen", "readout only"}
OF_THE_STEP |= {"uoro"}
CONTROLS = {"frozen", "readout only"}
# The influence of this one is pushed by no Jacobian.
PUSHED_BY_NONE = "kernl"
# A second setting of a rule, at which it is another one: what it calls of J, the first one calls.
SETTINGS = {"trace 0", "tbptt 1", "dni 0", "kernl 0", "snap 1", "sparse none", "sparse all"}
SETTINGS |= {"sketch all", "heads none", "heads all"}
# These read whole matrices of J, of which the laws of cells say that they are true.
OF_MATRICES = {"snap 2", "sketch 2", "sparse row random"}
# These take products with J, which `algebra` tests on each type of it.
OF_PRODUCTS = {"kf-rtrl", "kronecker sum"}
# These ask whether a gradient is an outer product, and the rest does not.
OF_FACTORS = {"immediate", "dni", "uoro", "kf-rtrl", "kronecker sum", "sketch 2", "sketch all"}
# An approximate rule that is walked on every structure, as exact credit is.
ON_ALL = "trace .5"


def structure_of(cell: str, rule: str = "") -> Structure:
    """What a rule sees of a cell; only those that are named after heads see these.

    What a rule never asks a cell for is left out of it. How a sparse rule chooses its support is
    tested with that rule, on every kind of J: what is left of most of its settings is whether the
    support holds all that there is.
    """
    whole = whole_structure_of(cell)
    if rule in ("", END_TO_END, ON_ALL):
        return whole._replace(heads=0)
    apart = Unitwise if cell in UNITWISE else Dense
    factored = whole.factored and rule in OF_FACTORS
    if rule in SPARSE and rule not in FEW:
        kind = Unitwise if cell in SPARSE[rule].exact_on else Dense
        return Structure(kind, Local, None, 0, False)
    # A shadow leaves influences to the rules within, and compares their gradients.
    if rule.startswith("shadowed"):
        return Structure(Dense, Local, None, 0, whole.factored)
    if rule in OF_THE_STEP:
        # A state of several arrays, and for a window one that it holds whole.
        kinds = (BlockLower, Shift) if rule == "tbptt 3" else (BlockLower,)
        kind = whole.jacobian if whole.jacobian in kinds and rule not in CONTROLS else Dense
        return Structure(kind, Local, None, 0, factored)
    if rule == PUSHED_BY_NONE:
        return whole._replace(jacobian=Dense, heads=0, factored=factored)
    if rule in SETTINGS:
        heads = whole.heads if rule.startswith("heads") else 0
        immediate = whole.immediate if rule in ("snap 1", "kernl 0") else Local
        return Structure(apart, immediate, None, heads, factored)
    if rule in OF_MATRICES:
        kinds = (Diagonal, Unitwise, Shift, RowSparse)
        kind = whole.jacobian if whole.jacobian in kinds else Dense
        return Structure(kind, whole.immediate, whole.slots, 0, factored)
    if rule in OF_PRODUCTS:
        return Structure(apart, Local, None, 0, factored)
    heads = whole.heads if rule.startswith("heads") else 0
    return whole._replace(heads=heads, factored=factored)


@cache
def representatives(rule: str = "") -> frozenset[str]:
    """The first cell of each structure that a rule tells apart."""
    # Of equal keys a dictionary keeps the last.
    return frozenset({structure_of(cell, rule): cell for cell in reversed(CELLS)}.values())


def beside(cell: str, rule: str = "") -> bool:
    """Whether a pair is left to `make test-all`."""
    return rule != END_TO_END and cell not in representatives(rule)


def later(pair: ParameterSet) -> ParameterSet:
    """The same, left to `make test-all`."""
    if "matrix" in {mark.name for mark in pair.marks}:
        return pair
    return pair._replace(marks=[*pair.marks, pytest.mark.matrix])


def once(pairs: Iterable[ParameterSet]) -> list[ParameterSet]:
    """Of what `make test` takes of pairs of a cell and a rule, each rule once, and exact credit on
    each structure."""
    seen: set[object] = set()
    taken = []
    for pair in pairs:
        cell, rule = pair.values
        again = rule in seen if rule != END_TO_END else cell not in representatives()
        if "matrix" not in {mark.name for mark in pair.marks}:
            seen.add(rule)
        taken.append(later(pair) if again else pair)
    return taken


def left(*values: object, id: str | None = None):
    """A parameter that is left to `make test-all`: what it takes of the code, another takes too."""
    return pytest.param(*values, marks=pytest.mark.matrix, id=id)


def named(cases: Mapping[str, object], *kept: str) -> list:
    """Cases as parameters with their names; those that are not named here are left to
    `make test-all`."""
    return [(pytest.param if name in kept else left)(case, id=name) for name, case in cases.items()]


def on(cell: str, *more: object, rule: str = ""):
    """A parameter of tests over cells, beside those with which it shares what is compiled.

    Args:
        cell: a name of the catalogue.
        more: further values of the parameter.
        rule: the rule that is tested on it, if it is one.
    """
    marks = [pytest.mark.xdist_group(cell)]
    if beside(cell, rule):
        marks.append(pytest.mark.matrix)
    return pytest.param(cell, *more, marks=marks, id="-".join([cell, *map(str, more)]))


def by_structure(cells: Iterable[str] = CELLS, rule: str = "") -> pytest.MarkDecorator:
    """Each cell of a structure in `make test-all`, and one of each in `make test`.

    Args:
        cells: names of the catalogue.
        rule: the one that is tested on them, of which a structure is what it sees.
    """
    return pytest.mark.parametrize("name", [on(cell, rule=rule) for cell in cells])
