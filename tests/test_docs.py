"""The pages of docs/ run as they stand."""

import re
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import pytest

import catalogue
from onward import RTRL, Learner, probe

PAGE = (Path(__file__).parents[1] / "docs" / "extending.md").read_text("utf-8")
CELL, RULE, CHECK, MISTAKE, ROWS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
(SHOWN,) = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)


def executed(*blocks: str) -> dict[str, Any]:
    """The names that the blocks leave, one after another."""
    scope: dict[str, Any] = {"__name__": "extending"}
    for block in blocks:
        exec(compile(block, "extending.md", "exec"), scope)
    return scope


def test_the_cell_and_the_rule_pass_the_checks_as_written() -> None:
    executed(CELL, RULE, CHECK)


@pytest.mark.parametrize("block", [CELL, RULE], ids=["cell", "rule"])
def test_twenty_lines_are_all_that_they_take(block: str) -> None:
    lines = [line for line in block.splitlines() if line.strip()]
    assert len([line for line in lines if not line.startswith(("import ", "from "))]) <= 20


def test_the_mistake_is_reported_as_shown(untyped) -> None:
    scope = executed(CELL, RULE, CHECK)
    with pytest.raises(AssertionError) as error:
        exec(compile(MISTAKE, "extending.md", "exec"), scope)
    assert f"AssertionError: {error.value}\n" == SHOWN


def test_the_rows_of_the_catalogue_are_true_of_both() -> None:
    scope = {**vars(catalogue), **executed(CELL, RULE)}
    scope |= {"CELLS": {}, "RULES": {}}
    exec(compile(ROWS, "extending.md", "exec"), scope)
    (row,), (rule,) = scope["CELLS"].values(), scope["RULES"].values()
    cell = row.factory(3, catalogue.UNITS, key=jax.random.key(0))
    state, x = cell.init_state(), jnp.zeros(3)
    assert type(cell.jacobian(state, x)) is row.jacobian
    assert type(cell.immediate(state, x)) is row.immediate
    assert catalogue.state_size(cell) == row.state_size
    assert probe(cell).needs_normalisation == (row.optimizer == "rmsprop")
    assert rule.make(cell).exactness(cell) == rule.exactness("ugrnn") == "biased"


def test_both_learn_together_and_apart() -> None:
    scope = executed(CELL, RULE)
    cell = scope["UGRNN"](2, 5, key=jax.random.key(0))
    for rule in (scope["TwoTraces"](), RTRL()):
        learner = Learner(cell, rule=rule)
        # The first label tells the scale, and there is nothing to learn from it.
        _, info = learner.run(learner.init(jax.random.key(0)), [[1.0, 2.0]] * 2, [[3.0], [4.0]])
        assert list(info.learnt) == [False, True]
