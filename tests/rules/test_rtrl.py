"""What exact recurrent learning stores, by the structure of the cell."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from catalogue import CELLS, INPUTS, UNITS, make_cell
from matrix import by_structure, left, on
from onward import GRU, RNN, RTRL, ImpossiblePairError, cost
from onward.algebra import Diagonal, Full, Local, Shift, Unitwise
from oracles import case_of, relative, slopes_of

from .walk import walk_of


def carry_of(name: str):
    cell = make_cell(name)
    start = lambda key: RTRL().init(cell, cell.init_state(), jnp.zeros(INPUTS), key)  # noqa: E731
    return cell, jax.eval_shape(start, jax.random.key(0))


def count(tree) -> int:
    return sum(leaf.size for leaf in jax.tree.leaves(tree))


@by_structure(name for name in CELLS if "stack" not in name)
def test_a_unitwise_cell_keeps_what_moves_each_unit_and_others_the_whole_matrix(name) -> None:
    cell, carry = carry_of(name)
    immediate = jax.eval_shape(cell.immediate, cell.init_state(), jnp.zeros(INPUTS))
    if CELLS[name].jacobian in (Diagonal, Shift, Unitwise):
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


@pytest.mark.parametrize("name", [on(name, rule="rtrl") for name in ("rtu", "rtu nonlinear")])
def test_the_phase_of_a_trace_unit_is_credited_by_the_slope_of_its_logarithm(name) -> None:
    """By finite differences: public code of the source lacks the factor exp(θ_log)."""
    case = case_of(name)
    chosen = jax.tree.map(jnp.zeros_like, case.cell)
    chosen = eqx.tree_at(lambda cell: cell.log_phase, chosen, jnp.ones(UNITS))
    entries = np.flatnonzero(ravel_pytree(chosen)[0])
    slopes = slopes_of(name)[:, entries]
    found = walk_of(name, "rtrl").credit[:, entries]
    np.testing.assert_allclose(found, slopes, rtol=1e-6, atol=1e-8)
    assert relative(found / np.exp(case.cell.log_phase), slopes) > 0.05


def test_the_influence_starts_at_zero() -> None:
    cell = make_cell("rnn")
    carry = RTRL().init(cell, jnp.ones(5), jnp.ones(INPUTS), jax.random.key(0))
    assert not any(np.any(leaf) for leaf in jax.tree.leaves(carry))


def rounded(influence, kind):
    """Every number of an influence as near as a type of lower precision has one."""
    return jax.tree.map(lambda leaf: leaf.astype(kind).astype(leaf.dtype), influence)


def gradient_after(cell, xs, rule, kind=None) -> np.ndarray:
    """The gradient of a fixed signal after some steps; the influence rounded by us on the way."""
    start = cell.init_state()
    signal = jnp.cos(jnp.arange(start.size, dtype=xs.dtype))

    @jax.jit
    def go(xs):
        def step(carried, x):
            state, carry = carried
            carry = rule.advance(cell, carry, state, x)
            return (cell(state, x), carry if kind is None else rounded(carry, kind)), None

        first = rule.init(cell, start, xs[0], jax.random.key(0))
        (_, carry), _ = jax.lax.scan(step, (start, first), xs)
        return ravel_pytree(rule.credit(cell, carry, signal))[0]

    return np.asarray(go(xs))


@pytest.mark.parametrize("make", [RNN, left(GRU)])
def test_an_influence_in_bfloat16_gives_nearly_the_gradient(make) -> None:
    """Within 1 %: so is one that we round; one in eight bits, or of the last step alone, is not."""
    cell = make(3, 16, key=jax.random.key(0), dtype=np.float32)
    xs = jax.random.normal(jax.random.key(1), (200, 3), np.float32)
    exact = gradient_after(cell, xs, RTRL())
    found = gradient_after(cell, xs, RTRL("bfloat16"))
    assert found.dtype == np.float32
    assert 1e-5 < relative(found, exact) < 0.01
    assert relative(gradient_after(cell, xs, RTRL(), jnp.bfloat16), exact) < 0.01
    assert relative(gradient_after(cell, xs, RTRL(), jnp.float8_e4m3fn), exact) > 0.015
    assert relative(gradient_after(cell, xs[-1:], RTRL()), exact) > 0.1


@pytest.mark.parametrize("name", [left("rnn"), "lstm", left("undeclared"), left("leaky")])
def test_a_rounded_influence_is_two_bytes_a_number_and_stays_so(name) -> None:
    cell = make_cell(name, dtype=np.float32)
    state, x, rule = cell.init_state(), jnp.zeros(INPUTS, np.float32), RTRL("bfloat16")
    first = jax.eval_shape(lambda key: rule.init(cell, state, x, key), jax.random.key(0))
    assert jax.eval_shape(lambda carry: rule.advance(cell, carry, state, x), first) == first
    assert cost(cell, rule).carry_bytes * 2 == cost(cell, RTRL()).carry_bytes
    assert rule.exactness(cell) == "biased"
    assert RTRL().exactness(cell) == "exact"


@pytest.mark.parametrize(("name", "structure"), [("lru", "Local"), ("stack", "Triangular")])
def test_an_influence_with_structure_is_not_rounded(name, structure) -> None:
    message = rf"^Expected .*; got one of the structure {structure}\. Try influence_dtype=None\.$"
    with pytest.raises(ImpossiblePairError, match=message):
        RTRL("bfloat16").refuse(make_cell(name))


def test_another_dtype_is_refused(untyped) -> None:
    with pytest.raises(
        ValueError, match=r"^Expected influence_dtype to be .*; got 'float16'\. Try"
    ):
        RTRL("float16")
