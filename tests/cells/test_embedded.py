"""A cell that reads symbols, against plain autodiff; and what it learns."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from onward import GRU, LRU, RNN, RTRL, CrossEntropy, Embedded, Learner, Stack, Unscaled
from onward.algebra import Full, Local, materialise
from oracles import jit

SYMBOLS, WIDTH, UNITS = 4, 2, 3
INNER = pytest.mark.parametrize(
    "factory",
    [pytest.param(RNN, marks=pytest.mark.matrix), GRU, LRU],
    ids=lambda factory: factory.__name__,
)


def embedded(factory, seed: int = 0) -> Embedded:
    first, second = jax.random.split(jax.random.key(seed))
    return Embedded(factory(WIDTH, UNITS, key=first), SYMBOLS, key=second)


@INNER
def test_structure_is_the_inner_cells_and_everything_is_that_of_autodiff(factory) -> None:
    cell, x = embedded(factory), jnp.array([2.0])
    arrays, rest = eqx.partition(cell, eqx.is_inexact_array)
    theta, unflatten = ravel_pytree(arrays)
    start, unflatten_state = ravel_pytree(cell.init_state())
    state = jnp.asarray(np.random.default_rng(0).normal(size=start.size))

    def move(theta, state):
        return ravel_pytree(eqx.combine(unflatten(theta), rest)(unflatten_state(state), x))[0]

    immediate = jax.eval_shape(cell.immediate, unflatten_state(state), x)
    assert isinstance(immediate, Local)

    @jit
    def found(state):
        at = unflatten_state(state)
        immediate = cell.immediate(at, x)

        def pulled(signal):
            direct = materialise(cell.immediate_gradient(at, x, unflatten_state(signal)))
            return ravel_pytree(immediate.pull(signal))[0], ravel_pytree(direct)[0]

        return cell.jacobian(at, x).materialise(), *jax.vmap(pulled)(jnp.eye(start.size))

    @jit
    def expected(theta, state):
        return jax.jacfwd(move, 1)(theta, state), jax.jacrev(move)(theta, state)

    jacobian, pulled, direct = found(state)
    moved, rows = expected(theta, state)
    np.testing.assert_allclose(jacobian, moved, atol=1e-12)
    np.testing.assert_allclose(pulled, rows, atol=1e-12)
    np.testing.assert_allclose(direct, rows, atol=1e-12)
    assert np.abs(rows).max() > 0.1


def test_an_inner_cell_without_local_structure_keeps_whole_rows() -> None:
    first, second = jax.random.split(jax.random.key(0))
    inner = Stack([RNN(WIDTH, UNITS, key=first), RNN(UNITS, UNITS, key=second)])
    cell = Embedded(inner, SYMBOLS, key=first)
    assert isinstance(jax.eval_shape(cell.immediate, cell.init_state(), jnp.array([1.0])), Full)


@pytest.mark.parametrize("symbol", [-1.0, 4.0, 1.5])
def test_what_is_no_symbol_reads_as_zeros(symbol) -> None:
    cell = embedded(RNN)
    np.testing.assert_array_equal(
        cell(cell.init_state(), jnp.array([symbol])), cell.cell(cell.init_state(), jnp.zeros(WIDTH))
    )


@pytest.mark.matrix
def test_exact_credit_reaches_the_symbol_that_decides_later() -> None:
    """Of three symbols one decides the class of the sample after next."""
    random = np.random.default_rng(0)
    symbols = random.integers(0, SYMBOLS, 3000)
    classes = (np.roll(symbols, 1) == 2).astype(float)
    learner = Learner(
        embedded(GRU),
        loss=CrossEntropy(2),
        rule=RTRL(),
        optimizer="adam",
        learning_rate=1e-2,
        scale=Unscaled(),
    )
    state = learner.init(jax.random.key(0))
    _, info = learner.run(state, symbols[:, None].astype(float), classes[:, None])
    right = np.argmax(np.asarray(info.prediction), axis=1) == classes
    assert right[-500:].mean() > 0.97 > np.mean(classes == 0) + 0.1


def test_no_symbols_are_refused(untyped) -> None:
    with pytest.raises(ValueError, match=r"^Expected symbols to be a positive integer; got 0"):
        Embedded(RNN(2, 3, key=jax.random.key(0)), 0, key=jax.random.key(0))
