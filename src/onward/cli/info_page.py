"""`onward info --markdown`: the same as a page, with all pairs in one table."""

from collections.abc import Callable, Iterable, Iterator, Mapping

import equinox as eqx
import jax
import jax.numpy as jnp

from onward.cells import AbstractCell
from onward.cli.facts import optimizer, pair, parameters, shaped, summary
from onward.cost import cost, readable
from onward.rules import RTRL, AbstractRule
from onward.runs import rule_text

# Of the examples of what a cell costs.
INPUTS, UNITS = 16, 64

Cells = Mapping[str, Callable[..., AbstractCell]]
Rules = Mapping[str, type[AbstractRule]]


def page(cells: Cells, rules: Rules) -> str:
    """Every pair, every cell and every rule, as Markdown."""
    members = {name: shaped(cell) for name, cell in cells.items()}
    return "\n".join(
        [
            "# Rules and cells",
            "",
            "Printed by `onward info --markdown` (`make docs`), from the code itself.",
            "",
            "## Every pair",
            "",
            "The gradient of a rule, with its options at their defaults, against backpropagation",
            "through the whole past with frozen weights. **exact**: equals it. **unbiased**:",
            "equals it in the mean over what the rule draws. biased: differs. A number: refused,",
            "for the reason below the table.",
            "",
            *pairs(members, rules),
            "",
            "## Cells",
            "",
            f"For n units and m inputs. The last three columns are for n = {UNITS}, m = {INPUTS}",
            "in single precision: the weights, the operations that move the state one sample on,",
            "and what exact RTRL carries from sample to sample. J = ds_t/ds_{t-1} and B = ∂s_t/∂θ",
            "are of the types named (`onward.algebra`): they decide what a rule costs.",
            "`onward.cost(cell, rule)` counts any other pair and size.",
            "",
            *_table(
                ("cell", "", "parameters", "J", "B", "optimizer=auto", "weights", "step", "RTRL"),
                (_cell_row(name, cells[name], cell) for name, cell in members.items()),
            ),
            "",
            "## Rules",
            "",
            "Time and memory a sample, for n units and p parameters.",
            "",
            *_table(
                ("rule, with its options", "", "cost"),
                ((f"`{rule_text(rule())}`", summary(rule()), rule.cost) for rule in rules.values()),
            ),
            "",
        ]
    )


def pairs(members: Mapping[str, AbstractCell], rules: Rules) -> Iterator[str]:
    """The exactness class of each rule on each cell, and the reasons of those refused."""
    reasons: list[str] = []

    def entry(rule: AbstractRule, cell: AbstractCell) -> str:
        exactness, reason = pair(rule, cell)
        if not reason:
            return exactness if exactness == "biased" else f"**{exactness}**"
        if reason not in reasons:
            reasons.append(reason)
        return str(reasons.index(reason) + 1)

    yield from _table(
        ("", *members),
        (
            (name, *(entry(rule(), cell) for cell in members.values()))
            for name, rule in rules.items()
        ),
    )
    yield ""
    yield from (f"{number}. {reason}" for number, reason in enumerate(reasons, 1))


def _cell_row(name: str, make: Callable[..., AbstractCell], cell: AbstractCell) -> tuple[str, ...]:
    def derivatives(cell: AbstractCell) -> tuple[object, object]:
        state, x = cell.init_state(), jnp.zeros(cell.input_size, cell.dtype)
        return cell.jacobian(state, x), cell.immediate(state, x)

    sized = eqx.filter_eval_shape(lambda key: make(INPUTS, UNITS, key=key), jax.random.key(0))
    types = (type(found).__name__ for found in eqx.filter_eval_shape(derivatives, sized))
    taken = cost(sized, RTRL())
    return (
        name,
        summary(cell),
        parameters(cell),
        *types,
        optimizer(cell),
        readable(taken.parameter_bytes),
        f"{taken.forward_flops / 1000:.0f} kflop",
        readable(taken.carry_bytes),
    )


def _table(headers: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    headers = tuple(headers)
    for row in (headers, ("---",) * len(headers), *rows):
        yield "| " + " | ".join(text.replace("|", r"\|") for text in row) + " |"
