"""Slots side by side: the same as a stack, and no concatenation in what is compiled."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from onward.algebra import stack_slots
from onward.algebra.slots import UNROLLED


@pytest.mark.parametrize("count", [1, 2, 3, UNROLLED, UNROLLED + 1])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_it_is_a_stack(count: int, axis: int) -> None:
    parts = list(jnp.asarray(np.random.default_rng(0).normal(size=(count, 3, 4))))
    np.testing.assert_array_equal(stack_slots(parts, axis), np.stack(parts, axis))


def test_what_is_not_finite_stays_in_its_slot() -> None:
    parts = [jnp.full(3, jnp.nan), jnp.ones(3), jnp.full(3, jnp.inf)]
    np.testing.assert_array_equal(stack_slots(parts), np.stack(parts))


def test_its_derivative_goes_to_each_part() -> None:
    parts, weights = [jnp.arange(3.0), jnp.ones(3)], jnp.arange(6.0).reshape(2, 3)
    found = jax.grad(lambda parts: jnp.sum(weights * stack_slots(parts) ** 2))(parts)
    np.testing.assert_array_equal(jnp.stack(found), 2 * weights * jnp.stack(parts))


@pytest.mark.parametrize("count, concatenates", [(2, False), (UNROLLED + 1, True)])
def test_a_few_are_not_concatenated(count: int, concatenates: bool) -> None:
    traced = jax.make_jaxpr(stack_slots)([jnp.ones(3)] * count)
    assert ("concatenate" in str(traced) or "stack" in str(traced)) == concatenates
