"""Rules that keep a part of the Jacobian by its structure: what they store, what they equal."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from catalogue import CELLS, INPUTS, make_cell
from matrix import by_structure, left
from onward import RFLO, EligibilityTrace, EProp, Immediate, SnAp
from onward.algebra import Full, Local
from oracles import case_of, jit, relative, rows
from wired import Wired

from .draws import STEPS, follow
from .walk import closed_form

LOCAL = [name for name, row in CELLS.items() if row.immediate is Local]
KEY = jax.random.key(0)


def carry_of(cell, rule):
    start = lambda key: rule.init(cell, cell.init_state(), jnp.zeros(INPUTS), key)  # noqa: E731
    return jax.eval_shape(start, jax.random.key(0))


def count(tree) -> int:
    return sum(leaf.size for leaf in jax.tree.leaves(tree))


@by_structure(LOCAL)
def test_credit_within_a_unit_is_stored_like_the_immediate_derivative(name) -> None:
    cell = make_cell(name)
    immediate = jax.eval_shape(cell.immediate, cell.init_state(), jnp.zeros(INPUTS))
    for rule in (EProp(), SnAp(1)):
        assert carry_of(cell, rule) == immediate


@pytest.mark.parametrize(("name", "slots"), [("rnn", 1), ("lstm", 2), ("lru", 2)])
def test_it_takes_one_number_per_slot_and_parameter(name, slots) -> None:
    cell = make_cell(name)
    assert count(carry_of(cell, EProp())) == slots * count(cell.parameters())


@pytest.mark.parametrize(
    ("name", "same"), [("rnn", Immediate()), ("leaky", EligibilityTrace(0.6))], ids=str
)
def test_the_part_beside_the_matrices_of_a_leaky_cell_is_its_leak(name, same) -> None:
    """And of a vanilla network nothing; what stays within the unit is more than that."""
    case = case_of(name)
    expected = closed_form(same, case, None)[:STEPS]
    credits = jit(lambda: [follow(rule, case, KEY)[1] for rule in (RFLO(), EProp())])()
    beside, within = (rows(credit, STEPS) for credit in credits)
    np.testing.assert_allclose(beside, expected, rtol=1e-10, atol=1e-12)
    assert relative(within, expected) > 1e-2


@pytest.mark.parametrize(("order", "rows"), [(1, 1), (2, 4), (3, 5)])
def test_only_rows_that_some_steps_reach_are_stored(order, rows) -> None:
    """Units read by 2, 1, 3, 3, 1 others; further readers with each order; all at order 4."""
    cell = make_cell("wired")
    carry = carry_of(cell, SnAp(order))
    assert isinstance(carry, Local)
    assert count(carry) == rows * count(cell.parameters())


@pytest.mark.parametrize(
    ("name", "order"), [("wired", 4), ("rnn", 2), left("lstm", 2), ("skip", 1)]
)
def test_where_all_is_reached_it_is_the_exact_rule(name, order) -> None:
    cell = make_cell(name)
    assert isinstance(carry_of(cell, SnAp(order)), Full)
    assert SnAp(order).exactness(cell) == "exact"


def test_a_rule_of_higher_order_is_closer_to_the_exact_one() -> None:
    case = case_of("wired")
    errors = [
        relative(closed_form(SnAp(order), case, None) + case.linear.direct, case.gradient)
        for order in (1, 2, 3, 4)
    ]
    assert errors == sorted(errors, reverse=True)
    assert errors[2] > 1e-3 and errors[3] < 1e-10


class Parted(Wired):
    READS = np.array([[0, 1, 2], [1, 2, 0], [2, 0, 1], [3, 4, 4], [4, 3, 3]])


class Incomplete(Parted):
    @property
    def exact(self) -> bool:
        return False


def test_a_pattern_that_is_closed_is_exact_without_being_full() -> None:
    """Two groups of units that never meet: rows of the own group are all that there is."""
    cell = Parted(INPUTS, 5, key=jax.random.key(0))
    carry = carry_of(cell, SnAp(2))
    assert count(carry) == 3 * count(cell.parameters())
    assert SnAp(2).exactness(cell) == "exact"
    assert SnAp(1).exactness(cell) == "biased"
    # As exact as the Jacobian that the pattern is of.
    assert SnAp(2).exactness(Incomplete(INPUTS, 5, key=jax.random.key(0))) == "biased"


def test_wrong_orders_are_refused(untyped) -> None:
    for order in (0, True, 1.0):
        with pytest.raises(ValueError, match=r"^Expected order to be a positive .*Try order=1"):
            SnAp(order)
