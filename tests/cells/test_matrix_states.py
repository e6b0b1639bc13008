"""Cells with a matrix or an averaging memory, written anew in their published, plain form.

The cells keep some of it stabilised by an exponent; outputs and gradients must not show that.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from catalogue import INPUTS, UNITS, make_cell
from onward import MLSTM, RWKV, DeltaRule, LinearAttention, SelectiveSSM
from oracles import jit

STEPS = 7


def xs_of(seed: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(STEPS, INPUTS))


def put(drive, x):
    return drive.weight @ x + (0 if drive.bias is None else drive.bias)


def linear_attention(cell, xs):
    heads, keys = cell.query.bias.shape
    feature = lambda u: jnp.where(u > 0, u + 1, jnp.exp(u))  # noqa: E731
    state = jnp.zeros((heads, UNITS // heads, keys))
    for x in xs:
        key, value = feature(put(cell.drives["key"], x)), put(cell.drives["value"], x)
        gate = 1 / (1 + jnp.exp(-put(cell.drives["gate"], x)))
        state = state * gate[:, None, :] + value[:, :, None] * key[:, None, :]
        query = feature(put(cell.query, x))
        yield jnp.concatenate([state[h] @ query[h] / np.sqrt(keys) for h in range(heads)])


def delta_rule(cell, xs):
    heads, keys = cell.query.bias.shape
    state = [jnp.zeros((UNITS // heads, keys)) for _ in range(heads)]
    for x in xs:
        key, value, query = (put(drive, x) for drive in (cell.key, cell.value, cell.query))
        rate = 1 / (1 + jnp.exp(-put(cell.rate, x)))
        outputs = []
        for h in range(heads):
            k, q = (one[h] / jnp.linalg.norm(one[h]) for one in (key, query))
            state[h] = state[h] @ (jnp.eye(keys) - rate[h] * jnp.outer(k, k))
            state[h] = state[h] + rate[h] * jnp.outer(value[h], k)
            outputs.append(state[h] @ q)
        yield jnp.concatenate(outputs)


def mlstm(cell, xs):
    heads, keys = cell.query.bias.shape
    memory, normaliser = jnp.zeros((heads, UNITS // heads, keys)), jnp.zeros((heads, keys))
    for x in xs:
        key = put(cell.drives["key"], x) / np.sqrt(keys)
        value, query = put(cell.drives["value"], x), put(cell.query, x)
        enter = jnp.exp(put(cell.drives["enter"], x))
        forget, leave = (
            1 / (1 + jnp.exp(-put(drive, x))) for drive in (cell.drives["forget"], cell.leave)
        )
        outputs = []
        for h in range(heads):
            memory = memory.at[h].multiply(forget[h])
            memory = memory.at[h].add(enter[h] * jnp.outer(value[h], key[h]))
            normaliser = normaliser.at[h].set(forget[h] * normaliser[h] + enter[h] * key[h])
            norm = jnp.maximum(jnp.abs(normaliser[h] @ query[h]), 1)
            outputs.append(leave[h] * (memory[h] @ query[h]) / norm)
        yield jnp.concatenate(outputs)


def selective_ssm(cell, xs):
    state = jnp.zeros(cell.drives["log_rate"].value.shape)
    for x in xs:
        step = jnp.log1p(jnp.exp(put(cell.drives["step"], x)))
        write, read = put(cell.drives["write"], x), put(cell.read, x)
        given = put(cell.drives["input"], x)
        rate = -jnp.exp(cell.drives["log_rate"].value)
        state = jnp.exp(step[:, None] * rate) * state + jnp.outer(step * given, write)
        yield state @ read + cell.skip * given


def rwkv(cell, xs):
    """The newest value with weight exp(u + k), older ones with exp(k - (age - 1) w)."""
    decay = jnp.exp(cell.drives["log_decay"].value)
    keys = jnp.stack([put(cell.drives["key"], x) for x in xs])
    values = jnp.stack([put(cell.drives["value"], x) for x in xs])
    for t, x in enumerate(xs):
        # The cell's bonus is the source's less one step of decay.
        weights = jnp.stack([jnp.exp(keys[s] - (t - s) * decay) for s in range(t)] or [0 * decay])
        newest = jnp.exp(cell.bonus + keys[t])
        total = newest * values[t] + jnp.sum(weights * values[: max(t, 1)], axis=0)
        average = total / (newest + jnp.sum(weights, axis=0))
        yield average / (1 + jnp.exp(-put(cell.receptance, x)))


PLAIN = {
    "linear attention": linear_attention,
    "delta rule": delta_rule,
    "mlstm": mlstm,
    "selective ssm": selective_ssm,
    "rwkv": rwkv,
}
BY_CELL = pytest.mark.parametrize("name", PLAIN)
HEADS = pytest.mark.parametrize(
    "factory", [LinearAttention, DeltaRule, MLSTM], ids=lambda factory: factory.__name__
)


def emitted(cell, xs):
    def step(state, x):
        state = cell(state, x)
        return state, cell.emit(state, x)

    return jax.lax.scan(step, cell.init_state(), xs)[1]


@BY_CELL
def test_outputs_and_gradients_are_those_of_the_plain_recursion(name) -> None:
    cell, xs = make_cell(name), jnp.asarray(xs_of())
    weights = jnp.asarray(np.random.default_rng(4).normal(size=(STEPS, UNITS)))
    arrays, rest = eqx.partition(cell, eqx.is_inexact_array)

    def ours(arrays):
        return emitted(eqx.combine(arrays, rest), xs)

    def theirs(arrays):
        return jnp.stack(list(PLAIN[name](eqx.combine(arrays, rest), xs)))

    @jit
    def both(arrays):
        pairs = (jax.vjp(outputs, arrays) for outputs in (ours, theirs))
        return [(found, pull(weights)) for found, pull in pairs]

    (found, gradient), (expected, plain) = both(arrays)
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)
    for one, other in zip(*map(jax.tree.leaves, (gradient, plain)), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-11)
        assert np.abs(other).max() > 1e-4


@HEADS
def test_heads_are_apart(factory) -> None:
    cell = factory(INPUTS, 6, key=jax.random.key(0), heads=3, key_size=2)
    xs = jnp.asarray(xs_of())
    moved = eqx.tree_at(lambda cell: cell.query.weight, cell, cell.query.weight.at[1].add(0.5))
    changed = np.abs(emitted(moved, xs) - emitted(cell, xs)).max(axis=0).reshape(3, 2)
    assert (changed[1] > 1e-6).all()
    assert (changed[[0, 2]] == 0).all()


@HEADS
def test_heads_that_do_not_divide_the_size_are_refused(factory) -> None:
    message = r"^Expected heads to divide hidden_size=6; got heads=4\. Try heads=3\.$"
    with pytest.raises(ValueError, match=message):
        factory(INPUTS, 6, key=jax.random.key(0), heads=4)


@pytest.mark.parametrize("name", ["mlstm", "rwkv"])
def test_exponents_that_would_overflow_stay_finite(name) -> None:
    """In single precision exp(100) is infinite."""
    cell = make_cell(name, dtype=np.float32)
    large = 200 * jnp.asarray(xs_of(), jnp.float32)
    outputs, pull = jax.vjp(lambda cell: emitted(cell, large), eqx.filter(cell, eqx.is_array))
    assert np.isfinite(outputs).all()
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(pull(outputs)))


def test_initial_steps_lie_between_those_asked_for() -> None:
    cell = SelectiveSSM(2, 300, key=jax.random.key(0), minimum_step=0.01, maximum_step=0.2)
    steps = np.log1p(np.exp(cell.drives["step"].bias))
    assert 0.01 <= steps.min() < 0.012 < 0.18 < steps.max() <= 0.2
    with pytest.raises(ValueError, match=r"^Expected 0 < minimum_step < maximum_step; got 0\.1"):
        SelectiveSSM(2, 3, key=jax.random.key(0), minimum_step=0.1, maximum_step=0.01)


def test_a_bonus_for_the_newest_value_is_a_factor_of_its_weight() -> None:
    cell = RWKV(2, 4, key=jax.random.key(0))
    np.testing.assert_allclose(np.exp(cell.bonus), 2)
