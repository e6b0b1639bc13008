"""That rates side by side are learners by themselves, mixed as a mixture does it."""

import jax
import numpy as np
import pytest

from onward.mixtures.mixture import Mixture
from papers.credit import lanes
from papers.credit.tasks import TASKS, padded
from papers.credit.work import measure

ROWS, RULE = 90, "rtrl"


@pytest.fixture
def stream() -> tuple[np.ndarray, np.ndarray]:
    made = TASKS["chain-2"].make(ROWS, 0)
    return padded(made.x), made.y


@pytest.fixture
def found(stream: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    return lanes.lanes("indrnn", RULE, 1, *stream)


def test_each_lane_is_the_learner_of_its_rate(stream, found: np.ndarray) -> None:
    for rate, lane in zip(lanes.RATES, found, strict=True):
        learner = lanes.make_learner("indrnn", RULE, rate, 1)
        _, info = learner.run(learner.init(jax.random.key(1)), *stream)
        np.testing.assert_allclose(lane, info.prediction, rtol=2e-4, atol=2e-5)
    assert np.abs(found[0] - found[2]).max() > 1e-3, "rates make a difference"


def test_a_seed_has_weights_of_its_own(stream, found: np.ndarray) -> None:
    other = lanes.lanes("indrnn", RULE, 2, *stream)
    assert np.abs(found - other)[:, 5:].max() > 1e-2


@pytest.mark.study
def test_lanes_are_mixed_as_a_mixture_mixes_its_learners(stream) -> None:
    members = {f"{rate:g}": lanes.make_learner("indrnn", RULE, rate, 1) for rate in lanes.RATES}
    mixture = Mixture(members)
    _, info, each, _ = mixture.run_all(mixture.init(jax.random.key(0)), *stream)
    alone = np.stack([np.asarray(one.prediction) for one in each.values()])
    mixed = lanes.mixed(alone, stream[1])
    np.testing.assert_allclose(mixed, info.prediction, rtol=1e-5, atol=1e-6)
    assert np.abs(mixed - alone[0]).max() > 1e-4


@pytest.mark.study
def test_measure_scores_the_last_third_as_the_predictions_have_it(
    stream, found: np.ndarray
) -> None:
    got = measure(task="chain-2", cell="indrnn", rule=RULE, seed=0, rows=ROWS)
    mine = lanes.lanes("indrnn", RULE, 0, *stream)
    last = slice(60, 90)
    labels, made = stream[1][last], lanes.mixed(mine, stream[1])[last]
    known = np.isfinite(labels)
    assert got["error"] == pytest.approx(np.mean((made[known] - labels[known]) ** 2), rel=1e-5)
    assert got["trivial"] == pytest.approx(np.var(labels[known])) and got["labels"] == 15
    assert len(got["rates"]) == len(lanes.RATES) and len(got["curve"]) == 6


@pytest.mark.study
def test_the_second_order_controls_read_lags_and_states() -> None:
    lags = measure(task="recall-2", cell="none", rule="lags-read", seed=0, rows=ROWS)
    assert lags["error"] < 0.01, "a linear model of lags holds the label"
    states = measure(task="recall-1", cell="rnn", rule="states-read", seed=0, rows=300)
    assert states["error"] < 0.2 < states["trivial"]
    newest = measure(task="recall-2", cell="none", rule="last-label", seed=0, rows=ROWS)
    assert newest["error"] > newest["trivial"] and newest["rates"] == []
