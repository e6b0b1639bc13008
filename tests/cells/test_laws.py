"""What holds for every cell: what it declares is what plain autodiff finds, at random states."""

from functools import cache
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from catalogue import CELLS, INPUTS, UNITS, make_cell
from onward.algebra import Diagonal, Shift, Unitwise, materialise
from onward.cells import derive
from oracles import case_of, jit

pytestmark = pytest.mark.shapes
BY_CELL = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in CELLS]
)
WRAPPERS = {"stack", "residual"}
OURS = [
    name
    for name in CELLS
    if type(make_cell(name)).__module__.startswith("onward.cells.")
    and not WRAPPERS & set(name.split())
]
CLOSE = {"rtol": 1e-12, "atol": 1e-12}
# Enough that each relu is on, and each spike in reach, at one of them.
STATES = 32


class Found(NamedTuple):
    """Declared and derived, for each of a few random states."""

    jacobian: np.ndarray
    diagonal: np.ndarray
    pattern: np.ndarray
    immediate: np.ndarray
    gradient: np.ndarray
    true_jacobian: np.ndarray
    true_immediate: np.ndarray
    signal: np.ndarray


@cache
def found_for(name: str) -> Found:
    cell = make_cell(name)
    arrays, rest = eqx.partition(cell, eqx.is_inexact_array)
    theta, unflatten = ravel_pytree(arrays)
    start, unflatten_state = ravel_pytree(cell.init_state())

    def move(theta, state, x):
        return ravel_pytree(eqx.combine(unflatten(theta), rest)(unflatten_state(state), x))[0]

    def one(state, x, signal):
        jacobian = cell.jacobian(unflatten_state(state), x)
        immediate = cell.immediate(unflatten_state(state), x).full()
        gradient = cell.immediate_gradient(unflatten_state(state), x, unflatten_state(signal))
        return Found(
            jacobian.materialise(),
            jacobian.diagonal(),
            jacobian.pattern(),
            jax.vmap(lambda row: ravel_pytree(immediate.pull(row))[0])(jnp.eye(start.size)),
            ravel_pytree(materialise(gradient))[0],
            jax.jacfwd(move, 1)(theta, state, x),
            jax.jacrev(move)(theta, state, x),
            signal,
        )

    random = np.random.default_rng(1)
    states, signals = random.normal(size=(2, STATES, start.size))
    xs = random.normal(size=(STATES, INPUTS))
    return jax.tree.map(np.asarray, jit(jax.vmap(one))(states, xs, signals))


@BY_CELL
def test_the_declared_jacobian_is_that_of_autodiff(name: str) -> None:
    found = found_for(name)
    np.testing.assert_allclose(found.jacobian, found.true_jacobian, **CLOSE)
    diagonals = np.diagonal(found.true_jacobian, axis1=1, axis2=2)
    np.testing.assert_allclose(found.diagonal, diagonals, **CLOSE)
    assert np.abs(found.jacobian).max() > 0.1


@BY_CELL
def test_the_declared_immediate_derivative_is_that_of_autodiff(name: str) -> None:
    found = found_for(name)
    np.testing.assert_allclose(found.immediate, found.true_immediate, **CLOSE)
    assert np.abs(found.immediate).max() > 0.1


@BY_CELL
def test_the_immediate_gradient_is_the_signal_times_the_immediate_derivative(name: str) -> None:
    found = found_for(name)
    expected = np.einsum("ti,tip->tp", found.signal, found.true_immediate)
    np.testing.assert_allclose(found.gradient, expected, **CLOSE)


@BY_CELL
def test_the_pattern_covers_every_nonzero(name: str) -> None:
    found = found_for(name)
    assert not found.true_jacobian[~found.pattern].any()
    cell = make_cell(name)
    jacobian = jax.eval_shape(cell.jacobian, cell.init_state(), jnp.zeros(INPUTS))
    assert jacobian.nonzeros_per_row == found.pattern[0].sum(axis=1).max()
    assert CELLS[name].state_size == len(found.pattern[0])
    moved = (found.true_jacobian != 0).any(axis=0)
    assert moved.sum() == found.pattern[0].sum() - CELLS[name].idle


@BY_CELL
def test_structure_is_declared_by_the_types_returned(name: str) -> None:
    cell = make_cell(name)
    state, x = cell.init_state(), jnp.zeros(INPUTS)
    jacobian = jax.eval_shape(cell.jacobian, state, x)
    immediate = jax.eval_shape(cell.immediate, state, x)
    assert type(jacobian) is CELLS[name].jacobian
    assert type(immediate) is CELLS[name].immediate
    assert jacobian.unitwise == (CELLS[name].jacobian in (Unitwise, Diagonal, Shift))


@BY_CELL
def test_every_parameter_moves_the_state_or_the_output(name: str) -> None:
    """None gets zero in silence: the laws of the rules then say that all of this is credited."""
    felt = np.abs(found_for(name).true_immediate).max(axis=(0, 1))
    assert (np.maximum(felt, np.abs(case_of(name).linear.direct).max(axis=0)) > 1e-9).all()


@BY_CELL
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_step_keeps_the_shape_and_dtype_of_the_state(name: str, dtype) -> None:
    cell = make_cell(name, dtype=dtype)
    state, x = cell.init_state(), jnp.zeros(INPUTS, dtype)
    moved = jax.eval_shape(cell, state, x)
    assert moved == jax.eval_shape(lambda: state)
    assert jax.eval_shape(cell.emit, state, x).ndim == 1
    leaves = [*jax.tree.leaves(state), *jax.tree.leaves(cell.parameters())]
    assert {leaf.dtype for leaf in leaves} == {np.dtype(dtype)}
    assert cell.dtype == dtype


@BY_CELL
def test_only_an_output_that_reads_parameters_has_a_direct_road(name: str) -> None:
    cell = make_cell(name)
    reads = derive.reads_parameters(cell, cell.init_state(), jnp.zeros(INPUTS))
    assert reads == (name in READ_BY_EMIT)


READ_BY_EMIT = {
    "skip",
    "selective ssm",
    "linear attention",
    "delta rule",
    "mlstm",
    "rwkv",
    "stack of three",
    "windowed transformer",
}


@pytest.mark.parametrize("name", OURS)
def test_wrong_sizes_are_refused(name: str, untyped) -> None:
    factory, key = CELLS[name].factory, jax.random.key(0)
    message = r"^Expected hidden_size to be a positive integer; got 0\. Try hidden_size=64\.$"
    with pytest.raises(ValueError, match=message):
        factory(INPUTS, 0, key=key)
    for wrong in (-1, True, 2.5):
        with pytest.raises(ValueError, match=r"^Expected input_size to be a positive integer"):
            factory(wrong, UNITS, key=key)
    with pytest.raises(ValueError, match=r"^Expected a real floating dtype; got complex64"):
        factory(INPUTS, UNITS, key=key, dtype=np.complex64)
    with pytest.raises(ValueError, match=r"^Expected a real floating dtype; got int32"):
        factory(INPUTS, UNITS, key=key, dtype=np.int32)
