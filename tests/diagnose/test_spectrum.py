"""Singular values against matrices whose values are known, and against whole maps' derivatives."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from matrix import left
from onward import MemoryBudgetError
from onward.diagnose import record, self_propagation, spectrum
from oracles import jit

from .stretches import Linear, Stretch, plain_learner, stretch_of, stretch_with

VALUES = np.array([0.9, 0.6, 0.3, 0.05])


def rotation(seed: int) -> np.ndarray:
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(4, 4)))[0]


def linear_stretch(matrix: np.ndarray) -> Stretch:
    """A cell whose weights are still those given: its learner learns nothing."""
    learner = plain_learner(Linear(matrix))
    _, _, xs, ys = stretch_with(learner)
    return Stretch(learner, learner.init(jax.random.key(0)), xs, ys)


def test_the_values_of_a_known_matrix() -> None:
    found = spectrum(*linear_stretch(rotation(0) * VALUES @ rotation(1)), (1,), samples=3)
    assert list(found.steps) == [0, 6, 13]
    np.testing.assert_allclose(found.singular_values, np.broadcast_to(VALUES, (3, 1, 4)))
    np.testing.assert_allclose(found.condition_number, 18.0, rtol=1e-10)


def test_products_of_a_symmetric_matrix_decay_by_its_largest_value() -> None:
    turned = rotation(2)
    found = spectrum(*linear_stretch(turned * VALUES @ turned.T), (1, 2, 5))
    for place, length in enumerate((1, 2, 5)):
        np.testing.assert_allclose(found.norm[:, place], 0.9**length)
        np.testing.assert_allclose(found.condition_number[:, place], 18.0**length, rtol=1e-8)
    np.testing.assert_allclose(found.effective_decay, 0.9)


def test_a_singular_matrix_has_an_infinite_condition_number() -> None:
    found = spectrum(*linear_stretch(np.diag([0.5, 0.5, 0.5, 0.0])), (1, 3))
    assert np.isinf(found.condition_number).all()


@pytest.mark.parametrize("name", ["rnn", left("lstm"), left("lru")])
def test_products_are_derivatives_of_several_steps(name: str) -> None:
    """d s_t / d s_{t-h} of the whole map, by autodiff: the order of the factors matters."""
    stretch = stretch_of(name, feedback=True)
    lengths = (1, 3, 6)
    found = spectrum(*stretch, lengths, samples=2)
    trajectory = record(*stretch)
    cell, _ = stretch.learner.parts.model(stretch.state.parameters)
    for row, step in enumerate(found.steps):
        for place, length in enumerate(lengths):
            first = step - length + 1
            start = jax.tree.map(lambda leaf: leaf[first], trajectory.states_prev)  # noqa: B023
            vector, unflatten = ravel_pytree(start)

            def go(vector, unflatten=unflatten, xs=trajectory.xs[first : step + 1]):
                state = unflatten(vector)
                for x in xs:
                    state = cell(state, x)
                return ravel_pytree(state)[0]

            whole = np.asarray(jit(jax.jacfwd(go))(vector))
            expected = np.linalg.svd(whole, compute_uv=False)
            np.testing.assert_allclose(
                found.singular_values[row, place], expected, rtol=1e-10, atol=1e-12
            )


@pytest.mark.parametrize("name", [left("rnn"), left("lstm"), "lru"])
def test_self_propagation_is_the_mean_diagonal(name: str) -> None:
    stretch = stretch_of(name)
    found, trajectory = self_propagation(*stretch), record(*stretch)
    cell, _ = stretch.learner.parts.model(stretch.state.parameters)
    expected = []
    for row in range(len(stretch.xs)):
        state = jax.tree.map(lambda leaf: leaf[row], trajectory.states_prev)  # noqa: B023
        vector, unflatten = ravel_pytree(state)
        move = lambda vector: ravel_pytree(cell(unflatten(vector), trajectory.xs[row]))[0]  # noqa: B023, E731
        expected.append(jnp.trace(jax.jacfwd(move)(vector)) / vector.size)
    np.testing.assert_allclose(found.mean_diagonal, expected, rtol=1e-10)
    np.testing.assert_allclose(found.mean, np.mean(expected), rtol=1e-10)


def test_no_multiple_of_one_is_nearer_to_the_jacobians() -> None:
    matrix = np.random.default_rng(3).normal(size=(4, 4))
    best = self_propagation(*linear_stretch(matrix)).mean
    distance = lambda scale: np.linalg.norm(matrix - scale * np.eye(4))  # noqa: E731
    assert distance(best) < min(distance(best - 1e-3), distance(best + 1e-3))


def test_what_cannot_be_measured_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    stretch = stretch_of()
    with pytest.raises(ValueError, match=r"at least 16 samples, the longest product; got 14"):
        spectrum(*stretch, (1, 16))
    monkeypatch.setattr("psutil.virtual_memory", lambda: type("M", (), {"available": 100}))
    with pytest.raises(MemoryBudgetError, match=r"the Jacobians of one product .* smaller hidden"):
        spectrum(*stretch, (1, 4))
