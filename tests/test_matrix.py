"""What `make test` takes of the matrix of rules and cells is every law on every structure."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from catalogue import CELLS, RULES, rules_on
from cells import test_laws as cell_laws
from cost import test_cost
from matrix import END_TO_END, representatives, structure_of
from rules import test_laws, test_sketched_rtrl, test_tbptt, test_unbiased
from rules.walk import PAIRS

# What is asked of shapes alone is walked apart.
SHAPES = test_laws.test_carry_and_credit_keep_their_shapes_and_dtypes
WALKED = (test_laws, test_unbiased, test_sketched_rtrl)


def laws_of(*modules: Any) -> list[Callable]:
    """The tests that are given cells of the catalogue."""
    return [
        law
        for module in modules
        for name, law in vars(module).items()
        if name.startswith("test_") and any(values[0] in CELLS for values, _ in given(law))
    ]


def given(law: Callable) -> Iterator[tuple[tuple, bool]]:
    """What a test is given by `on`, and whether that is left to `make test-all`."""
    for mark in getattr(law, "pytestmark", []):
        for one in mark.args[1] if mark.name == "parametrize" else []:
            marks = {mark.name for mark in getattr(one, "marks", ())}
            if "xdist_group" in marks:
                yield one.values, "matrix" in marks


def structures(values: tuple) -> tuple:
    """A cell's structure with the rules that go with it."""
    return structure_of(*values[:2]), *values[1:]


@pytest.mark.parametrize(
    "law", [law for law in laws_of(*WALKED) if law is not SHAPES], ids=lambda law: law.__name__
)
def test_no_structure_is_left_out_of_a_law(law: Callable) -> None:
    all_of_it = {structures(values) for values, _ in given(law)}
    assert {structures(values) for values, left in given(law) if not left} == all_of_it


@pytest.mark.parametrize("law", laws_of(cell_laws), ids=lambda law: law.__name__)
def test_no_cell_is_left_out_of_a_law_of_cells(law: Callable) -> None:
    assert {values[0] for values, left in given(law) if not left} == set(CELLS)


def test_every_cell_and_every_rule_is_walked() -> None:
    walked = [pair.values for pair in PAIRS if "matrix" not in {mark.name for mark in pair.marks}]
    assert {cell for cell, _ in walked} == set(CELLS)
    assert {rule for _, rule in walked} == set(RULES)
    pairs = {(structure_of(cell, rule), rule) for cell in CELLS for rule in rules_on(cell)}
    assert {(structure_of(cell, rule), rule) for cell, rule in walked} == pairs


def test_every_structure_is_walked_exactly_and_approximately() -> None:
    every = {structure_of(cell) for cell in CELLS}
    walked = [pair.values for pair in PAIRS if "matrix" not in {mark.name for mark in pair.marks}]
    for exact in (True, False):
        found = [cell for cell, rule in walked if (cell in RULES[rule].exact_on) == exact]
        assert {structure_of(cell) for cell in found} == every


def test_every_rule_and_every_cell_keeps_its_shapes() -> None:
    kept = [values for values, left in given(SHAPES) if not left]
    assert {rule for _, rule in kept} == set(RULES)
    assert {cell for cell, rule in kept if rule == END_TO_END} == set(CELLS)


def test_a_window_is_tested_on_all_that_it_sees() -> None:
    law = test_tbptt.test_a_window_over_the_whole_past_is_exact
    kept = {values[0] for values, left in given(law) if not left}
    assert kept == representatives("tbptt 3")


def test_every_rule_and_every_structure_is_counted() -> None:
    law = test_cost.test_bytes_are_those_of_the_real_arrays
    counted = [values for values, left in given(law) if not left]
    assert {rule for _, rule in counted} == set(RULES)
    exact = {structure_of(cell) for cell, rule in counted if rule == END_TO_END}
    assert exact == {structure_of(cell) for cell in CELLS}


@pytest.mark.parametrize("rule", RULES)
def test_a_structure_is_what_a_rule_sees(rule: str) -> None:
    """On cells of one structure a rule is of one exactness class."""
    assert len(representatives(rule)) < 18
    classes: dict[tuple, set[str]] = {}
    for cell in (cell for cell in CELLS if rule in rules_on(cell)):
        classes.setdefault(structure_of(cell, rule), set()).add(RULES[rule].exactness(cell))
    assert {len(stated) for stated in classes.values()} == {1}
