"""What holds for every rule on every cell, with frozen weights, at every step."""

from collections.abc import Iterator
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from _pytest.mark import ParameterSet

from catalogue import CELLS, INPUTS, RULES, make_cell
from matrix import END_TO_END, beside, later, on, representatives
from onward import ImpossiblePairError
from onward.algebra import materialise
from oracles import case_of, relative, slopes_of

from .walk import CLOSED, PAIRS, SAME, closed_form, walk_of


@pytest.mark.parametrize(("cell", "rule"), PAIRS)
def test_the_exactness_class_is_what_is_measured(cell: str, rule: str) -> None:
    case, walked, row = case_of(cell), walk_of(cell, rule), RULES[rule]
    stated = row.make(case.cell).exactness(case.cell)
    assert stated == row.exactness(cell)
    found = walked.credit + case.linear.direct
    if stated == "exact":
        for step, whole in zip(found, case.gradient, strict=True):
            assert relative(step, whole) < 1e-10
    else:
        assert relative(found, case.gradient) > 1e-3


def exact(pair) -> bool:
    cell, rule = pair.values
    return cell in RULES[rule].exact_on and CELLS[cell].smooth


def looked_at(pair: ParameterSet) -> ParameterSet:
    """That autodiff of a step is true, each cell's own laws say."""
    cell, rule = pair.values
    return later(pair) if rule == END_TO_END and cell not in representatives() else pair


EXACT = [looked_at(pair) for pair in PAIRS if exact(pair)]


@pytest.mark.parametrize(("cell", "rule"), EXACT)
def test_an_exact_rule_gives_the_central_differences(cell: str, rule: str) -> None:
    """At every step and for their sum, the loss of the whole sequence; by every parameter."""
    found, slopes = walk_of(cell, rule).credit + case_of(cell).linear.direct, slopes_of(cell)
    for step, slope in zip(found, slopes, strict=True):
        assert relative(step, slope) < 1e-6
    assert relative(found.sum(axis=0), slopes.sum(axis=0)) < 1e-6


@pytest.mark.parametrize(("cell", "rule"), CLOSED)
def test_the_credit_is_the_rules_closed_form(cell: str, rule: str) -> None:
    case, walked = case_of(cell), walk_of(cell, rule)
    expected = closed_form(RULES[rule].make(case.cell), case, walked.carries)
    np.testing.assert_allclose(walked.credit, expected, rtol=1e-10, atol=1e-12)


def typed() -> Iterator[ParameterSet]:
    """All pairs: in `make test`, with types checked at run time, are each rule once, and each cell
    with one rule.

    What a rule hands to a cell and what a cell hands back are annotated for all alike.
    """
    rules: set[object] = set()
    for pair in PAIRS:
        cell, rule = pair.values
        again = rule != END_TO_END and rule in rules
        if not beside(str(cell), str(rule)):
            rules.add(rule)
        yield later(pair) if again else pair._replace(marks=[*pair.marks, pytest.mark.shapes])


@pytest.mark.parametrize(("cell", "rule"), list(typed()))
def test_carry_and_credit_keep_their_shapes_and_dtypes(cell: str, rule: str) -> None:
    """In single precision; in double the walk's scan refuses anything else."""
    made = make_cell(cell, dtype=np.float32)
    state, x = made.init_state(), jnp.zeros(INPUTS, np.float32)
    first, after, credit = jax.eval_shape(
        partial(verbs, RULES[rule].make(made), made, state, x), jax.random.key(0)
    )
    assert after == first
    assert credit == jax.eval_shape(made.parameters)


def verbs(rule, cell, state, x, key):
    first = rule.init(cell, state, x, key)
    after = rule.advance(cell, first, state, x)
    return first, after, materialise(rule.credit(cell, after, state))


LIMITS = [
    on(cell, rule, limit, rule=rule)
    for cell in CELLS
    for rule, limit in SAME.items()
    if cell not in RULES[rule].impossible_on | RULES[limit].impossible_on
]


@pytest.mark.parametrize(("cell", "rule", "limit"), LIMITS)
def test_limits_of_rules_are_other_rules(cell: str, rule: str, limit: str) -> None:
    found, expected = walk_of(cell, rule).credit, walk_of(cell, limit).credit
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-13)


IMPOSSIBLE = [
    on(cell, rule, rule=rule) for rule in RULES for cell in sorted(RULES[rule].impossible_on)
]


@pytest.mark.parametrize(("cell", "rule"), IMPOSSIBLE)
def test_an_impossible_pair_is_refused_with_a_reason_and_a_way_out(cell: str, rule: str) -> None:
    made = make_cell(cell)
    with pytest.raises(ImpossiblePairError, match=r"^Expected .+; got .+\. Try .+\.$"):
        RULES[rule].make(made).refuse(made)


@pytest.mark.parametrize("rule", RULES)
def test_equal_rules_are_equal_and_hash_alike(rule: str) -> None:
    cell = make_cell("rnn")
    first, second = RULES[rule].make(cell), RULES[rule].make(cell)
    assert first == second
    assert hash(first) == hash(second)
    others = [RULES[name].make(cell) for name in RULES if name != rule]
    assert first not in others


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_states_its_cost_and_what_it_trains(rule: str) -> None:
    made = RULES[rule].make(make_cell("rnn"))
    assert "time" in made.cost
    assert "memory" in made.cost
    assert made.trains <= {"cell", "readout"}
    assert ("cell" in made.trains) == (rule not in ("frozen", "readout only"))
