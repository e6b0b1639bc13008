"""What exact recurrent learning stores, by the structure of the cell."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from catalogue import CELLS, INPUTS, make_cell
from onward import RTRL
from onward.algebra import Diagonal, Full, Local, Unitwise


def carry_of(name: str):
    cell = make_cell(name)
    start = lambda key: RTRL().init(cell, cell.init_state(), jnp.zeros(INPUTS), key)  # noqa: E731
    return cell, jax.eval_shape(start, jax.random.key(0))


def count(tree) -> int:
    return sum(leaf.size for leaf in jax.tree.leaves(tree))


@pytest.mark.parametrize("name", CELLS)
def test_a_unitwise_cell_keeps_what_moves_each_unit_and_others_the_whole_matrix(name) -> None:
    cell, carry = carry_of(name)
    immediate = jax.eval_shape(cell.immediate, cell.init_state(), jnp.zeros(INPUTS))
    if CELLS[name].jacobian in (Diagonal, Unitwise):
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


def test_the_influence_starts_at_zero() -> None:
    cell = make_cell("rnn")
    carry = RTRL().init(cell, jnp.ones(5), jnp.ones(INPUTS), jax.random.key(0))
    assert not any(np.any(leaf) for leaf in jax.tree.leaves(carry))
