"""Losses with several outputs a target: what they cost, what they tell, and what is learnt."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from catalogue import make_cell
from matrix import left
from onward import FixedMoments, Gaussian, Learner, Linear, Quantile, RecursiveLeastSquares

LEVELS = (0.1, 0.5, 0.9)
LABEL = np.array([0.4, -2.0])
QUANTILES = np.array([[-0.3, 0.2, 1.0], [-1.0, 0.5, 0.1]])
NORMAL = np.array([[0.3, -1.0], [1.5, 0.7]])


def pinball(label: float, quantile: float, level: float) -> float:
    return level * (label - quantile) if label > quantile else (1 - level) * (quantile - label)


COSTS = {
    "quantiles": (
        Quantile(LEVELS),
        QUANTILES.ravel(),
        [sum(map(pinball, [y] * 3, q, LEVELS)) for y, q in zip(LABEL, QUANTILES, strict=True)],
    ),
    "Gaussian": (
        Gaussian(),
        NORMAL.ravel(),
        [0.5 * (v + (y - m) ** 2 / np.exp(v)) for y, (m, v) in zip(LABEL, NORMAL, strict=True)],
    ),
}


@pytest.mark.parametrize(("loss", "output", "costs"), COSTS.values(), ids=COSTS)
def test_the_value_and_the_slope_are_those_of_the_formula(loss, output, costs) -> None:
    value = jax.jit(lambda out, known: loss(out, jnp.asarray(LABEL), known))
    for known in map(jnp.asarray, ([True, True], [True, False], [False, True])):
        np.testing.assert_allclose(value(output, known), np.sum(costs, where=known))
        slope = jax.jit(jax.grad(value))(output, known)
        moves = 1e-6 * np.eye(len(output))
        differences = [
            (value(output + move, known) - value(output - move, known)) / 2e-6 for move in moves
        ]
        np.testing.assert_allclose(slope, differences, rtol=1e-6, atol=1e-8)


def test_a_variance_beyond_its_bounds_is_led_back() -> None:
    value = lambda out: Gaussian().per_target(out, jnp.ones(1))[0]  # noqa: E731
    for spread, sign in ((-30.0, -1), (30.0, 1)):
        slope = jax.grad(value)(jnp.array([0.0, spread]))
        assert np.isfinite(slope).all() and np.sign(slope[1]) == sign


def test_quantiles_are_told_in_order_and_in_units() -> None:
    loss = Quantile(LEVELS)
    restore = lambda value: jnp.array([100.0, -1e6]) + jnp.array([10.0, 0.5]) * value  # noqa: E731
    told = loss.link(loss.restored(jnp.asarray(QUANTILES.ravel()), restore)).reshape(2, 3)
    np.testing.assert_allclose(told[0], [97, 102, 110])
    np.testing.assert_allclose(told[1], -1e6 + 0.5 * np.array([-1.0, 0.1, 0.5]))


def test_a_deviation_is_told_in_units_whatever_the_offset_is() -> None:
    restore = lambda value: np.float32(1e7) + np.float32(0.5) * value  # noqa: E731
    output = jnp.asarray([0.0, np.log(0.04)], jnp.float32)
    told = Gaussian().restored(output, restore)
    np.testing.assert_allclose(told, [1e7, 0.1], rtol=1e-6)


def learner_of(loss, targets: int, feedback: bool = False, **options) -> Learner:
    cell = make_cell("rnn", 0, np.float64, 1 + (targets if feedback else 0))
    options = {"optimizer": "rmsprop", "learning_rate": 3e-3, **options}
    return Learner(cell, targets, loss=loss, feedback=feedback, **options)


def noise(rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Features that tell nothing, and labels of another spread and offset for each target."""
    random = np.random.default_rng(0)
    return np.zeros((rows, 1)), random.normal(size=(rows, 2)) * [3.0, 0.1] + [50.0, -2.0]


def run(learner: Learner, xs: np.ndarray, ys: np.ndarray):
    return learner.run(learner.init(jax.random.key(0)), xs, ys)[1].prediction


def test_the_quantiles_of_noise_are_learnt_in_units() -> None:
    xs, ys = noise(4_000)
    found = run(learner_of(Quantile(LEVELS), 2), xs, ys)[-1_000:].reshape(-1, 2, 3)
    below = (ys[-1_000:, :, None] <= found).mean(axis=0)
    np.testing.assert_allclose(below, [LEVELS, LEVELS], atol=0.05)


@pytest.mark.matrix
def test_the_mean_and_the_deviation_of_noise_are_learnt_in_units() -> None:
    xs, ys = noise(4_000)
    found = run(learner_of(Gaussian(), 2), xs, ys)[-1_000:].reshape(-1, 2, 2).mean(axis=0)
    np.testing.assert_allclose(found[:, 0], [50, -2], rtol=0.02)
    np.testing.assert_allclose(found[:, 1], [3, 0.1], rtol=0.15)


@pytest.mark.parametrize(
    "loss", [left(Quantile(LEVELS)), Gaussian()], ids=["quantiles", "Gaussian"]
)
def test_a_fed_back_label_is_repeated_at_first(loss) -> None:
    random = np.random.default_rng(1)
    ys = 7 + np.cumsum(random.normal(size=(40, 2)), axis=0)
    scale = FixedMoments(mean=7.0, deviation=2.0)
    learner = learner_of(loss, 2, feedback=True, scale=scale, optimizer="sgd", learning_rate=0.0)
    assert learner.features == 1
    found = run(learner, np.zeros((40, 1)), ys)[1:].reshape(39, 2, -1)
    each = found[..., :1] if isinstance(loss, Gaussian) else found
    np.testing.assert_allclose(each, np.broadcast_to(ys[:-1, :, None], each.shape), rtol=1e-9)
    if isinstance(loss, Gaussian):
        np.testing.assert_allclose(found[..., 1], 2.0)


def test_there_is_no_prediction_of_a_target_without_a_label() -> None:
    xs, ys = noise(6)
    ys[:4, 1] = np.nan
    found = run(learner_of(Quantile(LEVELS), 2), xs, ys).reshape(6, 2, 3)
    assert np.isnan(found[0]).all() and np.isfinite(found[1:, 0]).all()
    assert np.isnan(found[:5, 1]).all() and np.isfinite(found[5, 1]).all()


def test_a_readout_that_learns_by_itself_refuses_them() -> None:
    with pytest.raises(ValueError, match=r"one output a target; got Quantile.*6 outputs for 2 tar"):
        run(learner_of(Quantile(LEVELS), 2, readout=RecursiveLeastSquares), *noise(4))


def test_what_is_repeated_fits_the_outputs() -> None:
    for loss in (Quantile(LEVELS), Gaussian()):
        assert loss.repeating(2).shape == (loss.outputs(2), loss.width(2))
        readout = Linear(3, loss.outputs(2), direct=4).persistent(loss.repeating(2))
        assert readout(jnp.zeros(3), jnp.array([9.0, 9.0, 1.0, 2.0])).shape == (loss.outputs(2),)


def test_wrong_levels_are_refused(untyped) -> None:
    for levels in ((), (0.5, 0.5), (0.9, 0.1), (0.0, 0.5), (0.5, 1.0), [0.5], ("a",), 0.5):
        with pytest.raises(
            ValueError, match=r"^Expected increasing levels between 0 and 1; got .*"
        ):
            Quantile(levels)  # pyright: ignore[reportArgumentType]
