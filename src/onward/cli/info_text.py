"""What `onward info` prints: all cells and rules, or all about one of them."""

import dataclasses
from collections.abc import Iterator, Mapping

from rich.console import Console
from rich.markup import escape

from onward._names import CELLS, RULES
from onward.cli.listing import print_listing
from onward.cli.told import EXAMPLE, arguments, cell_class, description, facts, rule_class, summary

EVERY_CELL = ("input_size", "hidden_size", "key", "dtype")


def show() -> None:
    """Print what every cell costs, and how exact every rule is on it."""
    console, told = Console(), facts()
    cells = (
        (name, told.cells[name].optimizer, told.cells[name].parameters, summary(cell_class(name)))
        for name in CELLS
    )
    headers = ("cell", "optimizer=auto", "parameters (n units, m inputs)", "")
    print_listing(console, headers, cells)
    console.print("\n[bold]Gradient of each rule[/], against BPTT over the whole past:\n")
    rules = (
        (name, "\n".join([rule_class(name).cost, *exactness_lines(told.pairs[name], told.reasons)]))
        for name in RULES
    )
    headers = ("rule", "cost a sample (n units, p parameters), and exactness")
    print_listing(console, headers, rules)
    console.print(
        "\nexact: equals it with frozen weights. unbiased: equals it in the mean over what the "
        "rule draws. biased: differs. impossible: refused, and why. Options of a rule are written "
        "as sparse-rtrl:k=4,support=shared. More of one: onward info gru, onward info rtrl.",
        highlight=False,
    )


def exactness_lines(on_cells: Mapping[str, str], reasons: Mapping[str, str]) -> list[str]:
    """Each exactness class with its cells, the impossible ones with the reason.

    The class of most cells comes last and says "every other cell".

    Args:
        on_cells: the class of a rule on each cell, or the number of a reason.
        reasons: by number.
    """
    kinds: dict[str, list[str]] = {"exact": [], "unbiased": [], "biased": []}
    refused: dict[str, list[str]] = {}
    for name, kind in on_cells.items():
        (refused.setdefault(reasons[kind], []) if kind in reasons else kinds[kind]).append(name)
    most = max(kinds, key=lambda kind: len(kinds[kind]))
    others = "every cell" if len(kinds[most]) == len(on_cells) else "every other cell"
    return [
        *(f"{kind}: {', '.join(names)}" for kind, names in kinds.items() if names and kind != most),
        *(f"impossible: {', '.join(names)}. {why}" for why, names in refused.items()),
        *([f"{most}: {others}"] if kinds[most] else []),
    ]


def tell(name: str) -> None:
    """Print what a cell or a rule is, what it costs and how exact it is."""
    console = Console()
    part = cell_class(name) if name in CELLS else rule_class(name)
    console.print(f"[bold]{name}[/]  onward.{part.__name__}\n", highlight=False)
    console.print(escape(description(part)), highlight=False)
    console.print()
    rows = _of_cell(name) if name in CELLS else _of_rule(name)
    print_listing(console, ("", ""), rows)


def _of_cell(name: str) -> Iterator[tuple[str, str]]:
    told, (inputs, units) = facts().cells[name], EXAMPLE
    yield "use", f"onward run STREAM --cell {name}"
    yield "parameters", f"{told.parameters} (n units, m inputs)"
    yield "structure", f"J = ds_t/ds_{{t-1}} is {told.jacobian}, B = ∂s_t/∂θ is {told.immediate}"
    yield "optimizer=auto", told.optimizer
    yield (
        f"at n={units}, m={inputs}",
        (f"{told.weights} of weights; {told.step} a step; {told.rtrl} carried by exact RTRL"),
    )
    for argument, meaning in arguments(cell_class(name)).items():
        if argument not in EVERY_CELL:
            yield f"{argument}, in Python", meaning
    on_cell = {rule: facts().pairs[rule][name] for rule in RULES}
    for kind in ("exact", "unbiased", "biased"):
        yield kind, ", ".join(rule for rule, found in on_cell.items() if found == kind) or "none"
    for number, reason in facts().reasons.items():
        refused = ", ".join(rule for rule, found in on_cell.items() if found == number)
        if refused:
            yield "impossible", f"{refused}. {reason}"


def _of_rule(name: str) -> Iterator[tuple[str, str]]:
    rule, meant = rule_class(name), arguments(rule_class(name))
    options = {field.name: _text(field.default) for field in dataclasses.fields(rule)}
    set_ones = [f":{option}={value}" for option, value in options.items() if value != "None"]
    yield "use", f"onward run STREAM --rule {name}{''.join(set_ones[:1])}"
    yield "cost a sample", f"{rule.cost} (n units, p parameters)"
    for option, value in options.items():
        yield f"{option}={value}", meant[option]
    for line in exactness_lines(facts().pairs[name], facts().reasons):
        kind, _, which = line.partition(": ")
        yield kind, which


def _text(default: object) -> str:
    """A default as it is written on the command line."""
    names = {kind: name for name, kind in RULES.items()}
    kind = type(default).__name__
    return f"({names[kind]})" if kind in names else str(default)
