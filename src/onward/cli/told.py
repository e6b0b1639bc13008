"""What is told of cells and rules: shipped facts, and the documentation of their classes.

Computing the facts takes half a minute. `make docs` does it, by `docs/facts.py`.
"""

import inspect
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from textwrap import dedent
from typing import NamedTuple

import onward.cells as cells
import onward.rules as rules
from onward._names import CELLS, RULES

ARGUMENTS = "\n\nArgs:\n"
# Inputs and units of the examples of what a cell costs.
EXAMPLE = (16, 64)
BETWEEN = " | "


class CellFacts(NamedTuple):
    """What is told of a cell.

    Attributes:
        parameters: their shapes, for n units and m inputs.
        jacobian, immediate: the types of J and B.
        weights: their bytes, at the size of the example, as those below.
        step: operations that move the state one sample on.
        rtrl: bytes that exact RTRL carries from sample to sample.
        optimizer: what `optimizer="auto"` chooses.
    """

    parameters: str
    jacobian: str
    immediate: str
    weights: str
    step: str
    rtrl: str
    optimizer: str


@dataclass(frozen=True)
class Facts:
    """What is told of all cells, and of all rules on them.

    Attributes:
        cells: by name.
        pairs: for each rule, by name, what it is on each cell: its exactness class, or the number
            of the reason for which it is refused.
        reasons: why pairs are refused, by number.
    """

    cells: dict[str, CellFacts]
    pairs: dict[str, dict[str, str]]
    reasons: dict[str, str]


@cache
def facts() -> Facts:
    """Those of this release."""
    read = json.loads(files("onward.cli").joinpath("facts.json").read_text("utf-8"))
    return Facts(
        {name: CellFacts(*told.split(BETWEEN)) for name, told in read["cells"].items()},
        {name: dict(zip(CELLS, told.split(), strict=True)) for name, told in read["pairs"].items()},
        {str(number): reason for number, reason in enumerate(read["reasons"], 1)},
    )


def cell_class(name: str) -> type[cells.AbstractCell]:
    """The cell of that name."""
    return getattr(cells, CELLS[name])


def rule_class(name: str) -> type[rules.AbstractRule]:
    """The rule of that name."""
    return getattr(rules, RULES[name])


def summary(part: type) -> str:
    """The first line of its documentation."""
    return documentation(part).partition("\n")[0]


def description(part: type) -> str:
    """Its documentation without the arguments; a line for each paragraph, formulas as they are."""
    return re.sub(r"(?<=\S)\n(?=[^\s-])", " ", documentation(part).partition(ARGUMENTS)[0])


def arguments(part: type) -> Mapping[str, str]:
    """What each argument means, in one line."""
    listed = dedent(documentation(part).partition(ARGUMENTS)[2].partition("\n\n")[0])
    found = re.findall(r"^(\w+): (.*(?:\n +.*)*)", listed, re.M)
    return {name: " ".join(meaning.split()) for name, meaning in found}


def documentation(part: type) -> str:
    """All of it, without the indentation."""
    return inspect.getdoc(part) or ""
