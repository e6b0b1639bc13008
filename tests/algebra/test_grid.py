"""Local influences on a grid of units, for parameters that count all, some or none of its axes."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from matrix import left
from onward.algebra import Diagonal, Full, Local, Shift, Unitwise
from oracles import jit

from .examples import flat, influence_matrix, jacobian_matrix

GRID = (2, 3)
AXES = ((0, 1), (2, 0), (0, None), (None, 0), (None, 1), (None, None))
PARAMETERS = ((2, 3), (3, 5, 2), (2, 5), (3, 5), (4, 3), (4,))
CLOSE = {"rtol": 1e-12, "atol": 1e-12}
SLOTS = pytest.mark.parametrize("slots", [left(1), 2])


def local(slots: int, seed: int) -> Local:
    random = np.random.default_rng(seed)
    leaves = [
        jnp.asarray(random.normal(size=(slots, *lacking(axes), *shape)))
        for axes, shape in zip(AXES, PARAMETERS, strict=True)
    ]
    return Local(leaves, AXES)


def lacking(axes: tuple[int | None, ...]) -> list[int]:
    return [size for size, own in zip(GRID, axes, strict=True) if own is None]


def unitwise(slots: int) -> Unitwise:
    return Unitwise(jnp.asarray(np.random.default_rng(9).normal(size=(slots, slots, *GRID))))


def dense(jacobian: Unitwise) -> np.ndarray:
    flattened = jacobian.blocks.reshape(*jacobian.blocks.shape[:2], -1)
    return jacobian_matrix(Unitwise(flattened))


@SLOTS
def test_the_grid_is_flattened_row_by_row(slots) -> None:
    jacobian = unitwise(slots)
    np.testing.assert_array_equal(jacobian.materialise(), dense(jacobian))
    np.testing.assert_array_equal(jacobian.pattern(), dense(jacobian) != 0)


@SLOTS
def test_a_local_influence_is_pushed_and_stays_local(slots) -> None:
    influence, jacobian = local(slots, 1), unitwise(slots)
    diagonal = Diagonal(jacobian.blocks[0])
    shift = Shift(slots, GRID, np.float64)
    cases = (
        (jacobian, dense(jacobian)),
        (diagonal, np.diag(diagonal.values.ravel())),
        (shift, np.eye(slots * math.prod(GRID), k=-math.prod(GRID))),
    )
    for step, matrix in cases:
        pushed = jit(Local.push)(influence, step)
        assert isinstance(pushed, Local)
        expected = matrix @ influence_matrix(influence)
        np.testing.assert_allclose(influence_matrix(pushed), expected, **CLOSE)


@SLOTS
def test_full_rows_pull_and_sums_are_those_of_the_matrix(slots) -> None:
    influence, count = local(slots, 1), slots * math.prod(GRID)
    matrix, signal = influence_matrix(influence), np.random.default_rng(3).normal(size=count)
    np.testing.assert_array_equal(influence_matrix(influence.full()), matrix)
    np.testing.assert_allclose(flat(influence.pull(jnp.asarray(signal))), signal @ matrix, **CLOSE)
    scaled = influence_matrix(influence.scale_rows(jnp.asarray(signal)))
    np.testing.assert_allclose(scaled, signal[:, None] * matrix, **CLOSE)
    support = np.array([count - 1, 0, 4, 4])
    rows = [np.reshape(leaf, (4, -1)) for leaf in influence.rows(jnp.asarray(support))]
    np.testing.assert_array_equal(np.concatenate(rows, axis=1), matrix[support])
    other = local(slots, 2)
    for first in (influence, influence.full()):
        total = influence_matrix(first.add(other))
        np.testing.assert_allclose(total, matrix + influence_matrix(other), **CLOSE)
    assert isinstance(influence.add(other), Local)
    assert isinstance(influence.full().add(other), Full)


def test_another_reading_of_the_axes_is_another_matrix() -> None:
    """The negative control: a square parameter read along its other axis."""
    leaf = jnp.asarray(np.random.default_rng(0).normal(size=(1, 3, 3)))
    first, second = (influence_matrix(Local([leaf], ((axis,),))) for axis in (0, 1))
    assert not np.allclose(first, second)
    signal = jnp.arange(3.0)
    by_axis = [flat(Local([leaf], ((axis,),)).pull(signal)) for axis in (0, 1)]
    assert not np.allclose(*by_axis)
    assert jax.tree.leaves(by_axis)[0].shape == (9,)
