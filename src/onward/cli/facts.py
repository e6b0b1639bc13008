"""What `onward info` says of a cell, and of a rule on it."""

from collections.abc import Callable
from functools import partial

import equinox as eqx
import jax
import numpy as np

from onward.cells import AbstractCell
from onward.learning.architecture import probe
from onward.rules import AbstractRule, ImpossiblePairError

# Sizes that no number of gates equals, so that they can be told apart in a shape; heads divide it.
INPUTS, UNITS = 11, 20


def shaped(cell: Callable[..., AbstractCell]) -> AbstractCell:
    """A cell of the listed sizes; what is listed does not depend on its weights, here zeros."""
    make = partial(cell, input_size=INPUTS, hidden_size=UNITS)
    shapes = eqx.filter_eval_shape(lambda key: make(key=key), jax.random.key(0))
    return jax.tree.map(lambda leaf: np.zeros(leaf.shape, leaf.dtype), shapes)


def parameters(cell: AbstractCell) -> str:
    """The shapes of a cell's parameters, for n units and m inputs."""
    letters = {INPUTS: "m", UNITS: "n"}
    return ", ".join(
        "·".join(letters.get(size, str(size)) for size in leaf.shape)
        for leaf in jax.tree.leaves(cell.parameters())
    )


def optimizer(cell: AbstractCell) -> str:
    """What `optimizer="auto"` chooses."""
    return "rmsprop" if probe(cell).needs_normalisation else "sgd"


def summary(part: AbstractCell | AbstractRule) -> str:
    """The first line of its documentation."""
    return (type(part).__doc__ or "").split("\n")[0]


def pair(rule: AbstractRule, cell: AbstractCell) -> tuple[str, str]:
    """The exactness class of a rule on a cell; or "impossible", and why.

    The reason is told without the cell's name, so that cells with the same one share it.
    """
    try:
        rule.refuse(cell)
    except ImpossiblePairError as error:
        return "impossible", str(error).replace(f"got {type(cell).__name__}", "got this cell")
    return rule.exactness(cell), ""
