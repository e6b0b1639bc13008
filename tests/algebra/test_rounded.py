"""An influence in bfloat16 against dense matrices, and its rounding against JAX's own."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from onward.algebra import Full, Local, Rounded
from oracles import jit

from .examples import flat, full, influence_matrix, jacobian, jacobian_matrix, local

# Half a unit in the last of 8 bits, of numbers that cancel no worse than these do.
ONCE = {"rtol": 2**-8, "atol": 0}
SLOTS, AXIS = 2, 1


def test_the_nearest_number_is_kept_and_of_two_the_even_one() -> None:
    random = np.random.default_rng(0)
    ties = np.array([1 + 2**-8, 1 + 3 * 2**-8, -1 - 2**-8, 2**-130, 3.4e38, -0.0, np.inf])
    bits = random.integers(0, 2**32, 5_000, np.uint32).view(np.float32)
    payload = np.array([0x7FFFFFFF, 0xFFFFFFFF, 0x7F800001], np.uint32).view(np.float32)
    values = jnp.asarray(np.concatenate([ties.astype(np.float32), bits, payload])[None])
    found = jit(Rounded.of)(Full([values])).full().leaves[0]
    expected = values.astype(jnp.bfloat16).astype(np.float32)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("kind", ["dense", "gated", "sparse", "unitwise"])
def test_push_and_pull_round_once(kind) -> None:
    influence, step = Rounded.of(full(SLOTS, AXIS)), jacobian(kind, SLOTS)
    matrix = influence_matrix(influence.full())
    pushed = jit(Rounded.push)(influence, step)
    assert all(leaf.dtype == np.uint16 for leaf in jax.tree.leaves(pushed))
    expected = jacobian_matrix(step) @ matrix
    np.testing.assert_allclose(influence_matrix(pushed.full()), expected, **ONCE)
    signal = np.random.default_rng(5).normal(size=len(matrix))
    gradient = flat(jit(Rounded.pull)(influence, signal))
    assert gradient.dtype == np.float64
    np.testing.assert_allclose(gradient, signal @ matrix, rtol=1e-12)


@pytest.mark.parametrize("immediate", [local(SLOTS, AXIS), full(SLOTS, AXIS, 3)], ids=type)
def test_add_is_the_sum_rounded(immediate: Local | Full) -> None:
    influence = Rounded.of(full(SLOTS, AXIS))
    total = jit(Rounded.add)(influence, immediate)
    expected = influence_matrix(influence.full()) + influence_matrix(immediate)
    np.testing.assert_allclose(influence_matrix(total.full()), expected, **ONCE)


def test_what_else_can_be_asked_of_it() -> None:
    influence = Rounded.of(full(SLOTS, AXIS))
    matrix = influence_matrix(influence.full())
    support = jnp.array([3, 0])
    rows = [np.reshape(leaf, (2, -1)) for leaf in jax.tree.leaves(influence.rows(support))]
    np.testing.assert_array_equal(np.concatenate(rows, axis=1), matrix[support])
    scaled = influence_matrix(influence.scale(0.3).full())
    np.testing.assert_allclose(scaled, 0.3 * matrix, **ONCE)
    wrapped = influence.within(lambda tree: [tree]).full()
    np.testing.assert_array_equal(influence_matrix(wrapped), matrix)
