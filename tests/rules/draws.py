"""A rule of random signs along a trajectory, and one step of it under every draw of signs."""

from itertools import product
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from onward import UORO, AbstractRule
from onward.algebra import materialise
from onward.rules import kronecker, uoro
from oracles import Case, case_of, jit, rows

STEPS = 6


def follow(rule: AbstractRule, case: Case, key) -> tuple[Any, Any]:
    """The carry after some steps, and the credit at each."""
    linear, start = case.linear, case.cell.init_state()
    unflatten = ravel_pytree(start)[1]
    past = (linear.states_prev, case.task.xs, linear.signal)

    def step(carry, sample):
        state_prev, x, signal = sample
        carry = rule.advance(case.cell, carry, state_prev, x)
        return carry, materialise(rule.credit(case.cell, carry, unflatten(signal)))

    first = rule.init(case.cell, start, case.task.xs[0], key)
    return jax.lax.scan(step, first, jax.tree.map(lambda leaf: leaf[:STEPS], past))


def influence(rule: AbstractRule, cell, carry) -> Any:
    """Every row of the influence that a carry stands for, as the credit of each unit signal."""
    start, unflatten = ravel_pytree(cell.init_state())
    rows_of = jax.vmap(lambda one: materialise(rule.credit(cell, carry, unflatten(one))))
    return rows_of(jnp.eye(start.size, dtype=start.dtype))


def after_every_sign(rule, case: Case, carry, monkeypatch) -> np.ndarray:
    """The influence one step on for every draw of signs, (draws, N, p).

    The parameters are propagated apart from each other, so that one draw serves for all.
    """
    state_prev = jax.tree.map(lambda leaf: leaf[STEPS], case.linear.states_prev)
    size = case.linear.jacobian.shape[1]
    count = size if isinstance(rule, UORO) else rule.terms + 1
    signs = jnp.asarray(list(product((-1.0, 1.0), repeat=count)))

    def moved(signs):
        def given(key, shape, dtype):
            return jnp.broadcast_to(signs, shape), key

        for module in (uoro, kronecker):
            patched.setattr(module, "draw_signs", given)
        after = rule.advance(case.cell, carry, state_prev, case.task.xs[STEPS])
        return influence(rule, case.cell, after)

    with monkeypatch.context() as patched:
        found = jit(jax.vmap(moved))(signs)
    merged = jax.tree.map(lambda leaf: leaf.reshape(-1, *leaf.shape[2:]), found)
    return rows(merged, len(signs) * size).reshape(len(signs), size, -1)


class Step(NamedTuple):
    """J_t P̂_{t-1} and B_t, and what stands for their sum under every draw of signs."""

    pushed: np.ndarray
    immediate: np.ndarray
    drawn: np.ndarray

    @property
    def noise(self) -> float:
        """The mean square distance to the sum."""
        return np.mean(np.sum((self.drawn - self.pushed - self.immediate) ** 2, axis=(1, 2)))


def step_of(rule: AbstractRule, cell: str, monkeypatch) -> Step:
    case = case_of(cell)

    @jit
    def start(key):
        carry = follow(rule, case, key)[0]
        return carry, influence(rule, case.cell, carry)

    carry, before = start(jax.random.key(3))
    pushed = case.linear.jacobian[STEPS] @ rows(before, case.linear.jacobian.shape[1])
    drawn = after_every_sign(rule, case, carry, monkeypatch)
    return Step(pushed, case.linear.immediate[STEPS], drawn)
