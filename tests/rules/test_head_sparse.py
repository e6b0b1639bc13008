"""Which heads carry credit on, and what becomes of the others'."""

import itertools
from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from catalogue import INPUTS, make_cell
from matrix import left
from onward import (
    MLSTM,
    RNN,
    RTRL,
    DeltaRule,
    Embedded,
    HeadSparse,
    ImpossiblePairError,
    Learner,
    LinearAttention,
    WindowedTransformer,
)
from onward.algebra import Local, materialise
from onward.rules.head_sparse import HeadCarry
from oracles import jit, linearise, relative, rows, task_for

from .walk import walk_of

HEADS, SIZE = 4, 2
# Where the heads stand in the state, counted here by hand: slots, heads, the rest of a head.
FACTORIES = {
    "transformer": (partial(WindowedTransformer, window=3), (3, HEADS, 2 * SIZE)),
    "linear attention": (partial(LinearAttention, key_size=3), (1, HEADS, 3 * SIZE)),
    "delta rule": (partial(DeltaRule, key_size=3), (3, HEADS, SIZE)),
    "mlstm": (partial(MLSTM, key_size=2), (3, HEADS, 2 * SIZE)),
}
# Which heads are kept is drawn without a look at the cell; `test_laws` has the credit on all cells.
KEPT = (("transformer", True),)
HEADED = [
    pair if pair in KEPT else left(*pair) for pair in itertools.product(FACTORIES, (False, True))
]


def make(name: str):
    factory, _ = FACTORIES[name]
    cell = factory(INPUTS, HEADS * SIZE, key=jax.random.key(0), heads=HEADS, dtype=np.float64)
    random = np.random.default_rng(1)
    return jax.tree.map(lambda leaf: jnp.asarray(random.normal(0, 0.5, leaf.shape)), cell)


def walked(cell, rule, linear, xs):
    """Credit (T, p) and the heads kept (T, heads)."""

    @jit
    def go(states_prev, signals):
        def step(carry, sample):
            state_prev, x, signal = sample
            carry = rule.advance(cell, carry, state_prev, x)
            return carry, (materialise(rule.credit(cell, carry, signal)), carry.kept)

        carry = rule.init(cell, cell.init_state(), xs[0], jax.random.key(2))
        return jax.lax.scan(step, carry, (states_prev, xs, signals))[1]

    unflatten = jax.vmap(jax.flatten_util.ravel_pytree(cell.init_state())[1])
    credit, kept = go(linear.states_prev, unflatten(jnp.asarray(linear.signal)))
    return rows(credit, len(xs)), np.asarray(kept)


@pytest.mark.parametrize(("name", "resample"), HEADED)
def test_credit_is_that_of_a_jacobian_without_the_other_heads(name, resample) -> None:
    cell, shape = make(name), FACTORIES[name][1]
    task = task_for(cell)
    linear = linearise(cell, task)
    credit, kept = walked(cell, HeadSparse(0.5, resample), linear, task.xs)
    assert (kept.sum(axis=1) == HEADS // 2).all()
    assert (kept == kept[0]).all() != resample
    of_components = np.broadcast_to(kept[:, None, :, None], (len(kept), *shape))
    masks = of_components.reshape(len(kept), -1)
    influence = linear.propagated(linear.jacobian * masks[:, :, None] * masks[:, None, :])
    rowwise = linear.propagated(linear.jacobian * masks[:, :, None])
    # Heads do not mix, so that rows alone and rows and columns are the same mask.
    np.testing.assert_array_equal(influence, rowwise)
    np.testing.assert_allclose(credit, linear.credit(influence), rtol=1e-10, atol=1e-12)
    assert relative(credit, linear.credit(linear.propagated(linear.jacobian))) > 1e-2
    assert relative(credit, linear.credit(linear.immediate)) > 1e-2


def test_a_dropped_head_gets_its_immediate_credit_and_a_kept_one_all_of_its_own() -> None:
    cell = make("transformer")
    task = task_for(cell)
    linear = linearise(cell, task)
    credit, kept = walked(cell, HeadSparse(0.25), linear, task.xs)
    own = eqx.tree_at(
        lambda cell: cell.cached.weight,
        jax.tree.map(lambda leaf: jnp.full(leaf.shape, -1), cell),
        jnp.broadcast_to(jnp.arange(HEADS)[:, None, None, None], cell.cached.weight.shape),
    )
    head_of = np.asarray(jax.flatten_util.ravel_pytree(own)[0])
    whole = linear.credit(linear.propagated(linear.jacobian))
    immediate = linear.credit(linear.immediate)
    for head in range(HEADS):
        expected = whole if kept[0, head] else immediate
        entries = head_of == head
        np.testing.assert_allclose(credit[:, entries], expected[:, entries], atol=1e-12)
        assert np.abs(whole - immediate)[:, entries].max() > 1e-3


def test_the_heads_of_a_cell_within_a_block_are_its_own() -> None:
    """The rows of a kept head are those of exact credit, and of the others some are not."""
    within = LinearAttention(2, HEADS * SIZE, key=jax.random.key(0), heads=HEADS, key_size=1)
    cell = Embedded(within, 3, key=jax.random.key(1))
    rule, state, x = HeadSparse(0.5), cell.init_state(), jnp.ones(1)
    rule.refuse(cell)
    first = rule.init(cell, state, x, jax.random.key(2))
    exact = RTRL().init(cell, state, x, jax.random.key(2))

    @jit
    def step(state, after, whole):
        after = rule.advance(cell, after, state, x)
        return cell(state, x), after, RTRL().advance(cell, whole, state, x)

    after, whole = first, exact
    for _ in range(3):
        state, after, whole = step(state, after, whole)
    own = np.broadcast_to(np.asarray(first.kept)[None, :, None], (1, HEADS, SIZE)).ravel()
    found = jax.tree.leaves(after.influence.full().written())
    for one, other in zip(found, jax.tree.leaves(whole.full().written()), strict=True):
        np.testing.assert_allclose(one[own], other[own], rtol=1e-12)
    assert any(
        np.abs(one[~own] - other[~own]).max() > 1e-3
        for one, other in zip(found, jax.tree.leaves(whole.full().written()), strict=True)
    )


@pytest.mark.parametrize(("fraction", "kept"), {0.01: 1, 0.33: 1, 0.5: 2, 0.99: 3}.items())
def test_a_fraction_between_keeps_some_heads_and_drops_some(fraction, kept) -> None:
    cell, rule = make("transformer"), HeadSparse(fraction)
    carry = rule.init(cell, cell.init_state(), jnp.zeros(INPUTS), jax.random.key(0))
    assert carry.kept.sum() == kept
    assert rule.exactness(cell) == "biased"


def test_every_head_is_kept_as_often_and_by_the_key() -> None:
    cell, rule = make("transformer"), HeadSparse(0.5)
    state, x = cell.init_state(), jnp.zeros(INPUTS)
    draw = jax.jit(jax.vmap(lambda key: rule.init(cell, state, x, key).kept))
    kept = np.asarray(draw(jax.random.split(jax.random.key(0), 400)))
    assert (np.abs(kept.sum(axis=0) - 200) < 50).all()
    assert len({one.tobytes() for one in kept}) == 6


@pytest.mark.xdist_group("windowed transformer")
def test_nothing_but_the_heads_is_kept_beside_what_exact_credit_keeps() -> None:
    carries = walk_of("windowed transformer", "heads .4").carries
    assert isinstance(carries, HeadCarry)
    assert isinstance(carries.influence, Local)
    exact = walk_of("windowed transformer", "rtrl").carries
    assert jax.tree.structure(carries.influence) == jax.tree.structure(exact)


def test_wrong_settings_are_refused() -> None:
    for fraction in (-0.1, 1.1, float("nan")):
        message = r"^Expected 0 <= fraction <= 1; got .*\. Try fraction=0\.5\.$"
        with pytest.raises(ValueError, match=message):
            HeadSparse(fraction)


def test_cells_without_heads_and_with_one_are_refused_by_the_learner() -> None:
    message = r"^Expected a cell whose state is kept by heads; got RNN\. Try the SparseRTRL rule"
    for fraction in (0.0, 0.5, 1.0):
        with pytest.raises(ImpossiblePairError, match=message):
            Learner(RNN(2, 4, key=jax.random.key(0)), rule=HeadSparse(fraction))
    message = r"^Expected a cell with at least two heads to keep a part of; got one\. Try heads=4"
    with pytest.raises(ImpossiblePairError, match=message):
        Learner(make_cell("delta rule"), rule=HeadSparse(0.5))


@pytest.mark.matrix
def test_a_learner_learns_with_it() -> None:
    cell = WindowedTransformer(2, 8, key=jax.random.key(0), window=4)
    learner = Learner(cell, 1, rule=HeadSparse(0.5, resample=True), learning_rate=1e-2)
    xs = np.random.default_rng(0).normal(size=(400, 2))
    ys = np.roll(xs[:, :1], 2, axis=0)
    state, info = learner.run(learner.init(jax.random.key(1)), xs, ys)
    # The first label sets the scale.
    assert np.isfinite(info.loss[1:]).all()
    assert int(state.counters.skipped) == 0
