"""What `onward info` says of cells, and of rules on them, computed from the code.

Computing it compiles each cell, which takes half a minute, so that it is shipped as
`src/onward/cli/facts.json`, which `python docs/facts.py` writes anew.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from onward._files import write_json
from onward.cells import AbstractCell
from onward.cli.told import BETWEEN, EXAMPLE
from onward.cost import cost, readable
from onward.learning.architecture import probe
from onward.rules import RTRL, AbstractRule, ImpossiblePairError
from onward.runs import CELLS, RULES

# Sizes that no number of gates equals, so that they can be told apart in a shape; heads divide it.
INPUTS, UNITS = 11, 20
FILE = Path(__file__).parents[1] / "src" / "onward" / "cli" / "facts.json"

Cells = Mapping[str, Callable[..., AbstractCell]]
Rules = Mapping[str, type[AbstractRule]]


def computed(cells: Cells, rules: Rules) -> dict[str, Any]:
    """All facts in few lines of JSON, as `onward.cli.told` reads them."""
    members = {name: shaped(cell) for name, cell in cells.items()}
    reasons: list[str] = []
    return {
        "cells": {
            name: BETWEEN.join((*shapes(cells[name], cell), optimizer(cell)))
            for name, cell in members.items()
        },
        "pairs": {
            name: " ".join(entry(rule(), cell, reasons) for cell in members.values())
            for name, rule in rules.items()
        },
        "reasons": reasons,
    }


def shaped(cell: Callable[..., AbstractCell]) -> AbstractCell:
    """A cell of the listed sizes; what is listed does not depend on its weights, here zeros."""
    make = partial(cell, input_size=INPUTS, hidden_size=UNITS)
    shapes = eqx.filter_eval_shape(lambda key: make(key=key), jax.random.key(0))
    return jax.tree.map(lambda leaf: np.zeros(leaf.shape, leaf.dtype), shapes)


def shapes(make: Callable[..., AbstractCell], cell: AbstractCell) -> Iterator[str]:
    """The parameters, the types of J and B, and the costs at the size of the example."""

    def derivatives(cell: AbstractCell) -> tuple[object, object]:
        state, x = cell.init_state(), jnp.zeros(cell.input_size, cell.dtype)
        return cell.jacobian(state, x), cell.immediate(state, x)

    sized = eqx.filter_eval_shape(lambda key: make(*EXAMPLE, key=key), jax.random.key(0))
    taken = cost(sized, RTRL())
    yield parameters(cell)
    yield from (type(one).__name__ for one in eqx.filter_eval_shape(derivatives, sized))
    yield readable(taken.parameter_bytes)
    yield f"{taken.forward_flops / 1000:.0f} kflop"
    yield readable(taken.carry_bytes)


def parameters(cell: AbstractCell) -> str:
    """The shapes of a cell's parameters, for n units and m inputs."""
    letters = {INPUTS: "m", UNITS: "n"}
    return ", ".join(
        "·".join(letters.get(size, str(size)) for size in leaf.shape)
        for leaf in jax.tree.leaves(cell.parameters())
    )


def optimizer(cell: AbstractCell) -> str:
    """What `optimizer="auto"` chooses; compiles a step of the cell."""
    return "rmsprop" if probe(cell).needs_normalisation else "sgd"


def entry(rule: AbstractRule, cell: AbstractCell, reasons: list[str]) -> str:
    """The exactness class of a rule on a cell; or, where it is refused, which reason it is.

    A new reason is added. It is told without the cell's name, so that cells share it.
    """
    try:
        rule.refuse(cell)
    except ImpossiblePairError as error:
        reason = str(error).replace(f"got {type(cell).__name__}", "got this cell")
        if reason not in reasons:
            reasons.append(reason)
        return str(1 + reasons.index(reason))
    return rule.exactness(cell)


if __name__ == "__main__":
    write_json(FILE, computed(CELLS, RULES))
