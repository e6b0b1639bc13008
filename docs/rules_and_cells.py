"""The page of rules and cells, from the facts that are shipped and the classes."""

from collections.abc import Iterable, Iterator

from onward._names import CELLS, RULES
from onward.cli.told import EXAMPLE, Facts, cell_class, facts, rule_class, summary
from onward.runs.members import rule_text


def page() -> str:
    """Every pair, every cell and every rule, as Markdown."""
    told, (inputs, units) = facts(), EXAMPLE
    return "\n".join(
        [
            "# Rules and cells",
            "",
            "Written by `make docs`, from the code itself. `onward info` tells the same.",
            "",
            "## Every pair",
            "",
            "The gradient of a rule, with its options at their defaults, against backpropagation",
            "through the whole past with frozen weights. **exact**: equals it. **unbiased**:",
            "equals it in the mean over what the rule draws. biased: differs. A number: refused,",
            "for the reason below the table.",
            "",
            *pairs(told),
            "",
            "## Cells",
            "",
            f"For n units and m inputs. The last three columns are for n = {units}, m = {inputs}",
            "in single precision: the weights, the operations that move the state one sample on,",
            "and what exact RTRL carries from sample to sample. J = ds_t/ds_{t-1} and B = ∂s_t/∂θ",
            "are of the types named (`onward.algebra`): they decide what a rule costs.",
            "`onward.cost(cell, rule)` counts any other pair and size.",
            "",
            *_table(
                ("cell", "", "parameters", "J", "B", "optimizer=auto", "weights", "step", "RTRL"),
                (_cell_row(told, name) for name in CELLS),
            ),
            "",
            "## Rules",
            "",
            "Time and memory a sample, for n units and p parameters.",
            "",
            *_table(
                ("rule, with its options", "", "cost"),
                (
                    (f"`{rule_text(rule())}`", summary(rule), rule.cost)
                    for rule in map(rule_class, RULES)
                ),
            ),
            "",
        ]
    )


def pairs(told: Facts) -> Iterator[str]:
    """The exactness class of each rule on each cell, and the reasons of those refused."""

    def entry(kind: str) -> str:
        return kind if kind == "biased" or kind in told.reasons else f"**{kind}**"

    yield from _table(
        ("", *told.cells),
        ((name, *map(entry, on_cells.values())) for name, on_cells in told.pairs.items()),
    )
    yield ""
    yield from (f"{number}. {reason}" for number, reason in told.reasons.items())


def _cell_row(told: Facts, name: str) -> tuple[str, ...]:
    cell = told.cells[name]
    derivatives, costs = (cell.jacobian, cell.immediate), (cell.weights, cell.step, cell.rtrl)
    return name, summary(cell_class(name)), cell.parameters, *derivatives, cell.optimizer, *costs


def _table(headers: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    headers = tuple(headers)
    for row in (headers, ("---",) * len(headers), *rows):
        yield "| " + " | ".join(text.replace("|", r"\|") for text in row) + " |"


if __name__ == "__main__":
    print(page(), end="")
