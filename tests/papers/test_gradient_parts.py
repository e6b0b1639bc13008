"""What exact credit adds to the immediate derivative."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from papers.multiverse.gradient_parts import (
    LENGTHS,
    PAST,
    PRESENT,
    concentration,
    gradient_parts,
    top_fraction,
)
from papers.multiverse.network import Shape, start
from papers.tasks.base import Phase

ROWS = 7


@pytest.fixture(scope="module")
def stretch() -> Phase:
    random = np.random.default_rng(0)
    return Phase(random.normal(size=(ROWS, 2)), random.normal(size=(ROWS, 2)))


def sums_by_backpropagation(network, phase) -> tuple[np.ndarray, np.ndarray]:
    """Of the whole gradient over the stretch, and of the one with each previous state held."""
    cell, readout = network.parameters["cell"], network.parameters["readout"]

    def loss(recurrent, held: bool):
        state, total = network.recurrent, 0.0
        for x, y in zip(phase.x, phase.y, strict=True):
            before = jax.lax.stop_gradient(state) if held else state
            state = jnp.tanh(recurrent @ before + cell.input @ x + cell.bias)
            total += 0.5 * jnp.sum((readout.weight @ state + readout.bias - y) ** 2)
        return total

    by_weights = jax.grad(loss)
    whole, held = by_weights(cell.recurrent, False), by_weights(cell.recurrent, True)
    return np.asarray(whole), np.asarray(held)


@pytest.mark.study
def test_the_parts_sum_to_backpropagation_through_the_stretch(stretch: Phase) -> None:
    with jax.enable_x64(True):
        shape = Shape("rnn", 4, 2, 2, "float64")
        network = start(shape, "orthogonal 1", "uniform", "uniform", 1)
        whole, held = sums_by_backpropagation(network, stretch)
        found = gradient_parts(shape, network, stretch)
    np.testing.assert_allclose(found.immediate.sum(axis=0), held, rtol=1e-9)
    np.testing.assert_allclose((found.immediate + found.past).sum(axis=0), whole, rtol=1e-9)
    assert np.linalg.norm(whole - held) > 0.1 * np.linalg.norm(held)


def test_fractions() -> None:
    assert top_fraction(np.outer([1.0, 2.0], [3.0, -1.0])) == pytest.approx(1)
    assert top_fraction(np.eye(4)) == pytest.approx(0.25)
    assert np.isnan(top_fraction(np.zeros((2, 2))))


def test_a_network_that_has_diverged_has_no_parts(stretch: Phase) -> None:
    shape = Shape("rnn", 4, 2, 2)
    network = start(shape, "orthogonal 1", "uniform", "uniform", 1)
    found = concentration(shape, network, stretch)
    assert 0.25 < found[PAST] < 1 and 0.25 < found[PRESENT] < 1 and found[LENGTHS] > 0
    lost = jax.tree.map(lambda leaf: jnp.full_like(leaf, jnp.nan), network.parameters)
    assert set(concentration(shape, network._replace(parameters=lost), stretch).values()) == {
        np.inf
    }
    large = jax.tree.map(lambda leaf: jnp.full_like(leaf, 1e30), network.parameters["readout"])
    beyond = network._replace(parameters={**network.parameters, "readout": large})
    assert set(concentration(shape, beyond, stretch).values()) == {np.inf}
