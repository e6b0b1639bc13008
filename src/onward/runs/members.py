"""Cells, rules and losses by name, for configurations and the command line."""

import ast
import dataclasses
import re
from collections.abc import Callable, Mapping
from typing import Any

import onward._names as _names
import onward.cells as cells
import onward.losses as losses
import onward.rules as rules
from onward._names import canonical
from onward.cells import AbstractCell
from onward.rules import AbstractRule

CELLS: Mapping[str, Callable[..., AbstractCell]] = {
    name: getattr(cells, kind) for name, kind in _names.CELLS.items()
}
RULES: Mapping[str, type[AbstractRule]] = {
    name: getattr(rules, kind) for name, kind in _names.RULES.items()
}
REGRESSION_LOSSES: Mapping[str, type[losses.AbstractLoss]] = {
    name: getattr(losses, kind) for name, kind in _names.REGRESSION_LOSSES.items()
}


def named(kind: str, name: str, members: Mapping[str, Any]) -> Any:
    """The member of that name.

    Raises:
        ValueError: there is none; the message names the near misses.
    """
    return members[canonical(kind, name, members)]


def parse_rule(text: str) -> AbstractRule:
    """A rule from `name` or `name:field=value,...`, for example `sparse-rtrl:k=4,support=shared`.

    A value that is itself a rule with options stands in parentheses, for example
    `shadowed:rule=(tbptt:window=3),shadow=rtrl`.

    Raises:
        ValueError: an unknown rule or field, or a value that the rule refuses.
    """
    name, _, tail = text.partition(":")
    rule = named("rule", name, RULES)
    fields = {field.name: field for field in dataclasses.fields(rule)}
    chosen = {}
    for assignment in filter(None, re.split(r",(?![^(]*\))", tail)):
        key, equals, value = assignment.partition("=")
        if key not in fields or not equals:
            raise ValueError(
                f"Expected options of {name} among {', '.join(fields) or 'none'}, as "
                f"{name}:field=value; got {assignment!r}. Try {rule_text(rule())!r}."
            )
        chosen[key] = _literal(f"{name}:{key}", value, fields[key].default)
    return rule(**chosen)


def rule_of_run(text: str) -> AbstractRule:
    """A rule for a run, which moves the weights at each sample; as `parse_rule`.

    Raises:
        ValueError: likewise; or a rule of blocks, which would give no credit through time here.
    """
    rule = parse_rule(text)
    if rule.credits_blocks:
        raise ValueError(
            f"Expected a rule for weights that move at each sample; got {text!r}, which credits "
            "blocks of samples. Try tbptt:window=10, or in Python onward.Learner(cell, "
            "rule=onward.BPTT(), every=10)."
        )
    return rule


def rule_text(rule: AbstractRule) -> str:
    """The text from which `parse_rule` makes the same rule; an option that is None is left out."""
    name = next(name for name, member in RULES.items() if type(rule) is member)
    options = ",".join(
        f"{field.name}={_text(getattr(rule, field.name))}"
        for field in dataclasses.fields(rule)
        if getattr(rule, field.name) is not None
    )
    return f"{name}:{options}" if options else name


def _text(value: Any) -> str:
    """The text of an option's value."""
    return f"({rule_text(value)})" if isinstance(value, AbstractRule) else str(value)


def _literal(option: str, text: str, default: Any) -> Any:
    """The value that a text stands for, of the type that the option has by default."""
    if isinstance(default, AbstractRule):
        return parse_rule(text.removeprefix("(").removesuffix(")"))
    try:
        value = ast.literal_eval(text.capitalize() if text in ("true", "false") else text)
    except (ValueError, SyntaxError):
        value = text
    if isinstance(default, float) and type(value) is int:
        value = float(value)
    if default is not None and type(value) is not type(default):
        kind = type(default).__name__
        raise ValueError(f"Expected {option} as {kind}; got {text!r}. Try {option}={default}.")
    return value
