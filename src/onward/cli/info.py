"""`onward info`: cells and rules, what they cost and how exact they are."""

import jax
from rich.console import Console
from rich.table import Table

from onward.architecture import probe
from onward.cells import AbstractCell
from onward.experiments import CELLS, RULES
from onward.rules import AbstractRule, ImpossiblePairError

# Sizes that no number of gates equals, so that they can be told apart in a shape.
INPUTS, UNITS = 11, 13


def info() -> None:
    """List cells and rules with cost and exactness class."""
    console = Console()
    members = {
        name: cell(input_size=INPUTS, hidden_size=UNITS, key=jax.random.key(0))
        for name, cell in CELLS.items()
    }
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
    table = Table("rule", "cost a sample (n units, p parameters)", *members, box=None)
    for name, rule in RULES.items():
        made = rule()
        table.add_row(name, rule.cost, *(stated(made, cell) for cell in members.values()))
    console.print(table)
    console.print(
        "\nexact: equals it with frozen weights. unbiased: equals it in the mean over the rule's "
        "random signs. biased: differs. impossible: refused. Options of a rule are written as "
        "sparse-rtrl:k=4,support=shared."
    )


def stated(rule: AbstractRule, cell: AbstractCell) -> str:
    """The exactness class, or that there is none."""
    try:
        return rule.exactness(cell)
    except ImpossiblePairError:
        return "impossible"
