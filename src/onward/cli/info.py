"""`onward info`: cells and rules, what they cost and how exact they are."""

from collections.abc import Callable, Mapping
from functools import partial

import equinox as eqx
import jax
import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from onward.architecture import probe
from onward.cells import AbstractCell
from onward.experiments import CELLS, RULES
from onward.rules import AbstractRule, ImpossiblePairError

# Sizes that no number of gates equals, so that they can be told apart in a shape; heads divide it.
INPUTS, UNITS = 11, 20


def info() -> None:
    """List cells and rules with cost and exactness class."""
    console = Console()
    members = {name: shaped(cell) for name, cell in CELLS.items()}
    letters = {INPUTS: "m", UNITS: "n"}
    table = Table("cell", "parameters (n units, m inputs)", "optimizer=auto", "", box=None)
    for name, cell in members.items():
        shapes = ", ".join(
            "·".join(letters.get(size, str(size)) for size in leaf.shape)
            for leaf in jax.tree.leaves(cell.parameters())
        )
        chosen = "rmsprop" if probe(cell).needs_normalisation else "sgd"
        table.add_row(name, shapes, chosen, (type(cell).__doc__ or "").split("\n")[0])
    console.print(table)
    console.print("\n[bold]Gradient of each rule[/], against BPTT over the whole past:\n")
    table = Table("rule", "cost a sample (n units, p parameters), and exactness", box=None)
    for name, rule in RULES.items():
        table.add_row(name, escape("\n".join([rule.cost, *exactness_lines(rule(), members)])))
    console.print(table)
    console.print(
        "\nexact: equals it with frozen weights. unbiased: equals it in the mean over what the "
        "rule draws. biased: differs. impossible: refused, and why. Options of a rule are written "
        "as sparse-rtrl:k=4,support=shared."
    )


def shaped(cell: Callable[..., AbstractCell]) -> AbstractCell:
    """A cell of the listed sizes; what is listed does not depend on its weights, here zeros."""
    make = partial(cell, input_size=INPUTS, hidden_size=UNITS)
    shapes = eqx.filter_eval_shape(lambda key: make(key=key), jax.random.key(0))
    return jax.tree.map(lambda leaf: np.zeros(leaf.shape, leaf.dtype), shapes)


def exactness_lines(rule: AbstractRule, members: Mapping[str, AbstractCell]) -> list[str]:
    """Each exactness class with its cells, the impossible ones with the reason.

    The class of most cells comes last and says "every other cell".
    """
    classes: dict[str, list[str]] = {"exact": [], "unbiased": [], "biased": []}
    reasons: dict[str, list[str]] = {}
    for name, cell in members.items():
        try:
            classes[rule.exactness(cell)].append(name)
        except ImpossiblePairError as error:
            reasons.setdefault(str(error), []).append(name)
    most = max(classes, key=lambda kind: len(classes[kind]))
    others = "every cell" if len(classes[most]) == len(members) else "every other cell"
    return [
        *(
            f"{kind}: {', '.join(names)}"
            for kind, names in classes.items()
            if names and kind != most
        ),
        *(f"impossible: {', '.join(names)}. {why}" for why, names in reasons.items()),
        *([f"{most}: {others}"] if classes[most] else []),
    ]
