"""Pre-train, shift, adapt, score: what the learner alone would do, seed by seed."""

from dataclasses import replace
from functools import lru_cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from small_claims import IMMEDIATE, SMALL, tail

from onward import (
    RNN,
    RTRL,
    AbstractRule,
    Immediate,
    Learner,
    Linear,
    SparseRTRL,
    StepInfo,
    Unscaled,
)
from onward.learning.state import LearnerState
from papers.adaptation import pretrained, sweep
from papers.comparison import recovery
from papers.setting import FROZEN, Method, Training
from papers.tasks import SineShift


def learner_of(seed: int, rule: AbstractRule, rates: float | dict[str, float]) -> Learner:
    """As the papers have it, made by hand."""
    cell = RNN(1, 4, key=jax.random.split(jax.random.key(seed))[0])
    plain = {"readout": Linear(4, 1), "scale": Unscaled()}
    return Learner(cell, rule=rule, optimizer="adam", learning_rate=rates, **plain)


@lru_cache
def trained(seed: int) -> LearnerState:
    """The network of one seed at the shift."""
    learner = learner_of(seed, RTRL(), 1e-3)
    return learner.run(learner.init(jax.random.key(seed)), *SMALL.task.before(seed))[0]


def alone(
    seed: int,
    rate: float,
    *,
    readout: float | None = None,
    rows: int = 30,
    rule: AbstractRule | None = None,
    draws: int | None = None,
) -> tuple[LearnerState, StepInfo]:
    """The network of one seed after so many rows of adaptation, and what it said.

    `rule`: immediate if not given. `draws`: the seed of what the rule draws, the network's own if
    not given.
    """
    rates = {"cell": rate, "readout": rate if readout is None else readout}
    learner = learner_of(seed, rule or Immediate(), rates)
    fresh = learner.init(jax.random.key(seed if draws is None else draws))
    # Copies: a run consumes its state.
    kept = jax.tree.map(
        jnp.copy, {name: getattr(trained(seed), name) for name in ("parameters", "recurrent")}
    )
    x, y = SMALL.task.after(seed)
    return learner.run(fresh.replace(**kept), x[:rows], y[:rows])


def squared(prediction: np.ndarray, y: np.ndarray) -> float:
    return float(np.mean((np.asarray(prediction, np.float64) - y) ** 2))


def test_an_error_is_that_of_a_learner_alone() -> None:
    found = sweep(SMALL, IMMEDIATE, (1e-2, 3e-2), (0, 3), threads=2)
    assert found.shape == (2, 2, 1)
    for row, rate in enumerate((1e-2, 3e-2)):
        for column, seed in enumerate((0, 3)):
            _, info = alone(seed, rate)
            expected = squared(info.prediction, SMALL.task.after(seed).y)
            assert found[row, column, 0] == pytest.approx(expected, rel=1e-5)
    assert np.unique(found).size == 4


@pytest.mark.study
def test_what_a_rule_draws_comes_from_the_seed_of_its_network() -> None:
    """Two of four paths, drawn at random: others with another seed."""
    sparse = Method("sparse-rtrl:k=2", "adam")
    found = sweep(SMALL, sparse, (1e-2,), (0, 3), threads=1)[0, :, 0]
    for error, seed in zip(found, (0, 3), strict=True):
        own, another = (
            squared(info.prediction, SMALL.task.after(seed).y)
            for _, info in (
                alone(seed, 1e-2, rule=SparseRTRL(2), draws=draws) for draws in (seed, seed + 1)
            )
        )
        assert error == pytest.approx(own, rel=1e-5)
        assert error != pytest.approx(another, rel=1e-3)
    (_, info) = alone(3, 1e-2, rule=SparseRTRL(2), draws=0)
    assert found[1] != pytest.approx(squared(info.prediction, SMALL.task.after(3).y), rel=1e-3)


def test_a_held_readout_does_not_move() -> None:
    held = IMMEDIATE.holding_readout()
    found = sweep(SMALL, held, (1e-2,), (0,), threads=1)
    state, info = alone(0, 1e-2, readout=0.0)
    assert found[0, 0, 0] == pytest.approx(
        squared(info.prediction, SMALL.task.after(0).y), rel=1e-5
    )
    before = pretrained(SMALL, (0,), 1)[0].parameters["readout"]
    np.testing.assert_allclose(state.parameters["readout"].weight, before.weight, rtol=1e-4)
    assert held.name == "immediate + adam, readout held"


def test_the_tail_is_scored_with_weights_that_rest() -> None:
    found = sweep(tail(), IMMEDIATE, (1e-2,), (0,), threads=1)
    state, _ = alone(0, 1e-2, rows=20)
    x, y = SMALL.task.after(0)
    cell = state.parameters["cell"]
    hidden, said = state.recurrent, []
    for one in x[20:]:
        hidden = cell(hidden, one)
        said.append(state.parameters["readout"](hidden, one))
    assert found[0, 0, 0] == pytest.approx(squared(np.array(said), y[20:]), rel=1e-4)


def test_nothing_learns_where_it_is_frozen() -> None:
    found = sweep(SMALL, FROZEN, (0.0, 1.0), (0, 1), threads=1)
    np.testing.assert_array_equal(found[0], found[1])


def test_a_pass_that_diverges_has_an_infinite_error() -> None:
    setting = replace(SMALL, task=replace(SMALL.task, adaptation=200))
    found = sweep(setting, Method("immediate", "sgd"), (1e-2, 1e6), (0,), threads=1)
    assert np.isfinite(found[0]).all() and not found[1] < 1e3


def test_without_pre_training_the_network_is_as_it_was_drawn() -> None:
    task = replace(SMALL.task, pretraining=0)
    network = pretrained(replace(SMALL, task=task), (5,), 1)[0]
    cell = RNN(1, 4, key=jax.random.split(jax.random.key(5))[0])
    np.testing.assert_array_equal(network.parameters["cell"].recurrent, cell.recurrent)
    trained = pretrained(replace(SMALL, training=Training(rate=1e-2)), (5,), 1)[0]
    assert np.abs(trained.parameters["cell"].recurrent - cell.recurrent).max() > 1e-3


def test_recovery_is_nothing_for_frozen_and_all_for_exact() -> None:
    frozen, exact = np.array([[4.0], [1.0], [2.0]]), np.array([[2.0], [0.5], [2.0]])
    assert recovery(frozen, frozen, exact)[:2].tolist() == [[0.0], [0.0]]
    assert recovery(exact, frozen, exact)[:2].tolist() == [[100.0], [100.0]]
    assert recovery(np.array([[3.0], [2.0], [1.0]]), frozen, exact)[:2].tolist() == [[50], [-200]]
    assert recovery(exact, frozen, exact)[2] == -np.inf, "exact credit gained nothing"


def test_a_sine_has_no_jump_where_it_shifts() -> None:
    task = SineShift(horizon=3, pretraining=200, adaptation=100)
    before, after = task.before(7), task.after(7)
    np.testing.assert_array_equal(before.y[:-3], before.x[3:])
    np.testing.assert_array_equal(after.y[:-3], after.x[3:])
    assert before.x.shape == (200, 1) and after.y.shape == (100, 1)
    joined = np.concatenate([before.x, after.x]).astype(np.float64)[:, 0]
    # A sine of frequency f satisfies x_{t+1} = 2 cos(2πf) x_t - x_{t-1}.
    residual = joined[2:] - 2 * np.cos(2 * np.pi * 0.05) * joined[1:-1] + joined[:-2]
    assert np.abs(residual[:198]).max() < 1e-5 < np.abs(residual[199:]).max()
    shifted = joined[2:] - 2 * np.cos(2 * np.pi * 0.08) * joined[1:-1] + joined[:-2]
    assert np.abs(shifted[200:]).max() < 1e-5
    assert abs(joined[200] - joined[199]) < 2 * np.pi * 0.08
    assert not np.array_equal(task.before(8).x, before.x)
