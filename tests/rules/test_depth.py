"""Exact credit through two and three layers: every cell is in a stack with others."""

from functools import cache

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from catalogue import CELLS, UNITS, random_cell, stack
from matrix import left, representatives
from onward import RTRL, AbstractCell, AbstractRule
from onward.algebra import materialise
from oracles import Task, finite_differences, jit, per_step_gradient, relative, task_for

STEPS = 6
LAYERS = [name for name in CELLS if "stack" not in name]


def mixed(cells: list[str]) -> list[tuple[str, ...]]:
    """Stacks of two and three in turn, until each cell is in one, its neighbours drawn."""
    drawn, stacks = np.random.default_rng(0).permutation(cells).tolist(), []
    while drawn:
        height = 2 + len(stacks) % 2
        stacks.append(tuple((drawn + cells)[:height]))
        drawn = drawn[height:]
    return stacks


# The layers' Jacobians are all that a stack is pushed by.
KEPT = mixed([name for name in LAYERS if name in representatives()])
MORE = mixed(LAYERS)
# `test_laws` has stacks of gates, of both heights; these have units of several kinds.
FEW = ("undeclared on wired on windowed transformer",)
STACKS = [names if " on ".join(names) in FEW else left(names) for names in KEPT]
STACKS += map(left, MORE)
# What is the whole past by backpropagation is its central differences too.
SMOOTH = [names for names in KEPT + MORE if all(CELLS[name].smooth for name in names)]


def stacked(names: tuple[str, ...]) -> AbstractCell:
    return random_cell(stack(*(CELLS[name].factory for name in names), units=UNITS))


def gradients(rule: AbstractRule, cell: AbstractCell, task: Task) -> np.ndarray:
    """dL_t/dθ with frozen weights, through the output and the rule's through the state, (T, p)."""
    arrays, rest = eqx.partition(cell, eqx.is_inexact_array)
    start = cell.init_state()

    def step(carried, sample):
        state_prev, carry = carried
        state = cell(state_prev, sample[0])
        carry = rule.advance(cell, carry, state_prev, sample[0])
        loss = lambda arrays, state: task.loss(eqx.combine(arrays, rest), state, *sample)  # noqa: E731
        direct, signal = jax.grad(loss, (0, 1))(arrays, state)
        through = materialise(rule.credit(cell, carry, signal))
        return (state, carry), ravel_pytree(jax.tree.map(jnp.add, direct, through))[0]

    @jit
    def go(xs, ys):
        first = rule.init(cell, start, jnp.zeros_like(xs[0]), jax.random.key(0))
        return jax.lax.scan(step, (start, first), (xs, ys))[1]

    return np.asarray(go(task.xs, task.ys))


@cache
def found_for(names: tuple[str, ...]) -> tuple[AbstractCell, Task, np.ndarray]:
    cell = stacked(names)
    task = task_for(cell, STEPS)
    return cell, task, gradients(RTRL(), cell, task)


@pytest.mark.parametrize("names", STACKS, ids=" on ".join)
def test_rtrl_through_a_stack_is_backpropagation(names) -> None:
    cell, task, found = found_for(names)
    assert RTRL().exactness(cell) == "exact"
    for step, true in zip(found, per_step_gradient(cell, task), strict=True):
        assert relative(step, true) < 1e-10


@pytest.mark.parametrize("names", [*map(left, SMOOTH)], ids=" on ".join)
def test_rtrl_through_a_stack_is_the_central_differences(names) -> None:
    cell, task, found = found_for(names)
    for step, slope in zip(found, finite_differences(cell, task), strict=True):
        assert relative(step, slope) < 1e-6
