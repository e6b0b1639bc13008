"""Backpropagation through a block: against plain autodiff, on every structure."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from catalogue import CELLS, INPUTS, make_cell
from matrix import left, on
from onward import BPTT, RTRL, Frozen, Immediate
from onward.algebra import materialise
from onward.cells import AbstractCell
from oracles import jit

STEPS = 6
FIRST = np.isin(np.arange(STEPS), [2, 5])


def block_of(cell: AbstractCell) -> tuple[Any, Any]:
    """What a block keeps of random samples, some of which begin a sequence; and their signals."""
    random = np.random.default_rng(4)
    xs, state, carries = random.normal(size=(STEPS, INPUTS)), cell.init_state(), []
    move = jit(cell.__call__)
    for x, begins in zip(xs, FIRST, strict=True):
        state = cell.init_state() if begins else state
        carries.append(BPTT().advance(cell, None, state, jnp.asarray(x)))
        state = move(state, jnp.asarray(x))
    signals = jax.tree.map(
        lambda leaf: jnp.asarray(random.normal(size=(STEPS, *leaf.shape))), cell.init_state()
    )
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *carries), signals


def through(cell: AbstractCell, carries: Any, signals: Any, cuts: np.ndarray) -> Any:
    """The gradient of Σ ⟨signal, state⟩ through all samples up to where a sequence begins."""

    @jit
    def gradient(arrays):
        def total(arrays):
            moved, state, found = eqx.combine(arrays, rest), None, jnp.zeros(())
            for t, begins in enumerate(cuts):
                kept, x = jax.tree.map(lambda leaf, t=t: leaf[t], carries)
                state = moved(kept if state is None or begins else state, x)
                pairs = zip(jax.tree.leaves(signals), jax.tree.leaves(state), strict=True)
                found = found + sum(jnp.sum(signal[t] * leaf) for signal, leaf in pairs)
            return found

        return jax.grad(total)(arrays)

    arrays, rest = eqx.partition(cell, eqx.is_inexact_array)
    return gradient(arrays)


def assert_near(found: Any, expected: Any) -> None:
    pairs = zip(jax.tree.leaves(materialise(found)), jax.tree.leaves(expected), strict=True)
    for one, other in pairs:
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)


# What a block is walked by is the cell's own step and its vjp: a few kinds of state.
@pytest.mark.parametrize(
    "name",
    [on(cell) if cell == "stack" else left(cell) for cell in CELLS],
)
def test_the_credit_of_a_block_is_its_gradient(name: str) -> None:
    cell = make_cell(name)
    carries, signals = block_of(cell)
    found = jit(BPTT().credit_block)(cell, carries, signals, jnp.asarray(FIRST))
    assert_near(found, through(cell, carries, signals, FIRST))


def test_what_begins_a_sequence_cuts_the_credit() -> None:
    """The control: without the cuts it is another gradient, that of one long sequence."""
    cell = make_cell("gru")
    carries, signals = block_of(cell)
    uncut = jit(BPTT().credit_block)(cell, carries, signals, jnp.zeros(STEPS, bool))
    expected = through(cell, carries, signals, FIRST)
    assert np.abs(np.asarray(uncut.recurrent - expected.recurrent)).max() > 1e-2


@pytest.mark.parametrize("name", [left("lstm"), "stack"])
def test_by_default_the_credit_of_a_block_is_the_sum_of_credits(name: str) -> None:
    cell, rule = make_cell(name), Immediate()
    carries, signals = block_of(cell)
    found = jit(rule.credit_block)(cell, carries, signals, jnp.asarray(FIRST))
    row = lambda t: jax.tree.map(lambda leaf: leaf[t], (carries, signals))  # noqa: E731
    each = [materialise(jit(rule.credit)(cell, *row(t))) for t in range(STEPS)]
    assert_near(found, jax.tree.map(lambda *leaves: sum(leaves), *each))


def test_only_a_rule_that_writes_it_credits_blocks_as_a_whole() -> None:
    found = [rule.credits_blocks for rule in (BPTT(), Immediate(), RTRL(), Frozen())]
    assert found == [True, False, False, False]
