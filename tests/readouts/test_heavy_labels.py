"""Labels of great weight: everything stays a number, and what follows is learnt."""

from functools import partial

import jax
import numpy as np
import pytest

import onward
from onward import Huber, KernelClassifier, KernelRegressor, RecursiveLeastSquares
from onward.learning.observation import Observation
from onward.readouts.recursive_least_squares import aged

ROWS, FEATURES = 400, 3


def rows(weights, classes=0):
    """A line with a little noise, each label of a weight; the last tenth of weight 1."""
    random = np.random.default_rng(0)
    x = random.normal(size=(ROWS, FEATURES)).astype(np.float32)
    y = x[:, :1] + 0.1 * random.normal(size=(ROWS, 1)).astype(np.float32)
    weight = np.resize(np.asarray(weights, np.float32), ROWS)
    weight[-ROWS // 10 :] = 1
    return Observation(x, (y > 0).astype(np.float32) if classes else y, weight, None)


def line(readout, loss=None):
    cell = onward.Memoryless(FEATURES, dtype=np.float32)
    return onward.Learner(
        cell, 1, rule=onward.ReadoutOnly(), readout=readout, optimizer="sgd", loss=loss
    )


@pytest.mark.parametrize("weights", [1e4, 1e6, [1, 0, 1e-6, 1e6]])
@pytest.mark.parametrize(
    ("readout", "loss"),
    [
        (partial(RecursiveLeastSquares, forgetting=0.999), None),
        (partial(RecursiveLeastSquares, forgetting=0.9), Huber()),
        (partial(KernelRegressor, window=50), None),
        (partial(KernelClassifier, window=50), onward.CrossEntropy(2)),
    ],
)
def test_a_readout_stays_a_number_and_learns(weights, readout, loss) -> None:
    learner = line(readout, loss)
    seen = rows(weights, classes=2 if loss and loss.categorical else 0)
    state, info = learner.run(learner.init(jax.random.key(0)), seen)
    assert np.isfinite(info.prediction[1:]).all()
    assert not np.asarray(info.skipped).any()
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(state.parameters))
    last = slice(-ROWS // 10, None)
    if loss and loss.categorical:
        hit = info.prediction[last].argmax(1) == seen.y[last, 0]
        assert hit.mean() > 0.7
    else:
        assert np.abs(info.prediction[last] - seen.y[last]).mean() < 0.6


@pytest.mark.parametrize("weight", [1e3, 1e6])
def test_a_mixture_stays_a_number_and_learns(weight) -> None:
    free = {f"label {period} before": onward.Seasonal(period) for period in range(2, 11)}
    mixture = onward.Mixture({"line": line(RecursiveLeastSquares), **free})
    _, info = mixture.run(mixture.init(jax.random.key(0)), rows(weight))
    assert np.isfinite(info.prediction[1:]).all()
    # Of labels that scatter by 1.
    assert np.abs(info.prediction[100:] - rows(weight).y[100:]).mean() < 0.5


def test_a_heavy_sample_does_not_outweigh_all_that_are_nearer() -> None:
    learner = line(partial(KernelClassifier, window=200), onward.CrossEntropy(2))
    weights = np.ones(ROWS, np.float32)
    weights[150] = 1e6
    seen = rows(weights, classes=2)
    _, info = learner.run(learner.init(jax.random.key(0)), seen)
    after = slice(160, 340)
    assert (info.prediction[after].argmax(1) == seen.y[after, 0]).mean() > 0.9


def test_ordinary_weights_age_as_they_are_said_to() -> None:
    for forgetting, weight in [(0.999, 1.0), (0.999, 30.0), (0.5, 1.0), (0.9, 0.0), (1.0, 1e9)]:
        found = float(aged(forgetting, np.asarray(weight, np.float64), 90))
        np.testing.assert_allclose(found, forgetting**weight, rtol=1e-12)
    # Over as many heavy labels as there are priors a hundredth is left.
    np.testing.assert_allclose(float(aged(0.999, np.asarray(1e9), 90)) ** 90, 1e-2, rtol=1e-9)
