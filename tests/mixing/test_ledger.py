"""What members have lost is summed to the last digits, however many labels there are."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from onward.mixing import Ledger, Mixing, Opinions

LABELS = 400_000


def losses(number: jax.Array) -> jax.Array:
    """Of two members and of the mixture, in single precision."""
    part = (number % 7).astype(jnp.float32) * jnp.float32(1e-3)
    return jnp.float32(0.1) + jnp.stack([part, 2 * part, part / 2])


@pytest.mark.parametrize("compensated", [True, False])
def test_many_small_losses_are_summed_exactly_in_single_precision(compensated: bool) -> None:
    def add(ledger: Ledger, number: jax.Array) -> tuple[Ledger, None]:
        after = ledger.add(losses(number), jnp.float32(1))
        if compensated:
            return after, None
        return Ledger(after.sums, jnp.zeros_like(after.errors)), None

    numbers = jnp.arange(LABELS, dtype=jnp.int32)
    end, _ = jax.jit(lambda one: jax.lax.scan(add, one, numbers))(Ledger.empty(2, jnp.float32))
    read = end.read()
    exact = np.asarray(jax.jit(jax.vmap(losses))(numbers), np.float64).sum(axis=0)
    off = np.abs(np.append(read.members, read.mixture) / exact - 1)
    assert read.labels == LABELS and end.sums.dtype == jnp.float32
    if compensated:
        assert off.max() < 1e-9
    else:
        assert off.min() > 1e-6


def test_a_label_counts_by_its_weight_and_one_without_weight_not_at_all() -> None:
    ledger = Ledger.empty(2, jnp.float64)
    for values, weight in (((1.0, 2.0, 4.0), 0.5), ((np.nan, 1.0, 1.0), 0.0), ((2.0, 2.0, 2.0), 3)):
        ledger = ledger.add(jnp.array(values), jnp.array(float(weight)))
    read = ledger.read()
    np.testing.assert_array_equal(read.members, [6.5, 7])
    assert (read.mixture, read.labels) == (8, 3.5)


@pytest.mark.shapes
def test_a_member_that_is_not_there_is_charged_what_the_mixture_loses() -> None:
    mixing, there = Mixing(), jnp.array([True, False, True])
    state = mixing.init(3, 1, jnp.float64)
    said = jnp.array([[1.0], [0.0], [3.0]])
    _, spoken = mixing.speak(state, Opinions(said, there), classes=False)
    known = jnp.array([True])
    lost = mixing.losses(state, spoken, jnp.array([1.5]), known, classes=False)
    # Both that are there weigh the same, and before the first label a unit is one.
    np.testing.assert_allclose(lost, [0.125, 0.125, 1.125, 0.125])
