"""The facts that are shipped are those that the code would compute now."""

import json
from importlib.resources import files

import pytest

import catalogue
from docs.facts import computed, entry, shaped, shapes
from matrix import left, representatives
from onward._names import plain
from onward.cli.told import facts
from onward.runs import CELLS, RULES

# By the names that the tests have for the same cells.
TESTED = {plain(name): name for name in catalogue.CELLS}
# Finding its pattern takes seconds, and on cells of one structure it is the same.
SLOW = "snap"
OFTEN = representatives(SLOW)
STALE = "facts.json is stale: make docs"


# Of each structure one; what a cell says of itself is looked at by its own laws.
BESIDE = {name for name in CELLS if TESTED[plain(name)] not in representatives("tbptt 3") | {"lru"}}


@pytest.mark.parametrize("name", [left(name) if name in BESIDE else name for name in CELLS])
def test_what_is_told_of_a_cell_is_true(name: str) -> None:
    """What `optimizer="auto"` chooses is measured where the probe is tested."""
    *told, optimizer = facts().cells[name]
    cell = shaped(CELLS[name])
    assert told == list(shapes(CELLS[name], cell)), STALE
    row = catalogue.CELLS[TESTED[plain(name)]]
    assert optimizer == row.optimizer, STALE
    reasons = [*facts().reasons.values()]
    for rule, on_cells in facts().pairs.items():
        if rule != SLOW or TESTED[plain(name)] in OFTEN:
            assert on_cells[name] == entry(RULES[rule](), cell, reasons), STALE
    assert len(reasons) == len(facts().reasons)


@pytest.mark.long
def test_all_that_is_shipped_is_what_is_computed() -> None:
    shipped = json.loads(files("onward.cli").joinpath("facts.json").read_text("utf-8"))
    assert shipped == computed(CELLS, RULES), STALE


def test_no_cell_and_no_rule_is_left_out() -> None:
    assert [*facts().cells] == [*CELLS] and [*facts().pairs] == [*RULES]
