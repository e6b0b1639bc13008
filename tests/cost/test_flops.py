"""Operations are counted as XLA counts them, but for what is said."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from onward.cost.flops import flops

VECTOR, MATRIX = jnp.ones(7), jnp.ones((5, 7))


def counted_by_xla(function: Callable, *arguments) -> float:
    """XLA's own count of a compiled function, elementary functions included."""
    analysis = jax.jit(function).lower(*arguments).compile().cost_analysis() or {}
    return analysis.get("flops", 0) + analysis.get("transcendentals", 0)


@pytest.mark.parametrize(
    ("function", "arguments", "expected"),
    [
        (lambda a, b: a @ b, (MATRIX, VECTOR), 2 * 5 * 7),
        (lambda a, b: jnp.einsum("gij,jk->gik", a, b), (jnp.ones((3, 5, 7)), MATRIX.T), 1050),
        (lambda a: jnp.tanh(a) * a + a, (MATRIX,), 3 * 35),
        (lambda a: jnp.sum(a, axis=0), (MATRIX,), 35 - 7),
        (lambda a: jnp.exp(a), (MATRIX,), 35),
    ],
)
def test_arithmetic_is_counted_as_xla_counts_it(function, arguments, expected) -> None:
    assert flops(function, *arguments) == expected
    assert counted_by_xla(function, *arguments) == expected


@pytest.mark.parametrize(
    "function",
    [
        lambda a: a.T.reshape(-1)[::-1],
        lambda a: a[jnp.asarray([0, 3, 3])],
        lambda a: a.at[2].set(1.0),
        lambda a: jnp.concatenate([a, a]).astype(jnp.float32),
        lambda a: jnp.where(a > 0.5, a, 0),
        lambda a: jnp.argsort(a) + 1,
        lambda a: jax.lax.top_k(a, 2),
        lambda a: jax.random.bits(jax.random.key(0), a.shape),
    ],
)
def test_moves_and_choices_are_free(function) -> None:
    assert flops(function, MATRIX) == 0


def test_an_addition_to_some_entries_counts_them_alone() -> None:
    assert flops(lambda a: a.at[jnp.asarray([1, 4])].add(1.0), MATRIX) == 2 * 7


def test_what_no_result_needs_is_free() -> None:
    def wasteful(a):
        jnp.exp(a @ a.T)
        return a + 1

    assert flops(wasteful, MATRIX) == 35


def test_loops_are_counted_by_their_turns_which_xla_does_not() -> None:
    def scanned(a):
        return jax.lax.scan(lambda carry, _: (jnp.sin(carry), None), a, None, length=9)[0]

    def turned(a):
        return jax.lax.fori_loop(0, 9, lambda index, a: jnp.sin(a), a)

    assert flops(scanned, VECTOR) == flops(turned, VECTOR) == 9 * 7
    assert counted_by_xla(scanned, VECTOR) < 2 * 9


def test_a_loop_of_unknown_turns_counts_for_one() -> None:
    def until(a):
        return jax.lax.while_loop(lambda a: a[0] < 1, lambda a: 2 * a, a)

    assert flops(until, VECTOR) == 7


def test_a_branch_counts_as_the_dearest() -> None:
    def either(a):
        return jax.lax.cond(a[0] > 0, lambda: a @ a * a, lambda: a + 1)

    assert flops(either, VECTOR) == 14 + 7


@pytest.mark.parametrize("inner", [jax.jit(jnp.tanh), jax.checkpoint(jnp.tanh), jax.nn.relu])
def test_functions_within_are_seen(inner) -> None:
    assert flops(lambda a: inner(a) + 1, VECTOR) == 14


def test_shapes_are_enough() -> None:
    huge = jax.ShapeDtypeStruct((10**6, 10**6), np.float32)
    assert flops(lambda a: a @ a, huge) == 2 * 10**18
