"""How networks of a multiverse start, and how they are followed."""

import jax
import numpy as np
import pytest

from papers.multiverse.network import Network, Shape, follow, moved, start
from papers.setting import FROZEN, Method
from papers.tasks.base import Phase

SHAPE = Shape("rnn", 12, 2, 1)
TRIED = Method("immediate", "adam")


def network(weights: str = "own", inputs: str = "own", readout: str = "small") -> Network:
    return start(SHAPE, weights, inputs, readout, 0)


@pytest.fixture(scope="module")
def stretch() -> Phase:
    random = np.random.default_rng(0)
    rows = random.standard_normal((23, 3)).astype(np.float32)
    return Phase(rows[:, :2], rows[:, 2:])


def matrix(weights: str) -> np.ndarray:
    return np.asarray(network(weights).parameters["cell"].recurrent)


def test_an_orthogonal_start_has_its_gain() -> None:
    drawn = matrix("orthogonal 1.2")
    np.testing.assert_allclose(drawn @ drawn.T, 1.44 * np.eye(12), atol=1e-5)


def test_a_uniform_start_lies_within_its_bound() -> None:
    drawn = matrix("uniform")
    assert np.abs(drawn).max() <= 12**-0.5
    assert drawn.std() == pytest.approx((12 * 3) ** -0.5, rel=0.2)


@pytest.mark.parametrize("gain", [0.5, 1.5])
def test_a_gaussian_start_has_its_spread(gain: float) -> None:
    assert matrix(f"gaussian {gain}").std() == pytest.approx(gain * 12**-0.5, rel=0.2)


def test_small_inputs_and_readouts() -> None:
    drawn = network(inputs="small", readout="small").parameters
    assert np.asarray(drawn["cell"].input).std() == pytest.approx(0.1, rel=0.5)
    assert np.abs(drawn["readout"].weight).max() < 0.5
    assert not np.any(network(readout="zero").parameters["readout"].weight)


def test_a_cell_can_start_as_it_is() -> None:
    one, other = network(), network(weights="uniform")
    assert not np.array_equal(one.parameters["cell"].recurrent, other.parameters["cell"].recurrent)
    np.testing.assert_array_equal(one.parameters["cell"].input, other.parameters["cell"].input)


def test_every_gate_of_a_cell_is_rotated() -> None:
    gates = start(Shape("gru", 4, 2, 1), "orthogonal 1", "own", "zero", 0)
    for gate in np.asarray(gates.parameters["cell"].recurrent):
        np.testing.assert_allclose(gate @ gate.T, np.eye(4), atol=1e-5)


def test_a_stretch_in_pieces_is_the_same_run(
    stretch: Phase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """23 rows as 20 and three single ones, and as one piece."""
    one = follow(SHAPE, TRIED, network(), (0.01, 0.01), stretch)
    monkeypatch.setattr("papers.multiverse.network.PIECES", (23,))
    whole = follow(SHAPE, TRIED, network(), (0.01, 0.01), stretch)
    np.testing.assert_array_equal(one[1], whole[1])
    for left, right in zip(jax.tree.leaves(one[0]), jax.tree.leaves(whole[0]), strict=True):
        np.testing.assert_array_equal(left, right)


def test_what_learns_moves_and_leaves_its_start_as_it_was(stretch: Phase) -> None:
    begun = network()
    kept = np.array(begun.parameters["cell"].recurrent)
    learnt, predicted = follow(SHAPE, TRIED, begun, (0.01, 0.0), stretch)
    recurrent, readout = moved(begun, learnt)
    assert recurrent > 0 and readout == 0 and predicted.shape == (23, 1)
    np.testing.assert_array_equal(begun.parameters["cell"].recurrent, kept)
    assert moved(begun, begun) == (0, 0)


def test_what_is_frozen_stands_still(stretch: Phase) -> None:
    begun = network()
    still, _ = follow(SHAPE, FROZEN, begun, (0.0, 0.0), stretch)
    assert moved(begun, still) == (0, 0)
    assert not np.array_equal(begun.recurrent, still.recurrent)


def test_no_rows_change_nothing() -> None:
    begun = network()
    same, predicted = follow(SHAPE, TRIED, begun, (0.1, 0.1), Phase(np.empty((0, 2)), np.empty(0)))
    assert same is begun and predicted.shape == (0, 1)


def test_a_class_is_predicted_by_its_probability(stretch: Phase) -> None:
    shape = Shape("rnn", 12, 2, 1, classes=2)
    labels = (stretch.y > 0).astype(np.float32)
    begun = start(shape, "own", "own", "small", 0)
    _, predicted = follow(shape, FROZEN, begun, (0.0, 0.0), Phase(stretch.x, labels))
    assert predicted.shape == (23, 2)
    np.testing.assert_allclose(predicted.sum(axis=1), 1, rtol=1e-5)
