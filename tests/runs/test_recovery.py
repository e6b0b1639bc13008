"""A learner that blows up is put back, learns more slowly, and is told of."""

from pathlib import Path

import jax
import numpy as np
import pytest

import onward
from learning.examples import assert_same
from matrix import left
from onward.runs import Run
from onward.runs.recovery import MOST_RESTARTS, WINDOW, Recovery
from small_runs import (
    CHUNK,
    assert_same_results,
    column,
    config_of,
    example,
    finished,
    metrics,
    predictions,
    stop_after,
    write,
)

pytestmark = [pytest.mark.xdist_group("experiments"), pytest.mark.usefixtures("small_chunks")]


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("onward.runs.recovery.WINDOW", CHUNK)
    return write(tmp_path / "made.npz", example(600))


@pytest.mark.parametrize("rate", [left(30.0), 1e9])
def test_it_heals(tmp_path: Path, path: Path, rate: float) -> None:
    config = config_of(path, optimizer="sgd", learning_rate=rate)
    finished(config, tmp_path / "out")
    found, frame = metrics(tmp_path / "out"), predictions(tmp_path / "out")
    restarts = found["counts"]["restarts"]
    assert 1 <= restarts < MOST_RESTARTS
    told = [event for event in found["events"] if event["kind"] == "restarted"]
    assert sum(event["count"] for event in told) == restarts
    each = found["restarts"]
    assert [one["learner"] for one in each] == ["learner"] * restarts
    assert [one["row"] - CHUNK for one in each] == [event["row"] for event in told]
    assert [one["rates"] for one in each] == [0.1, 1e-3, 1e-6, 1e-10, 1e-15][:restarts]
    last = frame.iloc[-2 * CHUNK :]
    error = np.abs(column(last, "onward") - column(last, "true")).mean()
    mean = np.abs(column(last, "running mean") - column(last, "true")).mean()
    assert error < 2 * mean


def test_what_a_rule_carries_begins_afresh_with_the_weights() -> None:
    learner = onward.Learner(onward.GRU(2, 3, key=jax.random.key(0)), rule=onward.RTRL())
    start = learner.init(jax.random.key(0))
    fresh = jax.tree.map(np.array, start)
    recovery = Recovery(learner, start)
    random = np.random.default_rng(0)
    xs, ys = random.normal(size=(WINDOW, 2)), random.normal(size=(WINDOW, 1))
    state, info = learner.run(start, xs, ys)
    lost = state.replace(parameters=jax.tree.map(lambda leaf: leaf * np.nan, state.parameters))
    found, put_back = recovery.after(lost, info, WINDOW, WINDOW)
    assert put_back
    for name in ("parameters", "optimizer", "recurrent", "carry"):
        assert_same(getattr(found, name), getattr(fresh, name))
    rates = zip(
        jax.tree.leaves(found.learning_rates), jax.tree.leaves(fresh.learning_rates), strict=True
    )
    assert all(np.allclose(rate, first / 10) for rate, first in rates)


def test_one_that_learns_well_is_left_alone(tmp_path: Path, path: Path) -> None:
    finished(config_of(path), tmp_path / "out")
    found = metrics(tmp_path / "out")
    assert found["counts"]["restarts"] == 0
    assert found["events"] == []


def test_what_learns_nothing_by_its_rule_has_not_blown_up(tmp_path: Path, path: Path) -> None:
    finished(config_of(path, rule="frozen"), tmp_path / "out")
    assert metrics(tmp_path / "out")["counts"]["restarts"] == 0


def test_a_healed_run_resumes_with_the_same_bits(tmp_path: Path, path: Path) -> None:
    config = config_of(path, optimizer="sgd", learning_rate=1e9)
    finished(config, tmp_path / "whole")
    Run(config, tmp_path / "out")(stop=stop_after(3))
    Run(config, tmp_path / "out", resume=True)()
    assert_same_results(tmp_path / "out", tmp_path / "whole")
