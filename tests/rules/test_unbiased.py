"""Rules of random signs: exact in the mean, step by step over every sign and overall over keys."""

from functools import cache
from itertools import product
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from catalogue import CELLS, RULES
from onward import KFRTRL, UORO, AbstractRule, OptimalKronecker
from onward.algebra import materialise
from onward.rules import kronecker, uoro
from oracles import Case, case_of, jit, relative, rows

STEPS, KEYS = 6, 4096
UNBIASED = [
    pytest.param(cell, rule, marks=pytest.mark.xdist_group(cell), id=f"{cell}-{rule}")
    for cell in CELLS
    for rule, row in RULES.items()
    if cell in row.unbiased_on
]
# Those whose mean over keys is looked at as well: it takes thousands of walks.
DRAWN = [pair for pair in UNBIASED if pair.values[0] in ("rnn", "lstm")]


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


@pytest.mark.parametrize(("cell", "name"), UNBIASED)
def test_a_step_is_exact_in_the_mean_over_every_sign(cell: str, name: str, monkeypatch) -> None:
    """Given the carry before it; by induction so is every later one."""
    step = step_of(RULES[name].make(case_of(cell).cell), cell, monkeypatch)
    expected = step.pushed + step.immediate
    assert relative(step.drawn.mean(axis=0), expected) < 1e-10
    assert relative(step.drawn[0], expected) > 1e-2
    assert np.linalg.norm(step.pushed) > 1e-2


@pytest.mark.parametrize("rank", [1, 3, 7])
def test_a_kronecker_sum_of_any_rank_is_exact_in_the_mean(rank: int, monkeypatch) -> None:
    """Also of more terms than a matrix has columns."""
    step = step_of(OptimalKronecker(rank), "rnn", monkeypatch)
    expected = step.pushed + step.immediate
    assert relative(step.drawn.mean(axis=0), expected) < 1e-10
    assert (relative(step.drawn[0], expected) > 1e-2) == (rank < 5)
    # Terms beyond the rank of the influence: rounding alone is random, as its square root.
    assert rank < 7 or relative(step.drawn[0], expected) < 1e-6


def matrices(cell: str, influences: np.ndarray) -> list[np.ndarray]:
    """The influence on R and on W with a column for each presynaptic unit, (N·..., m)."""
    made = case_of(cell).cell
    sizes = np.cumsum([made.recurrent.size, made.input.size])
    parts = np.split(influences, sizes, axis=1)[:2]
    return [
        part.reshape(-1, weights.shape[-1])
        for part, weights in zip(parts, (made.recurrent, made.input), strict=True)
    ]


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_the_noise_of_random_kronecker_factors_is_the_least_for_their_lengths(
    cell: str, monkeypatch
) -> None:
    """|q l₀r₁ᵀ + l₁r₀ᵀ/q|² over all q > 0, for the terms X_i = l_i r_iᵀ."""
    step = step_of(KFRTRL(), cell, monkeypatch)
    pairs = zip(matrices(cell, step.pushed), matrices(cell, step.immediate), strict=True)
    least = sum(
        2 * (np.linalg.norm(old) * np.linalg.norm(new) + np.sum(old * new)) for old, new in pairs
    )
    np.testing.assert_allclose(step.noise, least, rtol=1e-5)


@pytest.mark.parametrize(("cell", "rank"), [("rnn", 1), ("rnn", 3), ("gru", 2), ("lstm", 2)])
def test_the_noise_of_an_optimal_kronecker_sum_is_the_least_there_is(
    cell: str, rank: int, monkeypatch
) -> None:
    """s²/(r - k) - Σ_{i>k} d_i² by the source's theorem, from the dense influence's d_i."""
    step = step_of(OptimalKronecker(rank), cell, monkeypatch)
    least = 0.0
    for matrix in matrices(cell, step.pushed + step.immediate):
        values = np.linalg.svd(matrix, compute_uv=False)[: rank + 1]
        kept = next(k for k in range(rank) if (rank - k) * values[k] <= values[k:].sum())
        least += values[kept:].sum() ** 2 / (rank - kept) - np.sum(values[kept:] ** 2)
    np.testing.assert_allclose(step.noise, least, rtol=1e-6)


@cache
def drawn_credit(rule: AbstractRule, cell: str) -> np.ndarray:
    """The credit at each step under many keys, (keys, T, p)."""
    case = case_of(cell)
    keys = jax.random.split(jax.random.key(11), KEYS)
    credits = jax.jit(jax.vmap(lambda key: follow(rule, case, key)[1]))(keys)
    merged = jax.tree.map(lambda leaf: leaf.reshape(-1, *leaf.shape[2:]), credits)
    return rows(merged, KEYS * STEPS).reshape(KEYS, STEPS, -1)


def standard_errors_off(rule: AbstractRule, cell: str) -> np.ndarray:
    """How far the mean credit is from exact, entry by entry, (T, p)."""
    linear, drawn = case_of(cell).linear, drawn_credit(rule, cell)
    exact = linear.credit(linear.propagated(linear.jacobian))[:STEPS]
    spread = drawn.std(axis=0, ddof=1) / np.sqrt(KEYS)
    # Where nothing is random, rounding is all the difference there may be.
    return np.abs(drawn.mean(axis=0) - exact) / np.maximum(spread, 1e-12)


@pytest.mark.parametrize(("cell", "name"), DRAWN)
def test_the_mean_credit_over_keys_is_exact_and_that_of_a_biased_twin_is_not(cell, name) -> None:
    """A normal number passes 5 in one of 1.7 million, and all tests together look at 10,000."""
    rule = RULES[name].make(case_of(cell).cell)
    assert standard_errors_off(rule, cell).max() < 5
    assert standard_errors_off(SameSigns(rule), cell).max() > 20


@pytest.mark.parametrize("name", ["uoro", "kf-rtrl", "kronecker sum"])
def test_the_signs_are_those_of_the_key(name: str) -> None:
    case = case_of("rnn")
    credit = jit(lambda key: follow(RULES[name].make(case.cell), case, key)[1])
    first, again, other = (rows(credit(jax.random.key(seed)), STEPS) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert relative(other, first) > 1e-2


def test_a_rank_that_is_no_positive_integer_is_refused(untyped) -> None:
    for wrong in (0, -1, True, 2.5):
        with pytest.raises(
            ValueError, match=r"^Expected rank to be a positive integer; got .*4\.$"
        ):
            OptimalKronecker(wrong)
