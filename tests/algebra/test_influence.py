"""Every operation on influences against dense matrices."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from matrix import left
from onward.algebra import Full, Local, Shared
from oracles import jit

from .examples import (
    JACOBIANS,
    LAYOUTS,
    UNITS,
    flat,
    full,
    influence_matrix,
    jacobian,
    jacobian_matrix,
    local,
    side_by_side,
)

CLOSE = {"rtol": 1e-12, "atol": 1e-12}
MADE = {"local": local, "full": full}
INFLUENCES = pytest.mark.parametrize("make", MADE.values(), ids=MADE)


def signal_of(slots: int) -> np.ndarray:
    return np.random.default_rng(5).normal(size=slots * UNITS)


@LAYOUTS
@INFLUENCES
def test_full_writes_out_every_row(make, slots, axis) -> None:
    influence = make(slots, axis)
    written = jit(type(influence).full)(influence)
    assert isinstance(written, Full)
    np.testing.assert_allclose(influence_matrix(written), influence_matrix(influence), **CLOSE)


@LAYOUTS
@INFLUENCES
@JACOBIANS
def test_push_is_the_product_with_the_jacobian(kind, make, slots, axis) -> None:
    influence, step = make(slots, axis), jacobian(kind, slots)
    pushed = jit(type(influence).push)(influence, step)
    expected = jacobian_matrix(step) @ influence_matrix(influence)
    np.testing.assert_allclose(influence_matrix(pushed), expected, **CLOSE)
    stays_local = isinstance(influence, Local) and kind in ("diagonal", "unitwise", "shift")
    assert isinstance(pushed, Local if stays_local else Full)


@LAYOUTS
@pytest.mark.parametrize("other", MADE.values(), ids=MADE)
@INFLUENCES
def test_add_is_the_sum(make, other, slots, axis) -> None:
    influence, immediate = make(slots, axis, 1), other(slots, axis, 2)
    total = jit(type(influence).add)(influence, immediate)
    expected = influence_matrix(influence) + influence_matrix(immediate)
    np.testing.assert_allclose(influence_matrix(total), expected, **CLOSE)
    assert isinstance(total, Local if make is other is local else Full)


@LAYOUTS
@INFLUENCES
def test_pull_is_the_signal_times_the_matrix(make, slots, axis) -> None:
    influence, signal = make(slots, axis), signal_of(slots)
    gradient = jit(type(influence).pull)(influence, signal)
    np.testing.assert_allclose(flat(gradient), signal @ influence_matrix(influence), **CLOSE)
    assert [leaf.ndim + 1 for leaf in jax.tree.leaves(gradient)] == [
        leaf.ndim for leaf in jax.tree.leaves(influence.leaves)
    ]


@LAYOUTS
@INFLUENCES
def test_rows_are_those_of_the_matrix_in_the_order_asked_for(make, slots, axis) -> None:
    influence = make(slots, axis)
    support = np.array([2, slots * UNITS - 1, 0, 2])
    rows = jit(type(influence).rows)(influence, support)
    found = side_by_side(rows, len(support))
    np.testing.assert_allclose(found, influence_matrix(influence)[support], **CLOSE)


@LAYOUTS
@INFLUENCES
def test_scale_is_the_multiple_of_the_same_structure(make, slots, axis) -> None:
    influence = make(slots, axis)
    scaled = influence.scale(0.3)
    assert jax.tree.structure(scaled) == jax.tree.structure(influence)
    np.testing.assert_allclose(influence_matrix(scaled), 0.3 * influence_matrix(influence), **CLOSE)


@LAYOUTS
@INFLUENCES
def test_scaled_rows_are_those_of_the_matrix_times_numbers_of_their_own(make, slots, axis) -> None:
    influence, factors = make(slots, axis), signal_of(slots)
    scaled = jit(type(influence).scale_rows)(influence, factors)
    expected = factors[:, None] * influence_matrix(influence)
    np.testing.assert_allclose(influence_matrix(scaled), expected, **CLOSE)
    assert isinstance(scaled, type(influence))


def first_shared(immediate, slots: int, k: int) -> Shared:
    """The influence after one step from nothing: B alone."""
    rows = jax.tree.map(jnp.zeros_like, jit(type(immediate).rows)(immediate, np.arange(k)))
    return Shared(rows, jnp.zeros((slots * UNITS, k)), immediate)


# The last has too many paths to be written out one by one.
PATHS = [left(1, 0, 2), left(1, 1, 2), left(2, 0, 2), (2, 1, 2), (3, 0, 9)]


@pytest.mark.parametrize(("slots", "axis", "k"), PATHS)
@INFLUENCES
@pytest.mark.parametrize("fixed", [True, False], ids=["one support", "a new one each step"])
def test_shared_steps_are_the_recursion_through_the_support_alone(
    make, fixed, slots, axis, k
) -> None:
    size = slots * UNITS
    random = np.random.default_rng(6)
    shared = first_shared(make(slots, axis, 0), slots, k)
    matrix = influence_matrix(make(slots, axis, 0))
    support = random.permutation(size)[:k]
    advance, write, pull = jit(Shared.step), jit(Shared.full), jit(Shared.pull)
    for seed in range(1, 5):
        support = support if fixed else random.permutation(size)[:k]
        step, immediate = jacobian("gated", slots, seed), make(slots, axis, seed)
        shared = advance(shared, support, step, immediate)
        mask = np.isin(np.arange(size), support)
        matrix = (jacobian_matrix(step) * mask) @ matrix + influence_matrix(immediate)
        np.testing.assert_allclose(influence_matrix(write(shared)), matrix, **CLOSE)
        pulled = flat(pull(shared, signal_of(slots)))
        np.testing.assert_allclose(pulled, signal_of(slots) @ matrix, **CLOSE)
        assert all(len(leaf) == k for leaf in jax.tree.leaves(shared.leaves))
