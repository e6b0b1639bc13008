"""The whole gradient, through the output and through the state, as the weights feel it."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from matrix import named
from onward import RTRL, CrossEntropy, Frozen, Huber, Linear, ReadoutOnly, Squared, Unscaled
from oracles import jit

from .examples import assert_close, assert_same, copied, differs, learner_of, start, stream

STEPS = 10
CASES = {
    "rnn squared": {"targets": 2},
    "lstm classes": {"name": "lstm", "loss": CrossEntropy(3)},
    "skip Huber": {"name": "skip", "targets": 2, "loss": Huber(0.5)},
}


def case(options):
    """A learner whose readout is not at zero, and its stream."""
    plain = {"scale": Unscaled(), "optimizer": "sgd", "learning_rate": 0.0}
    learner = learner_of(rule=RTRL(), **plain, **options)
    random = np.random.default_rng(3)
    readout = jax.tree.map(
        lambda leaf: jnp.asarray(random.normal(size=leaf.shape)), learner.readout
    )
    learner = learner_of(rule=RTRL(), readout=readout, **plain, **options)
    xs, ys = stream(STEPS, options.get("targets", 1))
    if isinstance(learner.parts.loss, CrossEntropy):
        ys = np.digitize(ys, [-0.4, 0.4]).astype(float)
    return learner, xs, ys


def whole_gradients(learner, xs, ys):
    """dL_t/dθ for each t by backpropagation through cell, readout and the whole past."""

    def losses(model):
        cell, readout = model

        def step(state, sample):
            x, y = sample
            state = cell(state, x)
            output = readout(cell.emit(state, x), x)
            return state, learner.parts.loss(output, y, jnp.ones(y.shape, bool))

        return jax.lax.scan(step, cell.init_state(), (jnp.asarray(xs), jnp.asarray(ys)))[1]

    model = (learner.cell, learner.readout)
    arrays, rest = eqx.partition(model, eqx.is_inexact_array)
    return jit(jax.jacrev(lambda arrays: losses(eqx.combine(arrays, rest))))(arrays)


@pytest.mark.parametrize("options", named(CASES, "skip Huber"))
def test_with_rtrl_an_update_is_the_gradient_of_backpropagation(options) -> None:
    """Weights are frozen up to t by a rate of zero; then one step is taken with a rate of one."""
    learner, xs, ys = case(options)
    expected = whole_gradients(learner, xs, ys)
    state, norms = start(learner), []
    for t, (x, y) in enumerate(zip(xs, ys, strict=True)):
        copy = jax.tree.map(jnp.copy, state).replace(learning_rates={"": jnp.ones(())})
        moved, _ = learner.step(copy, x, y)
        before = jax.tree.leaves(copied(state.parameters))
        truth = [np.asarray(leaf[t]) for leaf in jax.tree.leaves(expected)]
        after = jax.tree.leaves(copied(moved.parameters))
        for old, new, slope in zip(before, after, truth, strict=True):
            np.testing.assert_allclose(old - new, slope, rtol=1e-8, atol=1e-12)
        state, info = learner.step(state, x, y)
        norms.append(float(info.gradient_norm))
        np.testing.assert_allclose(norms[-1], np.sqrt(sum((g**2).sum() for g in truth)), rtol=1e-9)
    assert min(norms) > 1e-3


TRAINED = [(Frozen(), set()), (ReadoutOnly(), {"readout"}), (RTRL(), {"cell", "readout"})]


@pytest.mark.parametrize(("rule", "moves"), TRAINED)
def test_only_the_parts_that_a_rule_trains_move(rule, moves) -> None:
    learner = learner_of(rule=rule)
    xs, ys = stream(12)
    before = copied(start(learner).parameters)
    state, info = learner.run(start(learner), xs, ys)
    assert {part for part in before if differs(state.parameters[part], before[part])} == moves
    # The first label sets the scale.
    np.testing.assert_array_equal(info.learnt, (np.arange(12) > 0) & bool(moves))
    assert int(state.counters.learnt) == (11 if moves else 0)
    assert np.isfinite(info.loss[1:]).all() and np.isnan(info.loss[0])


def test_readout_only_is_a_regression_on_the_cells_states() -> None:
    """The readout's own gradient is exact, whatever the cell does."""
    learner = learner_of(
        rule=ReadoutOnly(), scale=Unscaled(), optimizer="sgd", learning_rate=0.05, targets=2
    )
    xs, ys = stream(12, targets=2)
    state, _ = learner.run(start(learner), xs, ys)
    weight, hidden, move = (
        np.zeros((2, 8)),
        learner.cell.init_state(),
        jit(lambda *now: learner.cell(*now)),
    )
    for x, y in zip(xs, ys, strict=True):
        hidden = move(hidden, jnp.asarray(x))
        seen = np.concatenate([hidden, x, [1]])
        weight -= 0.05 * np.outer(weight @ seen - y, seen)
    readout = copied(state.parameters["readout"])
    found = np.concatenate([readout.weight, readout.direct, readout.bias[:, None]], axis=1)
    np.testing.assert_allclose(found, weight, rtol=1e-10, atol=1e-13)


def test_a_rate_of_zero_freezes_exactly_its_group() -> None:
    rates = {"cell": 1e-2, "cell.recurrent": 0.0, "readout.direct": 0.0}
    learner = learner_of(learning_rate=rates)
    xs, ys = stream(12)
    before = copied(start(learner).parameters)
    state, _ = learner.run(start(learner), xs, ys)
    after = copied(state.parameters)
    assert_same(after["cell"].recurrent, before["cell"].recurrent)
    assert_same(after["readout"].direct, before["readout"].direct)
    for part, names in (("cell", ("input", "bias")), ("readout", ("weight", "bias"))):
        for name in names:
            assert differs(getattr(after[part], name), getattr(before[part], name))


def test_rates_can_be_changed_between_steps() -> None:
    learner, faster = learner_of(learning_rate=1e-3), learner_of(learning_rate=1e-2)
    xs, ys = stream(12)
    changed = start(learner).replace(learning_rates={"": jnp.asarray(1e-2)})
    found, _ = learner.run(changed, xs, ys)
    expected, _ = faster.run(start(faster), xs, ys)
    assert_close(found.parameters, expected.parameters)


def test_a_readout_of_ones_own_is_used_and_trained() -> None:
    readout = Linear(5, 1, dtype=np.float64)
    learner = learner_of(readout=readout)
    state, _ = learner.run(start(learner), *stream(12))
    assert state.parameters["readout"].direct is None
    assert differs(state.parameters["readout"].weight, readout.weight)
    assert learner_of().parts.loss == Squared()
