"""Structure read off by tangents of ones, and what it presumes."""

import jax
import jax.numpy as jnp
import numpy as np

from catalogue import INPUTS, make_cell
from onward.algebra import Full
from onward.cells import derive
from oracles import jit


def test_a_state_is_flattened_leaf_after_leaf() -> None:
    state = {"slow": jnp.arange(2.0), "fast": 5 + jnp.arange(3.0)}
    np.testing.assert_array_equal(derive.flatten(state), [5, 6, 7, 0, 1])


def test_slot_tangents_are_the_diagonals_of_all_blocks() -> None:
    random = np.random.default_rng(0)
    slots = [jnp.asarray(random.normal(size=4)) for _ in range(3)]

    def function(slots):
        a, b, c = slots
        return [jnp.sin(a) * b, c**2 + a]

    found = derive.slot_tangents(function, slots)
    a, b, c = map(np.asarray, slots)
    zero, one = np.zeros(4), np.ones(4)
    expected = [[np.cos(a) * b, one], [np.sin(a), zero], [zero, 2 * c]]
    np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-13, atol=1e-13)


def test_every_row_is_written_out_where_nothing_is_declared() -> None:
    cell = make_cell("undeclared")
    state, x = {"fast": jnp.ones(4), "slow": jnp.ones(2)}, jnp.ones(INPUTS)
    immediate = jit(lambda state: cell.immediate(state, x))(state)
    assert isinstance(immediate, Full)
    moved = np.asarray(immediate.leaves.read)
    slope = np.cos(np.asarray(cell.read).sum(axis=1))
    expected = np.zeros((6, 2, 4))
    expected[4, 0], expected[5, 1] = slope
    np.testing.assert_allclose(moved, expected, rtol=1e-13)


def test_an_emit_that_passes_parameters_on_untouched_does_not_read_them() -> None:
    cell = make_cell("linear")
    state, x = cell.init_state(), jnp.zeros(INPUTS)
    assert not derive.reads_parameters(cell, state, x)
    assert derive.reads_parameters(make_cell("skip"), state, x)
    assert jax.eval_shape(cell.emit, state, x).shape == state.shape
