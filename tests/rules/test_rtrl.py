"""What exact recurrent learning stores, by the structure of the cell."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from catalogue import CELLS, INPUTS, UNITS, make_cell
from onward import RTRL
from onward.algebra import Diagonal, Full, Local, Shift, Unitwise
from oracles import case_of, relative, slopes_of

from .walk import walk_of


def carry_of(name: str):
    cell = make_cell(name)
    start = lambda key: RTRL().init(cell, cell.init_state(), jnp.zeros(INPUTS), key)  # noqa: E731
    return cell, jax.eval_shape(start, jax.random.key(0))


def count(tree) -> int:
    return sum(leaf.size for leaf in jax.tree.leaves(tree))


@pytest.mark.parametrize("name", [name for name in CELLS if "stack" not in name])
def test_a_unitwise_cell_keeps_what_moves_each_unit_and_others_the_whole_matrix(name) -> None:
    cell, carry = carry_of(name)
    immediate = jax.eval_shape(cell.immediate, cell.init_state(), jnp.zeros(INPUTS))
    if CELLS[name].jacobian in (Diagonal, Shift, Unitwise):
        assert isinstance(carry, Local)
        assert count(carry) == count(immediate)
    else:
        assert isinstance(carry, Full)
        full = jax.eval_shape(lambda: cell.immediate(cell.init_state(), jnp.zeros(INPUTS)).full())
        assert count(carry) == count(full)


@pytest.mark.parametrize(("name", "numbers"), {"lru": 2, "rnn": 5, "gru": 5, "lstm": 10}.items())
def test_the_numbers_kept_per_parameter(name, numbers) -> None:
    cell, carry = carry_of(name)
    assert count(carry) == numbers * count(cell.parameters())


@pytest.mark.parametrize("name", ["rtu", "rtu nonlinear"])
def test_the_phase_of_a_trace_unit_is_credited_by_the_slope_of_its_logarithm(name) -> None:
    """By finite differences: public code of the source lacks the factor exp(θ_log)."""
    case = case_of(name)
    chosen = jax.tree.map(jnp.zeros_like, case.cell)
    chosen = eqx.tree_at(lambda cell: cell.log_phase, chosen, jnp.ones(UNITS))
    entries = np.flatnonzero(ravel_pytree(chosen)[0])
    slopes = slopes_of(name)[:, entries]
    found = walk_of(name, "rtrl").credit[:, entries]
    np.testing.assert_allclose(found, slopes, rtol=1e-6, atol=1e-8)
    assert relative(found / np.exp(case.cell.log_phase), slopes) > 0.05


def test_the_influence_starts_at_zero() -> None:
    cell = make_cell("rnn")
    carry = RTRL().init(cell, jnp.ones(5), jnp.ones(INPUTS), jax.random.key(0))
    assert not any(np.any(leaf) for leaf in jax.tree.leaves(carry))
