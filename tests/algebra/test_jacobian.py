"""Every structure of a recurrent Jacobian against its dense matrix."""

import math

import jax.numpy as jnp
import numpy as np
import pytest

from onward.algebra import Dense, RowSparse
from onward.algebra.slots import UNROLLED
from oracles import jit

from .examples import JACOBIANS, UNITS, jacobian, jacobian_matrix

SLOTS = pytest.mark.parametrize("slots", [1, 2])
CLOSE = {"rtol": 1e-13, "atol": 1e-13}


@SLOTS
@JACOBIANS
def test_materialised_it_is_the_matrix_that_its_fields_mean(kind, slots) -> None:
    example = jacobian(kind, slots)
    np.testing.assert_allclose(
        jit(type(example).materialise)(example), jacobian_matrix(example), **CLOSE
    )


@SLOTS
@JACOBIANS
@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
def test_applied_to_rows_it_is_the_matrix_product(kind, slots, shape) -> None:
    example = jacobian(kind, slots)
    rows = np.random.default_rng(3).normal(size=(slots * UNITS, *shape))
    found = jit(type(example).apply)(example, rows)
    assert found.shape == rows.shape
    np.testing.assert_allclose(found, np.tensordot(jacobian_matrix(example), rows, 1), **CLOSE)


@pytest.mark.parametrize("shape", [(), (2, 3)])
def test_many_slots_are_applied_as_few_are(shape) -> None:
    example = jacobian("unitwise", UNROLLED + 1)
    rows = np.random.default_rng(3).normal(size=((UNROLLED + 1) * UNITS, *shape))
    found = jit(type(example).apply)(example, rows)
    np.testing.assert_allclose(found, np.tensordot(jacobian_matrix(example), rows, 1), **CLOSE)


@SLOTS
@JACOBIANS
def test_the_pattern_covers_all_nonzeros_and_counts_them(kind, slots) -> None:
    example = jacobian(kind, slots)
    nonzero = jacobian_matrix(example) != 0
    pattern = np.asarray(jit(type(example).pattern)(example))
    # Random entries are never zero, so that a pattern may not admit more than there is, either.
    np.testing.assert_array_equal(pattern, nonzero)
    assert example.nonzeros_per_row == pattern.sum(axis=1).max()


@SLOTS
@JACOBIANS
def test_the_diagonal_is_that_of_the_matrix(kind, slots) -> None:
    example = jacobian(kind, slots)
    np.testing.assert_allclose(
        jit(type(example).diagonal)(example), np.diag(jacobian_matrix(example)), **CLOSE
    )


@SLOTS
@JACOBIANS
def test_unitwise_means_that_no_unit_sees_another(kind, slots) -> None:
    example = jacobian(kind, slots)
    unit = np.arange(slots * UNITS) % UNITS
    across = jacobian_matrix(example)[unit[:, None] != unit]
    assert example.unitwise == (not across.any())


@SLOTS
@JACOBIANS
def test_within_units_are_the_slots_own_blocks(kind, slots) -> None:
    example = jacobian(kind, slots)
    within = jit(lambda example: example.within_units((slots, UNITS)).materialise())(example)
    unit = np.arange(slots * UNITS) % UNITS
    expected = jacobian_matrix(example) * (unit[:, None] == unit)
    np.testing.assert_allclose(within, expected, **CLOSE)


@SLOTS
@JACOBIANS
def test_what_passes_beside_matrices_is_told_only_where_it_is_declared(kind, slots) -> None:
    example = jacobian(kind, slots)
    beside = example.beside_matrices((slots, UNITS))
    if kind in ("dense", "sparse"):
        assert beside is None
    else:
        direct = example.direct if kind == "gated" else example
        np.testing.assert_array_equal(beside.materialise(), direct.materialise())


@SLOTS
def test_nothing_passes_beside_a_matrix_that_is_declared_recurrent(slots) -> None:
    example = Dense(jacobian("dense", slots).matrix, recurrent=True)
    assert not jnp.any(example.beside_matrices((slots, UNITS)).materialise())
    assert example.beside_matrices((slots, UNITS)).blocks.shape == (slots, slots, UNITS)


@SLOTS
@JACOBIANS
def test_the_reach_is_the_first_power_that_is_zero(kind, slots) -> None:
    example = jacobian(kind, slots)
    powers = [np.linalg.matrix_power(jacobian_matrix(example), k) for k in range(1, 4)]
    first_zero = [k for k, power in enumerate(powers, 1) if not power.any()][:1]
    assert [example.reach] == (first_zero or [math.inf])


def test_a_sparse_map_of_kept_entries_is_the_masked_matrix() -> None:
    random = np.random.default_rng(4)
    matrix, rows = random.normal(size=(6, 6)), random.normal(size=(6, 2, 3))
    columns = np.stack([random.permutation(6)[:2] for _ in range(6)])
    mask = np.zeros((6, 6))
    np.put_along_axis(mask, columns, 1, axis=1)
    kept = RowSparse(jnp.asarray(columns), jnp.take_along_axis(jnp.asarray(matrix), columns, 1))
    np.testing.assert_allclose(kept.materialise(), matrix * mask, **CLOSE)
    expected = np.tensordot(matrix * mask, rows, 1)
    np.testing.assert_allclose(kept.apply(jnp.asarray(rows)), expected, **CLOSE)
    assert not np.allclose(expected, np.tensordot(matrix, rows, 1))
