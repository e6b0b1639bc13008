"""`onward info`: cells and rules, what they cost and how exact they are."""

from collections.abc import Mapping
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from onward.cells import AbstractCell
from onward.cli.facts import optimizer, pair, parameters, shaped, summary
from onward.cli.info_page import page
from onward.rules import AbstractRule
from onward.runs import CELLS, RULES


def info(
    markdown: Annotated[
        bool, typer.Option("--markdown", help="As a page, with all pairs in one table.")
    ] = False,
) -> None:
    """List cells and rules with cost and exactness class."""
    if markdown:
        print(page(CELLS, RULES), end="")
        return
    console = Console()
    members = {name: shaped(cell) for name, cell in CELLS.items()}
    table = Table("cell", "parameters (n units, m inputs)", "optimizer=auto", "", box=None)
    for name, cell in members.items():
        table.add_row(name, parameters(cell), optimizer(cell), summary(cell))
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


def exactness_lines(rule: AbstractRule, members: Mapping[str, AbstractCell]) -> list[str]:
    """Each exactness class with its cells, the impossible ones with the reason.

    The class of most cells comes last and says "every other cell".
    """
    classes: dict[str, list[str]] = {"exact": [], "unbiased": [], "biased": []}
    reasons: dict[str, list[str]] = {}
    for name, cell in members.items():
        exactness, reason = pair(rule, cell)
        (reasons.setdefault(reason, []) if reason else classes[exactness]).append(name)
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
