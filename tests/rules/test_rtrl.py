"""What exact recurrent learning stores, by the structure of the cell."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from catalogue import CELLS, INPUTS, UNITS, make_cell
from onward import RTRL
from onward.algebra import Full, Local, Unitwise
from oracles import case_of, finite_differences, relative

from .walk import walk_of


def carry_of(name: str):
    cell = make_cell(name)
    start = lambda key: RTRL().init(cell, cell.init_state(), jnp.zeros(INPUTS), key)  # noqa: E731
    return cell, jax.eval_shape(start, jax.random.key(0))


def count(tree) -> int:
    return sum(leaf.size for leaf in jax.tree.leaves(tree))


@pytest.mark.parametrize("name", CELLS)
def test_a_unitwise_cell_keeps_its_slots_per_parameter_and_others_the_whole_matrix(name) -> None:
    cell, carry = carry_of(name)
    if CELLS[name].jacobian is Unitwise:
        assert isinstance(carry, Local)
        slots = CELLS[name].state_size // UNITS
        assert count(carry) == slots * count(cell.parameters())
    else:
        assert isinstance(carry, Full)
        assert count(carry) == CELLS[name].state_size * count(cell.parameters())


@pytest.mark.parametrize("name", ["rtu", "rtu nonlinear"])
def test_the_phase_of_a_trace_unit_is_credited_by_the_slope_of_its_logarithm(name) -> None:
    """By finite differences: public code of the source lacks the factor exp(θ_log)."""
    case = case_of(name)
    chosen = jax.tree.map(jnp.zeros_like, case.cell)
    chosen = eqx.tree_at(lambda cell: cell.log_phase, chosen, jnp.ones(UNITS))
    entries = np.flatnonzero(ravel_pytree(chosen)[0])
    slopes = finite_differences(case.cell, case.task, entries)
    found = walk_of(name, "rtrl").credit[:, entries]
    np.testing.assert_allclose(found, slopes, rtol=1e-6, atol=1e-8)
    assert relative(found / np.exp(case.cell.log_phase), slopes) > 0.05


def test_the_influence_starts_at_zero() -> None:
    cell = make_cell("rnn")
    carry = RTRL().init(cell, jnp.ones(5), jnp.ones(INPUTS), jax.random.key(0))
    assert not any(np.any(leaf) for leaf in jax.tree.leaves(carry))
