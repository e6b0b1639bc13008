"""Steps in units of the output: what they do to the error of a network that is linear in them."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from onward import RNN, CrossEntropy, Learner, Optimizer, ReadoutOnly, Unscaled, pretrain
from onward.algebra import RankOne
from onward.optimizers import bound_overshooting, scale_by_intention
from oracles import jit

COUNT = jnp.zeros((), jnp.uint32)


def linear(optimizer: Optimizer, xs: np.ndarray, ys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The errors of y = W x before and after each step by its own gradient, (T, outputs)."""
    weights = {"w": jnp.zeros((ys.shape[1], xs.shape[1]))}
    rates, state = optimizer.learning_rates(weights, float), optimizer.init(weights)
    step = jit(partial(optimizer.step, count=COUNT))
    before, after = [], []
    for x, y in zip(xs, ys, strict=True):
        error = weights["w"] @ x - y
        gradients = {"w": RankOne(error, jnp.asarray(x))}
        value = 0.5 * jnp.sum(error**2)
        weights, state = step(rates, state, gradients, weights, value=value, slope=error)
        before.append(error)
        after.append(weights["w"] @ x - y)
    return np.stack(before), np.stack(after)


def example(outputs: int = 1, steps: int = 30) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    return random.normal(size=(steps, 4)), random.normal(size=(steps, outputs))


@pytest.mark.parametrize("fraction", [0.1, 0.5, 1.0])
def test_an_intentional_step_removes_its_fraction_of_the_error(fraction: float) -> None:
    xs, ys = example()
    # With features of one size no sample is answered less than usual.
    before, after = linear(Optimizer("intentional", fraction), np.sign(xs), ys)
    np.testing.assert_allclose(after, (1 - fraction) * before, rtol=0, atol=1e-12)
    before, after = linear(Optimizer("sgd", 0.1), np.sign(xs), ys * 10)
    assert (
        np.abs(after - 0.6 * before).max() < 1e-12
    )  # its fraction is rate |x|², whatever is asked


def test_no_intentional_step_removes_more_than_its_fraction_and_half_of_them_all() -> None:
    before, after = linear(Optimizer("intentional", 0.4), *example(steps=200))
    removed = 1 - (after / before)[:, 0]
    assert removed.max() == pytest.approx(0.4, abs=1e-12) and removed.min() > 0
    assert 0.2 < np.isclose(removed, 0.4).mean() < 0.8


def test_several_outputs_lose_the_fraction_of_the_error_along_itself() -> None:
    xs, ys = example(outputs=3)
    before, after = linear(Optimizer("intentional", 0.4), np.sign(xs), ys)
    along = np.sum(before * (before - after), axis=1) / np.sum(before**2, axis=1)
    assert along[0] == pytest.approx(0.4, abs=1e-12)
    assert along.max() <= 0.4 + 1e-12 and along.min() > 0.2
    # At first every output has its own normalisation, and the errors turn.
    assert np.abs(after[0] - 0.6 * before[0]).max() > 0.05


def test_a_logit_step_lowers_the_loss_by_the_squared_slope_to_first_order() -> None:
    loss, x = CrossEntropy(3), np.array([0.5, -1.0, 2.0, 0.1])
    label, known = jnp.zeros(1), jnp.ones(1, bool)
    weights = {"w": jnp.asarray(np.random.default_rng(1).normal(size=(3, 4)))}
    value, slope = jax.value_and_grad(loss)(weights["w"] @ x, label, known)
    gradients, fraction = {"w": jnp.outer(slope, x)}, 1e-6
    optimizer = Optimizer("intentional", fraction)
    rates, state = optimizer.learning_rates(weights, float), optimizer.init(weights)
    step = jit(partial(optimizer.step, count=COUNT))
    moved, _ = step(rates, state, gradients, weights, value=value, slope=slope)
    fallen = value - loss(moved["w"] @ x, label, known)
    assert float(fallen / fraction) == pytest.approx(float(slope @ slope), rel=1e-5)


def test_the_bound_holds_what_is_removed_below_the_largest_feature_over_kappa() -> None:
    random = np.random.default_rng(2)
    for scale in (1e-9, 1e-3, 1.0, 1e9):
        xs, ys = random.uniform(-2, 2, (50, 6)), scale * random.normal(size=(50, 1))
        before, after = linear(Optimizer("overshooting-bounded"), xs, ys)
        removed = 1 - (after / before)[:, 0]
        most = np.abs(xs).max(axis=1) / (2 * np.maximum(np.abs(before[:, 0]), 1))
        assert (removed > 0).all() and (removed <= most + 1e-9).all()
        assert np.abs(after).max() <= np.abs(before).max()
    # One feature far above kappa, and an error far below one: the condition is needed.
    large, small = np.full((1, 1), 100.0), np.ones((1, 1))
    before, after = linear(Optimizer("overshooting-bounded"), large, small)
    assert float(after[0, 0] / before[0, 0]) < -1


@pytest.mark.parametrize(("rate", "kappa"), [(1.0, 2.0), (0.01, 2.0), (0.5, 3.0)])
def test_the_bound_is_that_of_the_paper(rate: float, kappa: float) -> None:
    random = np.random.default_rng(3)
    for error in (0.0, 0.01, -0.5, 30.0):
        trace = {"a": random.normal(size=(2, 3)), "b": 1e-2 * random.normal(size=4)}
        across = sum(np.abs(leaf).sum() for leaf in trace.values())
        size = rate / max(1.0, kappa * rate * max(abs(error), 1.0) * across)
        transformation = bound_overshooting(rate, kappa)
        gradients = jax.tree.map(lambda leaf, error=error: jnp.asarray(error * leaf), trace)
        found, _ = transformation.update(
            gradients, transformation.init(trace), slope=jnp.array([error])
        )
        for name, leaf in trace.items():
            np.testing.assert_allclose(found[name], size * error * leaf, rtol=1e-12)


def test_without_error_nothing_moves_and_nothing_is_learnt_of_the_slopes() -> None:
    transformation = scale_by_intention()
    weights = {"w": jnp.ones(3)}
    one = {"w": jnp.asarray([1.0, -2.0, 0.0])}
    _, state = transformation.update(one, transformation.init(weights), slope=jnp.ones(1))
    none = jax.tree.map(jnp.zeros_like, one)
    moves, after = transformation.update(none, state, slope=jnp.zeros(1))
    np.testing.assert_array_equal(moves["w"], 0)
    jax.tree.map(np.testing.assert_array_equal, after, state)


def network(**options) -> Learner:
    cell = RNN(2, 5, key=jax.random.key(0), dtype=jnp.float64)
    return Learner(cell, optimizer=Optimizer("intentional", 0.3), scale=Unscaled(), **options)


def test_a_learner_with_a_linear_readout_removes_the_fraction_of_the_error() -> None:
    learner, x, y = network(rule=ReadoutOnly()), jnp.asarray([0.4, -1.2]), jnp.asarray([0.8])
    state, info = learner.step(learner.init(jax.random.key(1)), x, y)
    _, readout = learner.parts.model(state.parameters)
    after = readout(learner.cell.emit(state.recurrent, x), x)
    np.testing.assert_allclose(after - y, 0.7 * (info.prediction - y), rtol=1e-12)


def test_a_whole_sequence_has_no_one_error() -> None:
    random, learner = np.random.default_rng(5), network()
    xs, ys = random.normal(size=(8, 2)), random.normal(size=(8, 1))
    with pytest.raises(ValueError, match=r"^Expected the loss's slope by one output, .*'rmsprop'"):
        pretrain(learner, learner.init(jax.random.key(0)), xs, ys, epochs=1)
