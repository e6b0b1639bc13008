"""Rules of random signs: exact in the mean, step by step over every sign and overall over keys."""

from statistics import NormalDist

import jax
import numpy as np
import pytest

from catalogue import CELLS, RULES
from matrix import left, on
from onward import AbstractRule
from oracles import Case, case_of, jit, relative, rows

from .draws import STEPS, follow, step_of

KEYS = 4096
# Every sign of every component is tried: a state of ten has a thousand of them.
SMALL = [cell for cell, row in CELLS.items() if row.state_size <= 10]
UNBIASED = [
    on(cell, rule, rule=rule)
    for cell in SMALL
    for rule, row in RULES.items()
    if cell in row.unbiased_on
]
# Those whose mean over keys is looked at as well: it takes thousands of walks.
# The mean of sums of several terms is looked at step by step, at more ranks in test_kronecker.
DRAWN = [
    left(*pair.values) if pair.values[1] == "kronecker sum" else pair
    for pair in UNBIASED
    if pair.values[0] == "rnn"
]
DRAWN += [left(*pair.values) for pair in UNBIASED if pair.values[0] == "lstm"]
STANDARD_ERRORS = 4
RANDOM_DIRECTIONS = 8
# What may fail by chance of all entries of a gradient together, were the keys not fixed.
CHANCE = 1e-3


class SameSigns(AbstractRule):
    """The biased twin of a rule: one draw of signs for the whole stream."""

    rule: AbstractRule
    cost = "of the rule"

    def init(self, cell, state, x, key):
        return self.rule.init(cell, state, x, key)

    def advance(self, cell, carry, state_prev, x):
        return self.rule.advance(cell, carry, state_prev, x)._replace(key=carry.key)

    def credit(self, cell, carry, signal):
        return self.rule.credit(cell, carry, signal)

    def exactness(self, cell):
        return "biased"


@pytest.mark.parametrize(("cell", "name"), UNBIASED)
def test_a_step_is_exact_in_the_mean_over_every_sign(cell: str, name: str, monkeypatch) -> None:
    """Given the carry before it; by induction so is every later one."""
    step = step_of(RULES[name].make(case_of(cell).cell), cell, monkeypatch)
    expected = step.pushed + step.immediate
    assert relative(step.drawn.mean(axis=0), expected) < 1e-10
    assert relative(step.drawn[0], expected) > 1e-3
    assert np.linalg.norm(step.pushed) > 1e-2


def drawn_credit(rule: AbstractRule, case: Case) -> np.ndarray:
    """The credit at each step under many keys, (keys, T, p)."""
    keys = jax.random.split(jax.random.key(11), KEYS)
    credits = jit(jax.vmap(lambda key: follow(rule, case, key)[1]))(keys)
    merged = jax.tree.map(lambda leaf: leaf.reshape(-1, *leaf.shape[2:]), credits)
    return rows(merged, KEYS * STEPS).reshape(KEYS, STEPS, -1)


def directions(case: Case, exact: np.ndarray) -> np.ndarray:
    """Fixed in advance, (F, T, p): the exact credit, each parameter's part of it and each step's,
    and some at random."""
    sizes = [leaf.size for leaf in jax.tree.leaves(case.cell.parameters())]
    leaf = np.repeat(np.arange(len(sizes)), sizes)
    of_leaves = [exact * (leaf == index) for index in range(len(sizes))]
    of_steps = [exact * (np.arange(STEPS) == step)[:, None] for step in range(STEPS)]
    random = np.random.default_rng(0).normal(size=(RANDOM_DIRECTIONS, *exact.shape))
    return np.stack([exact, *of_leaves, *of_steps, *random])


def standard_errors_off(drawn: np.ndarray, exact: np.ndarray) -> np.ndarray:
    """How far each mean over keys is from exact."""
    spread = drawn.std(axis=0, ddof=1) / np.sqrt(len(drawn))
    # Where nothing is random, rounding is all the difference there may be.
    return np.abs(drawn.mean(axis=0) - exact) / np.maximum(spread, 1e-12 * np.abs(exact).max())


@pytest.mark.parametrize(("cell", "name"), DRAWN)
def test_the_mean_credit_over_keys_is_exact_and_that_of_a_biased_twin_is_not(cell, name) -> None:
    """Along some directions within 4 standard errors; entry by entry by what chance allows."""
    case = case_of(cell)
    rule = RULES[name].make(case.cell)
    exact = case.linear.credit(case.linear.propagated(case.linear.jacobian))[:STEPS]
    along = directions(case, exact)
    assert len(along) <= 20
    allowed = NormalDist().inv_cdf(1 - CHANCE / (2 * exact.size))

    def furthest(rule: AbstractRule) -> tuple[float, float]:
        drawn = drawn_credit(rule, case)
        project = lambda credit: np.tensordot(credit, along, ((-2, -1), (-2, -1)))  # noqa: E731
        projected = standard_errors_off(project(drawn), project(exact))
        return projected.max(), standard_errors_off(drawn, exact).max()

    projected, entry = furthest(rule)
    assert projected <= STANDARD_ERRORS
    assert entry <= allowed
    projected, entry = furthest(SameSigns(rule))
    assert projected > 2 * STANDARD_ERRORS
    assert entry > 2 * allowed


@pytest.mark.parametrize("name", ["uoro", left("kf-rtrl"), left("kronecker sum")])
def test_the_signs_are_those_of_the_key(name: str) -> None:
    case = case_of("rnn")
    credit = jit(lambda key: follow(RULES[name].make(case.cell), case, key)[1])
    first, again, other = (rows(credit(jax.random.key(seed)), STEPS) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert relative(other, first) > 1e-2
