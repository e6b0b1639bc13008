"""Backpropagation through a rolling window: against plain autodiff, with and without learning."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from catalogue import INPUTS, STEPS, make_cell
from matrix import by_structure, left
from onward import TBPTT
from onward.algebra import materialise
from oracles import case_of, jit, relative, rows

WINDOW = 3


def stream(steps: int) -> jax.Array:
    return jnp.asarray(np.random.default_rng(5).normal(size=(steps, INPUTS)))


def drift(cell, t: int):
    """The cell after t updates of some learner."""
    return jax.tree.map(lambda leaf: leaf * (1 + 0.03 * t), cell)


@pytest.mark.parametrize("name", [left("rnn"), "lstm"])
def test_under_learning_the_window_is_replayed_with_the_newest_weights(name) -> None:
    """From the state that was visited `window` steps ago, which older weights had made."""
    start, rule, xs = make_cell(name), TBPTT(WINDOW), stream(7)
    advance, credit = jit(rule.advance), jit(rule.credit)

    @jit
    def replayed(cell, state, past):
        def signal(cell):
            last = state
            for x in past:
                last = cell(last, x)
            return sum(jnp.sum(jnp.sin(leaf)) for leaf in jax.tree.leaves(last))

        return eqx.filter_grad(signal)(cell)

    @jit
    def slope(cell, state, past):
        for x in past:
            state = cell(state, x)
        return jax.tree.map(jnp.cos, state)

    state = start.init_state()
    visited = [state]
    carry = rule.init(start, state, xs[0], jax.random.key(0))
    for t, x in enumerate(xs):
        old, new = drift(start, t), drift(start, t + 1)
        carry = advance(old, carry, state, x)
        state = old(state, x)
        visited.append(state)
        first = max(t + 1 - WINDOW, 0)
        signal = slope(new, visited[first], xs[first : t + 1])
        found = materialise(credit(new, carry, signal))
        expected = replayed(new, visited[first], xs[first : t + 1])
        for one, other in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)


@by_structure(rule="tbptt 3")
def test_a_window_over_the_whole_past_is_exact(name) -> None:
    case, rule = case_of(name), TBPTT(STEPS)
    cell, linear = case.cell, case.linear

    @jit
    def go(states_prev, xs, states):
        def step(carry, sample):
            state_prev, x, state, y = sample
            carry = rule.advance(cell, carry, state_prev, x)
            signal = jax.grad(lambda state: case.task.loss(cell, state, x, y))(state)
            return carry, rule.credit(cell, carry, signal)

        carry = rule.init(cell, cell.init_state(), xs[0], jax.random.key(0))
        return jax.lax.scan(step, carry, (states_prev, xs, states, case.task.ys))[1]

    credit = rows(go(linear.states_prev, case.task.xs, linear.states), STEPS)
    for step, whole in zip(credit + linear.direct, case.gradient, strict=True):
        assert relative(step, whole) < 1e-10


def test_wrong_windows_are_refused(untyped) -> None:
    for window in (0, -1, True, 2.0):
        with pytest.raises(ValueError, match=r"^Expected window to be a positive integer; got"):
            TBPTT(window)
