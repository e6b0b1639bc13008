"""The cost of a rule on a cell, from shapes alone, is that of the real arrays and operations."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from catalogue import RULES, STEPS, make_cell
from matrix import left, once
from onward import (
    GRU,
    LRU,
    LSTM,
    RNN,
    RTRL,
    RWKV,
    TBPTT,
    EligibilityTrace,
    Frozen,
    Immediate,
    ImpossiblePairError,
    SparseRTRL,
    cost,
)
from onward.algebra import materialise, row_sparse
from rules.walk import PAIRS, walk_of

# So few that only a sparse push moves an influence in several blocks, which XLA counts as one.
UNITS, INPUTS = 16, 5


def made(cell, units: int = UNITS, dtype=np.float64):
    """The shapes of a cell: nothing is counted on more."""
    key = jax.eval_shape(lambda: jax.random.key(0))
    return eqx.filter_eval_shape(lambda key: cell(INPUTS, units, key=key, dtype=dtype), key)


def parameters(cell) -> int:
    return sum(leaf.size for leaf in jax.tree.leaves(cell))


@pytest.mark.parametrize(("name", "rule"), once(PAIRS))
def test_bytes_are_those_of_the_real_arrays(name: str, rule: str) -> None:
    cell = make_cell(name)
    found = cost(cell, RULES[rule].make(cell))
    carries = jax.tree.leaves(walk_of(name, rule).carries)
    assert found.carry_bytes == sum(leaf.nbytes for leaf in carries) / STEPS
    assert found.parameter_bytes == sum(leaf.nbytes for leaf in jax.tree.leaves(cell))


@pytest.mark.parametrize("rule", [left(RTRL()), Immediate(), SparseRTRL(2, "largest"), TBPTT(3)])
def test_bytes_are_those_of_the_first_carry(rule) -> None:
    cell = make_cell("lstm", dtype=np.float32)
    carry = rule.init(cell, cell.init_state(), jnp.zeros(3, np.float32), jax.random.key(0))
    assert cost(cell, rule).carry_bytes == sum(leaf.nbytes for leaf in jax.tree.leaves(carry))


def by_xla(shapes, rule) -> tuple[float, ...]:
    """XLA's count of the forward step, of `advance` and of `credit`, compiled."""
    cell = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), shapes)
    state, x = cell.init_state(), jnp.zeros(INPUTS)
    carry = rule.init(cell, state, x, jax.random.key(0))

    def count(function, *arguments):
        done = eqx.filter_jit(function).lower(*arguments).compile().compiled
        analysis = done.cost_analysis() or {}
        return analysis.get("flops", 0) + analysis.get("transcendentals", 0)

    return (
        count(lambda cell, state, x: cell(state, x), cell, state, x),
        count(rule.advance, cell, carry, state, x),
        count(lambda *each: materialise(rule.credit(*each)), cell, carry, state),
    )


# XLA writes a sigmoid as three operations, which weigh most where a credit is one backward step;
# it shares a forward step between J and B, and drops additions to zero.
COUNTED_BY_XLA = [
    (RNN, RTRL(), 0.01),
    (RNN, SparseRTRL(4), 0.15),
    left(RNN, SparseRTRL(4, support="shared"), 0.1),
    (RNN, Immediate(), 0.02),
    (GRU, RTRL(), 0.1),
    left(GRU, Immediate(), 0.15),
    (GRU, SparseRTRL(4, support="shared"), 0.15),
    left(LSTM, RTRL(), 0.1),
    left(LSTM, Immediate(), 0.1),
    (LRU, Immediate(), 0.25),
]


@pytest.mark.parametrize(("cell", "rule", "tolerance"), COUNTED_BY_XLA)
def test_operations_are_those_that_xla_counts(cell, rule, tolerance: float, monkeypatch) -> None:
    # All columns in one block.
    monkeypatch.setattr(row_sparse, "GATHERED", 1 << 20)
    shapes = made(cell)
    expected = by_xla(shapes, rule)
    np.testing.assert_allclose(cost(shapes, rule)[2:], expected, rtol=tolerance)


def test_xla_counts_a_loop_once() -> None:
    """The negative control: our count of a loop is not XLA's, but that of one turn is."""
    shapes = made(GRU)
    five, one = cost(shapes, TBPTT(5)).credit_flops, cost(shapes, TBPTT(1)).credit_flops
    assert 4.5 < five / one < 5.5
    assert by_xla(shapes, TBPTT(5))[2] < five / 4


def close(found: int, expected: float, rtol: float = 0.03) -> bool:
    return abs(found - expected) < rtol * expected


@pytest.mark.parametrize("units", [64, 128])
def test_exact_rtrl_of_a_dense_cell_is_one_product_of_matrices(units: int) -> None:
    shapes = made(RNN, units)
    found, size = cost(shapes, RTRL()), parameters(shapes)
    assert close(found.advance_flops, 2 * units**2 * size)
    assert close(found.credit_flops, 2 * units * size)
    assert close(found.forward_flops, 2 * size)
    assert found.carry_bytes == units * size * 8


def test_exact_rtrl_of_a_diagonal_cell_is_linear_in_the_parameters() -> None:
    small, large = (made(LRU, units) for units in (64, 512))
    ratio = parameters(large) / parameters(small)
    for field in ("advance_flops", "credit_flops", "carry_bytes"):
        first, second = (getattr(cost(cell, RTRL()), field) for cell in (small, large))
        assert close(second, ratio * first)
    assert cost(small, RTRL()).carry_bytes == 2 * parameters(small) * 8


@pytest.mark.parametrize("k", [4, 8])
def test_a_sparse_rule_costs_its_paths(k: int) -> None:
    shapes = made(RNN, 128)
    size = parameters(shapes)
    row, shared = (cost(shapes, SparseRTRL(k, support=kind)) for kind in ("row", "shared"))
    assert close(row.advance_flops, 2 * k * 128 * size)
    assert row.carry_bytes == 128 * size * 8 + 4 * 128 * k + 9
    assert close(shared.advance_flops, 2 * k**2 * size, 0.5)
    assert close(shared.credit_flops, 2 * k * size, 0.5)
    assert close(shared.carry_bytes, (k + 1) * size * 8)


def test_single_precision_halves_the_bytes_and_changes_no_operation() -> None:
    double, single = (cost(made(RWKV, dtype=kind), RTRL()) for kind in (np.float64, np.float32))
    assert single[:2] == (double.parameter_bytes / 2, double.carry_bytes / 2)
    assert single[2:] == double[2:]


def test_a_control_costs_nothing() -> None:
    assert cost(made(GRU), Frozen())[1:] == (0, cost(made(GRU), Immediate()).forward_flops, 0, 0)


def test_a_network_that_fits_nowhere_can_be_counted() -> None:
    found = cost(made(RNN, 100_000, np.float32), RTRL())
    assert close(found.carry_bytes, 4e15)
    assert close(found.advance_flops, 2e20)
    assert cost(made(RNN, 100_000, np.float32), EligibilityTrace()).carry_bytes < 5e10


class Picky(Immediate):
    """A rule for no cell."""

    def refuse(self, cell):
        raise ImpossiblePairError("Expected another cell; got this one. Try none.")


def test_an_impossible_pair_has_no_cost() -> None:
    with pytest.raises(ImpossiblePairError, match=r"^Expected another cell"):
        cost(made(GRU), Picky())
