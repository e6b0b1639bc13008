"""The cells of the catalogue by their structure, which is all that a rule sees of one.

A rule is given the Jacobian and the immediate derivative by their types. So what holds for it on
one cell of a structure holds on the others, whose own laws say that what they return is true. The
first cell of each structure stands for it in `make test`; `make test-all` takes them all.
"""

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

import jax
import jax.numpy as jnp
import pytest

from catalogue import CELLS, INPUTS, is_factored, make_cell
from onward.algebra import Local


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
def structure_of(name: str) -> Structure:
    cell = make_cell(name)
    state, x = cell.init_state(), jnp.zeros(INPUTS)
    jacobian = jax.eval_shape(cell.jacobian, state, x)
    immediate = jax.eval_shape(cell.immediate, state, x)
    slots, heads = None, 0
    if isinstance(immediate, Local):
        slots, units, *others = (min(size, 2) for size in immediate.units)
        heads = units if others else 0
    return Structure(type(jacobian), type(immediate), slots, heads, is_factored(cell))


# The first row of each structure: a dictionary keeps the last of equal keys.
STANDS_FOR = {structure_of(name): name for name in reversed(CELLS)}
REPRESENTATIVES = frozenset(STANDS_FOR.values())
# What every cell is walked with in `make test`.
END_TO_END = "rtrl"


def beside(cell: str, rule: str) -> bool:
    """Whether a pair is left to `make test-all`."""
    return cell not in REPRESENTATIVES and rule != END_TO_END


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


def by_structure(cells: Iterable[str] = CELLS) -> pytest.MarkDecorator:
    """Each cell of a structure in `make test-all`, and one of each in `make test`."""
    return pytest.mark.parametrize("name", [on(cell) for cell in cells])
