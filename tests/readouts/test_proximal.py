"""The implicit step against its own optimality, and the curvature against its definition."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from matrix import left
from onward import Absolute, CrossEntropy, Huber, Poisson, Squared
from onward.readouts.proximal import _separate, proximal

SMOOTH = [Squared(), Huber(0.5), Poisson()]


step = jax.jit(proximal, static_argnums=0)


def found(loss, output, target, weight=1.0, spread=1.0, known=None):
    output, target = jnp.asarray(output, float), jnp.asarray(target, float)
    known = jnp.ones(target.shape, bool) if known is None else jnp.asarray(known)
    return step(loss, output, target, known, jnp.asarray(weight), jnp.asarray(spread))


@pytest.mark.parametrize("loss", SMOOTH)
@pytest.mark.parametrize("spread", [left(0.01), left(0.3), 40.0])
def test_it_is_a_gradient_step_whose_slope_is_that_of_where_it_arrives(loss, spread):
    random = np.random.default_rng(0)
    output, target = 2 * random.normal(size=40), np.abs(4 * random.normal(size=40))
    known = np.ones(40, bool)
    reached, _ = found(loss, output, target, 0.7, spread)
    slope = jax.grad(lambda o: loss(o, jnp.asarray(target), jnp.asarray(known)))(reached)
    np.testing.assert_allclose(reached, output - 0.7 * spread * slope, atol=1e-9 * (1 + spread))
    # The control: the explicit step is another.
    slope = jax.grad(lambda o: loss(o, jnp.asarray(target), jnp.asarray(known)))(output)
    assert np.abs(reached - (output - 0.7 * spread * slope)).max() > 1e-6


def test_the_squared_error_in_closed_form():
    reached, curvature = found(Squared(), [1.0, -2.0], [3.0, 5.0], weight=0.5, spread=4.0)
    np.testing.assert_allclose(reached, [1 + 2 * 2 / 3, -2 + 7 * 2 / 3], rtol=1e-12)
    np.testing.assert_allclose(curvature, 1.0, rtol=1e-12)


@pytest.mark.parametrize("weight", [0.0, 0.7, 30.0])
@pytest.mark.parametrize("known", [[True, True, True], [True, False, True]])
def test_the_closed_form_of_the_squared_error_is_what_the_search_finds(weight, known):
    output, target = jnp.asarray([1.0, -2.0, 0.3]), jnp.asarray([3.0, 500.0, -0.1])
    given = output, target, jnp.asarray(known)
    reached, curvature = found(Squared(), output, target, weight, 4.0, known)
    general = jax.jit(_separate, static_argnums=0)
    expected, bend = general(Squared(), *given, jnp.asarray(4.0 * weight), jnp.asarray(4.0))
    np.testing.assert_allclose(reached, expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(curvature, bend, rtol=1e-12)
    still = np.full(3, weight == 0) | ~np.array(known)
    np.testing.assert_array_equal(np.asarray(reached == output), still)


class Doubled(Squared):
    """Made of the squared error, of which it is twice."""

    def per_target(self, output, label):
        return 2 * super().per_target(output, label)


def test_a_loss_made_of_the_squared_error_does_not_take_its_closed_form():
    reached, curvature = found(Doubled(), [1.0], [3.0], weight=0.5, spread=4.0)
    twice, _ = found(Squared(), [1.0], [3.0], weight=1.0, spread=4.0)
    np.testing.assert_allclose(reached, twice, rtol=1e-12)
    np.testing.assert_allclose(curvature, 2.0, rtol=1e-12)


@pytest.mark.parametrize("loss", [Squared(), Huber(), left(Absolute()), left(Poisson())])
def test_without_any_known_target_it_stays_and_its_curvature_is_a_number(loss):
    reached, curvature = found(loss, [0.5, 1.0], [2.0, 9.0], known=[False, False])
    np.testing.assert_array_equal(reached, [0.5, 1.0])
    assert np.isfinite(curvature)


def test_the_absolute_error_in_closed_form():
    """It moves by the spread and stops at the label."""
    reached, _ = found(Absolute(), [0.0, 0.0, 0.0], [0.3, -5.0, 2.0], spread=0.5)
    np.testing.assert_allclose(reached, [0.3, -0.5, 0.5], atol=1e-12)


def test_the_curvature_of_a_kink_is_twice_the_density_of_the_errors():
    random = np.random.default_rng(0)
    target = random.normal(size=200_000)
    _, curvature = found(Absolute(), np.zeros(200_000), target, weight=0.0, spread=0.01)
    np.testing.assert_allclose(curvature, 2 / np.sqrt(2 * np.pi), rtol=0.02)


@pytest.mark.parametrize("loss", [left(Huber(1.0)), Poisson()])
def test_the_curvature_is_the_second_derivative_where_the_spread_is_small(loss):
    target = jnp.asarray([0.4, 2.0, 3.0])
    reached, curvature = found(loss, [0.1, 0.2, 1.0], target, spread=1e-6)
    slope = jax.grad(lambda o: loss(o, target, jnp.ones(3, bool)))
    _, bend = jax.jvp(slope, (reached,), (jnp.ones(3),))
    np.testing.assert_allclose(curvature, bend.mean(), rtol=1e-4)


def test_missing_targets_stay_and_do_not_count():
    reached, curvature = found(Poisson(), [0.5, 1.0], [2.0, 9.0], known=[True, False])
    alone, its = found(Poisson(), [0.5], [2.0])
    assert reached[1] == 1.0 and reached[0] == alone[0]
    np.testing.assert_allclose(curvature, its)


@pytest.mark.parametrize("classes", [2, left(3), 7])
@pytest.mark.parametrize("spread", [1e-6, 0.1, 3.0, 1e5])
def test_the_step_of_classes_arrives_from_anywhere(classes, spread):
    random = np.random.default_rng(classes)
    for size in (0.1, 3.0, 40.0):
        output = size * random.normal(size=classes)
        label = output.argmin()
        reached, curvature = found(CrossEntropy(classes), output, [label], spread=spread)
        p = np.asarray(jax.nn.softmax(reached))
        expected = output + spread * (np.eye(classes)[label] - p)
        np.testing.assert_allclose(reached, expected, atol=1e-9 * (1 + spread))
        mean = np.linalg.eigvalsh(np.diag(p) - np.outer(p, p)).sum() / (classes - 1)
        np.testing.assert_allclose(curvature, mean, atol=1e-12)


def test_two_classes_have_the_curvature_of_their_only_direction():
    reached, curvature = found(CrossEntropy(2), [0.3, -0.4], [1.0])
    p = np.asarray(jax.nn.softmax(reached))
    largest = np.linalg.eigvalsh(np.diag(p) - np.outer(p, p))[-1]
    np.testing.assert_allclose(curvature, largest, rtol=1e-12)


@pytest.mark.parametrize("loss", [Poisson(), CrossEntropy(2)])
def test_a_wild_output_comes_back(loss):
    output = [80.0] if isinstance(loss, Poisson) else [300.0, -300.0]
    reached, curvature = found(loss, output, [1.0], spread=100.0)
    assert np.isfinite(reached).all() and np.isfinite(curvature)
    assert abs(reached[0]) < (6 if isinstance(loss, Poisson) else 260)
