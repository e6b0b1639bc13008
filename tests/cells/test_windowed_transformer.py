"""The windowed transformer against the block's usual formulas, sample by sample and at once."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from catalogue import INPUTS
from onward import RTRL, TBPTT, WindowedTransformer
from oracles import jit, linearise, per_step_gradient, relative, rows, task_for

UNITS, HEADS, WINDOW, STEPS = 6, 2, 4, 11
CLOSE = {"rtol": 1e-11, "atol": 1e-12}
erf = np.vectorize(math.erf)


def make(seed: int = 0, **options) -> WindowedTransformer:
    """With every parameter at random, none at zero."""
    sizes = {"heads": HEADS, "window": WINDOW, **options}
    cell = WindowedTransformer(INPUTS, UNITS, key=jax.random.key(0), dtype=np.float64, **sizes)
    random = np.random.default_rng(seed)
    return jax.tree.map(lambda leaf: jnp.asarray(random.normal(0, 0.6, leaf.shape)), cell)


def xs_of(steps: int = STEPS) -> np.ndarray:
    return np.random.default_rng(3).normal(size=(steps, INPUTS))


@jax.jit
def emitted(cell, xs) -> jax.Array:
    def step(state, x):
        state = cell(state, x)
        return state, cell.emit(state, x)

    return jax.lax.scan(step, cell.init_state(), jnp.asarray(xs))[1]


def block(cell, x, attended):
    """All that follows the attention."""
    mixed = cell.embedding.weight @ x + cell.embedding.bias + cell.mix.weight @ attended
    normed = mixed / np.sqrt(np.mean(mixed**2) + 1e-6)
    inner = cell.expand.weight @ normed + cell.expand.bias
    inner = inner * (1 + erf(inner / np.sqrt(2))) / 2
    return mixed + cell.contract.weight @ inner + cell.contract.bias


def sample_by_sample(cell, xs):
    """A list of what was seen, and a loop over heads and what they look back at."""
    seen = []
    for x in xs:
        seen = [x, *seen][: len(cell.position)]
        attended = []
        for head in range(HEADS):
            query = cell.query.weight[head] @ x + cell.query.bias[head]
            weights = [
                np.exp(
                    query @ (cell.cached.weight[head, 0] @ old) / np.sqrt(UNITS // HEADS)
                    + cell.position[age, head]
                )
                for age, old in enumerate(seen)
            ]
            total = sum(weights)
            attended.append(
                sum(
                    weight / total * (cell.cached.weight[head, 1] @ old)
                    for weight, old in zip(weights, seen, strict=True)
                )
            )
        yield block(cell, x, np.concatenate(attended))


def test_outputs_are_those_of_the_plain_formula() -> None:
    cell, xs = make(), xs_of()
    expected = np.stack(list(sample_by_sample(jax.tree.map(np.asarray, cell), xs)))
    np.testing.assert_allclose(emitted(cell, xs), expected, **CLOSE)
    longer = make(window=WINDOW + 1)
    longer = eqx.tree_at(lambda cell: cell.position, longer, jnp.zeros((WINDOW + 1, HEADS)))
    shorter = eqx.tree_at(lambda cell: cell.position, longer, jnp.zeros((WINDOW, HEADS)))
    differs = np.abs(emitted(longer, xs) - emitted(shorter, xs)).max(axis=1)
    assert (differs[:WINDOW] == 0).all() and (differs[WINDOW:] > 1e-4).all()


@jax.numpy_rank_promotion("allow")
def at_once(cell, xs):
    """The whole sequence with one matrix of scores a head, masked to a causal band."""
    keys, values = (jnp.einsum("hdm,tm->htd", cell.cached.weight[:, i], xs) for i in (0, 1))
    queries = jnp.einsum("hdm,tm->htd", cell.query.weight, xs) + cell.query.bias[:, None]
    age = np.arange(len(xs))[:, None] - np.arange(len(xs))
    band = (age >= 0) & (age < WINDOW)
    bias = jnp.moveaxis(cell.position[np.clip(age, 0, WINDOW - 1)], 2, 0)
    scores = queries @ jnp.swapaxes(keys, 1, 2) / np.sqrt(UNITS // HEADS) + bias
    attended = jax.nn.softmax(jnp.where(band, scores, -jnp.inf), axis=2) @ values
    mixed = xs @ cell.embedding.weight.T + cell.embedding.bias
    mixed = mixed + jnp.swapaxes(attended, 0, 1).reshape(len(xs), UNITS) @ cell.mix.weight.T
    normed = mixed / jnp.sqrt(jnp.mean(mixed**2, axis=1, keepdims=True) + 1e-6)
    inner = normed @ cell.expand.weight.T + cell.expand.bias
    inner = inner * jax.scipy.stats.norm.cdf(inner)
    return mixed + inner @ cell.contract.weight.T + cell.contract.bias


def test_outputs_and_gradients_are_those_of_masked_attention_at_once() -> None:
    cell, xs = make(), jnp.asarray(xs_of())
    weights = jnp.asarray(np.random.default_rng(4).normal(size=(STEPS, UNITS)))
    arrays, rest = eqx.partition(cell, eqx.is_inexact_array)

    @jit
    def both(arrays):
        ours = jax.vjp(lambda arrays: emitted(eqx.combine(arrays, rest), xs), arrays)
        theirs = jax.vjp(lambda arrays: at_once(eqx.combine(arrays, rest), xs), arrays)
        return [(found, pull(weights)) for found, pull in (ours, theirs)]

    (found, gradient), (expected, whole) = both(arrays)
    np.testing.assert_allclose(found, expected, **CLOSE)
    for one, other in zip(*map(jax.tree.leaves, (gradient, whole)), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-11)
        assert np.abs(other).max() > 1e-4


def walked(cell, rule, task, linear) -> np.ndarray:
    """The rule's whole gradient at each step, (T, p)."""

    @jit
    def go(states_prev, states):
        def step(carry, sample):
            state_prev, state, x, y = sample
            carry = rule.advance(cell, carry, state_prev, x)
            signal = jax.grad(lambda state: task.loss(cell, state, x, y))(state)
            return carry, rule.credit(cell, carry, signal)

        carry = rule.init(cell, cell.init_state(), task.xs[0], jax.random.key(0))
        return jax.lax.scan(step, carry, (states_prev, states, task.xs, task.ys))[1]

    return rows(go(linear.states_prev, linear.states), len(task.xs)) + linear.direct


@pytest.mark.matrix
def test_backpropagation_through_the_window_is_exact_and_through_less_of_it_is_not() -> None:
    cell = make()
    task = task_for(cell)
    linear, whole = linearise(cell, task), per_step_gradient(cell, task)
    for rule in (RTRL(), TBPTT(WINDOW), TBPTT(WINDOW + 1)):
        assert rule.exactness(cell) == "exact"
        assert relative(walked(cell, rule, task, linear), whole) < 1e-10
    assert TBPTT(WINDOW - 1).exactness(cell) == "biased"
    assert relative(walked(cell, TBPTT(WINDOW - 1), task, linear), whole) > 1e-3


def test_exact_credit_keeps_the_weights_of_keys_and_values_for_each_age() -> None:
    cell = make()
    start = lambda: RTRL().init(cell, cell.init_state(), jnp.zeros(INPUTS), jax.random.key(0))  # noqa: E731
    kept = sum(leaf.size for leaf in jax.tree.leaves(jax.eval_shape(start)))
    assert kept == WINDOW * cell.cached.weight.size == WINDOW * 2 * UNITS * INPUTS


@pytest.mark.parametrize(
    "dtype", [pytest.param(np.float32, marks=pytest.mark.matrix), jnp.bfloat16]
)
def test_nothing_is_attended_to_before_the_first_sample(dtype) -> None:
    """One sample is all that there is: its values are read, whatever the scores."""
    cell = jax.tree.map(lambda leaf: leaf.astype(dtype), make())
    x = jnp.asarray(xs_of(1)[0], dtype)

    @jit
    def found(cell):
        state = cell(cell.init_state(), x)
        outputs, pull = jax.vjp(lambda cell: emitted(cell, x[None]), cell)
        return cell._attended(state, x), cell.cached(x)[:, 1], outputs, pull(outputs)

    attended, alone, *others = found(cell)
    np.testing.assert_allclose(attended, alone, rtol=1e-2 * (dtype != np.float32))
    for leaf in jax.tree.leaves(others):
        assert np.isfinite(np.asarray(leaf, np.float32)).all()


def test_heads_are_apart() -> None:
    cell, xs = make(), jnp.asarray(xs_of())
    moved = eqx.tree_at(lambda cell: cell.cached.weight, cell, cell.cached.weight.at[1].add(0.5))

    @jit
    def attended(cell):
        last = jax.lax.scan(lambda state, x: (cell(state, x), None), cell.init_state(), xs)[0]
        return cell._attended(last, xs[-1])

    changed = np.abs(attended(moved) - attended(cell)).max(axis=1)
    assert changed[0] == 0 and changed[1] > 1e-3


@pytest.mark.parametrize(("units", "heads"), {8: 4, 6: 2, 5: 1}.items())
def test_heads_that_are_not_given_divide_the_width(units, heads) -> None:
    assert WindowedTransformer(2, units, key=jax.random.key(0)).query.sizes[0] == heads


def test_settings_that_make_no_sense_are_refused() -> None:
    message = r"^Expected heads to divide hidden_size=6; got heads=4\. Try heads=3\.$"
    with pytest.raises(ValueError, match=message):
        WindowedTransformer(2, 6, key=jax.random.key(0), heads=4)
    with pytest.raises(ValueError, match=r"^Expected window >= 2, .*; got 1\. Try window=16\.$"):
        WindowedTransformer(2, 6, key=jax.random.key(0), window=1)
