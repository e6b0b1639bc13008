"""What exact recurrent learning stores, by the structure of the cell."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from catalogue import CELLS, INPUTS, UNITS, make_cell
from onward import RTRL
from onward.algebra import Full, Local, Unitwise


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


def test_the_influence_starts_at_zero() -> None:
    cell = make_cell("rnn")
    carry = RTRL().init(cell, jnp.ones(5), jnp.ones(INPUTS), jax.random.key(0))
    assert not any(np.any(leaf) for leaf in jax.tree.leaves(carry))
