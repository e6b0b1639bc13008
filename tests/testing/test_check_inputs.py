"""What the checks of models are given: symbols, other dtypes, and what is no part at all."""

from functools import partial

import equinox as eqx
import jax
import numpy as np
import pytest

from catalogue import INPUTS, UNITS
from onward import (
    GRU,
    LRU,
    RTRL,
    Embedded,
    Immediate,
)
from onward.testing import check_cell, check_rule

from .examples import rnn


@pytest.mark.matrix
def test_single_precision_passes() -> None:
    with jax.enable_x64(False):
        cell = GRU(INPUTS, UNITS, key=jax.random.key(0))
        check_cell(cell)
        check_rule(RTRL(), cell)
        check_rule(Immediate(), cell)


def symbols(factory=GRU) -> Embedded:
    return Embedded(factory(2, 3, key=jax.random.key(0)), 4, key=jax.random.key(1))


EVERY_SYMBOL = np.array([[2], [0], [1], [3], [3], [2], [1], [0], [2], [3]])


@pytest.mark.matrix
@pytest.mark.parametrize("factory", [LRU, GRU])
def test_a_cell_that_reads_symbols_is_checked_on_symbols(factory) -> None:
    check_cell(symbols(factory), xs=EVERY_SYMBOL)
    check_rule(RTRL(), symbols(factory), xs=EVERY_SYMBOL)
    check_rule(Immediate(), symbols(factory), xs=EVERY_SYMBOL)


class LateTable(Embedded):
    """B of the table halved, where a symbol is read."""

    def immediate(self, state_prev, x):
        made = super().immediate(state_prev, x)
        table = lambda local: local.leaves.table  # noqa: E731
        return eqx.tree_at(table, made, table(made) / 2)


def test_a_fault_that_shows_on_symbols_only_is_found(untyped) -> None:
    cell = LateTable(GRU(2, 3, key=jax.random.key(0)), 4, key=jax.random.key(1))
    with pytest.raises(AssertionError, match=r"got 6 of .* numbers that never do, in table\. Try"):
        check_cell(symbols(), xs=[[2]] * 3)
    with pytest.raises(AssertionError, match=r"^Expected immediate of LateTable .* by table\[\d, "):
        check_cell(cell, xs=EVERY_SYMBOL)
    with pytest.raises(AssertionError, match=r"on LateTable to be exact, as stated; got"):
        check_rule(RTRL(), cell, xs=EVERY_SYMBOL)


BAD_XS = [
    (np.zeros(3), r"at least \d rows? of input_size=3; got shape \(3,\) in float64\. Try one row"),
    (np.zeros((4, 2)), r"at least \d rows? of input_size=3; got shape \(4, 2\) in float64\."),
    (np.zeros((0, 3)), r"at least \d rows? of input_size=3; got shape \(0, 3\) in float64\."),
    (np.zeros((4, 3), complex), r"as real numbers, .*; got shape \(4, 3\) in complex128\."),
    ([["a"] * 3] * 4, r"as real numbers, .*; got shape \(4, 3\) in <U1\."),
]


@pytest.mark.parametrize(("xs", "message"), BAD_XS, ids=[m[-30:] for _, m in BAD_XS])
def test_inputs_that_do_not_fit_are_refused(xs, message) -> None:
    for check in (check_cell, partial(check_rule, RTRL())):
        with pytest.raises(ValueError, match=message):
            check(rnn(), xs=xs)
    with pytest.raises(ValueError, match=r"at least 2 rows of input_size=3; got shape \(1, 3\)"):
        check_rule(RTRL(), rnn(), xs=np.zeros((1, 3)))


CHECKS_OF_OTHER_THINGS = {
    "a number as cell": (
        lambda: check_cell(3),
        r"^Expected cell of type AbstractCell; got 3\. Try",
    ),
    "a class as cell": (
        lambda: check_cell(GRU),
        r"AbstractCell; got the class GRU\. Try onward\.G",
    ),
    "a class as rule": (
        lambda: check_rule(RTRL, rnn()),
        r"^Expected rule of type AbstractRule; got the class RTRL\. Try check_rule\(onward\.RTRL",
    ),
    "a rule's class as cell": (
        lambda: check_rule(RTRL(), GRU),
        r"^Expected cell of type AbstractCell; got the class GRU\. Try check_rule\(",
    ),
    "swapped": (lambda: check_rule(rnn(), RTRL()), r"^Expected rule of type AbstractRule; got RNN"),
}


@pytest.mark.parametrize("case", CHECKS_OF_OTHER_THINGS)
def test_what_is_no_cell_or_rule_is_refused(case, untyped) -> None:
    check, message = CHECKS_OF_OTHER_THINGS[case]
    with pytest.raises(ValueError, match=message):
        check()
