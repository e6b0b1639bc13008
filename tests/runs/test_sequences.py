"""Sequences and weights of a file, through a whole run."""

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

from matrix import left
from onward import GRU, Learner, Observation
from onward.evaluate import OnlineLinear
from onward.runs import Run
from small_runs import (
    CHUNK,
    FEATURES,
    GAPPY,
    REGRESSION,
    ROWS,
    SIZE,
    TARGETS,
    assert_same_results,
    column,
    config_of,
    finished,
    metrics,
    predictions,
    stop_after,
    with_gaps,
    write,
)

pytestmark = pytest.mark.xdist_group("experiments")

# In the middle of chunks, at their first rows and after them, and a sequence of one row.
BEGINNINGS = (0, 23, CHUNK, CHUNK + 1, 137, 2 * CHUNK + 60, 4 * CHUNK, 288)
STARTS = np.isin(np.arange(ROWS), BEGINNINGS)
ROLES: dict[str, Any] = {"start": "trial", "weight": "w"}


def columns() -> dict[str, np.ndarray]:
    """The example with trials, one of which has no name, and with weights."""
    numbers = np.cumsum(STARTS)
    trials = np.where(numbers == 3, "", np.char.add("trial ", (numbers % 3).astype(str)))
    weights = np.random.default_rng(1).choice([0.0, 0.5, 1.0, 2.0], ROWS)
    weights[[90, 91]] = np.nan, np.inf
    return {**with_gaps(), "trial": trials, "w": weights}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path / "made.npz", columns())


def by_hand(
    seen: Observation, horizon: int = 0, feedback: bool = True, warmup: int | None = None
) -> tuple[np.ndarray, Any]:
    """What a learner predicts at each row, and its state after the last."""
    cell = GRU(FEATURES + feedback * TARGETS, SIZE, key=jax.random.key(0))
    settings: dict[str, Any] = {"optimizer": "rmsprop", "delay": horizon, "feedback": feedback}
    learner = Learner(cell, TARGETS, **settings)
    state, made = learner.init(jax.random.key(0)), []
    for first in range(0, ROWS, CHUNK):
        if first == warmup:
            stopped = {name: jnp.zeros_like(r) for name, r in state.learning_rates.items()}
            state = state.replace(learning_rates=stopped)
        state, info = learner.run(state, Observation(*(a[first : first + CHUNK] for a in seen)))
        made.append(info.prediction)
    made = np.concatenate(made)
    return made, state


def observations(**changes: Any) -> Observation:
    given = columns()
    x = np.stack([given[name] for name in "abc"], axis=1)
    y = np.stack([given[name] for name in REGRESSION], axis=1)
    return Observation(x, y, given["w"], STARTS)._replace(**changes)


def assert_made(folder: Path, name: str, made: np.ndarray, horizon: int) -> None:
    """What was made at row t stands at row t + horizon."""
    found = column(predictions(folder), name)
    assert np.isnan(found[:horizon]).all()
    np.testing.assert_allclose(found[horizon:], made[: ROWS - horizon], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("horizon", "feedback"), [left(0, False), (3, True)])
def test_a_run_is_a_learner_that_is_told_starts_and_weights(
    tmp_path: Path, path: Path, horizon: int, feedback: bool
) -> None:
    """With a horizon a weight goes with the label that arrives in its row, a start with the
    sample."""
    config = config_of(path, horizon=horizon, feedback=feedback, **ROLES)
    run = finished(config, tmp_path / "out")
    made, state = by_hand(observations(), horizon, feedback)
    assert_made(tmp_path / "out", "onward", made, horizon)
    assert run.contest.state.counters.values.tolist() == state.counters.values.tolist()
    frozen, _ = by_hand(observations(), horizon, feedback, warmup=CHUNK)
    assert_made(tmp_path / "out", "frozen after warm-up", frozen, horizon)
    for blind in ({"start": np.zeros(ROWS, bool)}, {"weight": np.ones(ROWS)}):
        other, _ = by_hand(observations(**blind), horizon, feedback)
        with pytest.raises(AssertionError, match="Not equal to tolerance"):
            assert_made(tmp_path / "out", "onward", other, horizon)


def test_sequences_and_bad_weights_are_counted(tmp_path: Path, path: Path) -> None:
    finished(config_of(path, **ROLES), tmp_path / "out")
    found = metrics(tmp_path / "out")
    assert found["counts"]["sequences"] == len(BEGINNINGS)
    # A label whose weight is missing or infinite is not learnt from, and still scored.
    assert found["counts"]["skipped"] == 2
    assert found["counts"]["filled"] == len(GAPPY)
    assert found["counts"]["unlabelled"] == np.isnan(observations().y).sum()
    assert found["config"]["start"] == found["stream"]["start_name"] == "trial"
    assert found["config"]["weight"] == found["stream"]["weight_name"] == "w"
    finished(config_of(path), tmp_path / "plain")
    assert metrics(tmp_path / "plain")["counts"]["sequences"] is None


@pytest.mark.parametrize("horizon", [left(0), 3])
def test_weight_zero_is_no_label_for_the_learner_and_one_for_its_score(
    tmp_path: Path, horizon: int
) -> None:
    given, without = columns(), columns()
    given["w"] = np.ones(ROWS)
    given["w"][[70, 71, 160, 161, 162, 298]] = 0
    for name in REGRESSION:
        without[name] = np.where(given["w"] == 0, np.nan, without[name]).astype(np.float32)
    without["w"] = np.ones(ROWS)
    frames = {}
    for name, made in (("weight 0", given), ("no label", without)):
        file = write(tmp_path / f"{name}.npz", made)
        config = config_of(file, horizon=horizon, feedback=False, **ROLES)
        finished(config, tmp_path / name)
        frames[name] = column(predictions(tmp_path / name), "onward")
    np.testing.assert_array_equal(frames["weight 0"], frames["no label"])
    scored = [metrics(tmp_path / name)["counts"]["scored"] for name in frames]
    assert scored[0] - scored[1] == 6 * TARGETS


@pytest.mark.parametrize("chunk", [left(1), 7, left(ROWS)])
def test_results_do_not_depend_on_how_sequences_are_cut(
    tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    config = config_of(path, horizon=3, **ROLES)
    finished(config, tmp_path / "whole")
    monkeypatch.setattr("onward.runs.run.CHUNK", chunk)
    finished(config, tmp_path / "cut")
    first, second = predictions(tmp_path / "whole"), predictions(tmp_path / "cut")
    pd.testing.assert_frame_equal(first, second, check_exact=True)
    assert metrics(tmp_path / "whole")["counts"] == metrics(tmp_path / "cut")["counts"]


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"horizon": 3, "rule": "tbptt:window=3"}, id="late"),
        left({"rule": "uoro", "cell": "rnn"}, id="random"),
    ],
)
def test_a_run_resumed_within_a_sequence_ends_with_the_same_bits(
    tmp_path: Path, path: Path, settings: dict[str, Any]
) -> None:
    """The checkpoints lie where one begins, and in the middle of two."""
    config = config_of(path, **settings, **ROLES)
    finished(config, tmp_path / "whole")
    run = Run(config, tmp_path / "out")
    for chunks, row in ((1, CHUNK), (1, 2 * CHUNK), (3, 5 * CHUNK)):
        begun = run(stop=stop_after(chunks))
        assert begun["counts"]["samples"] == row == run.contest.row
        assert begun["counts"]["sequences"] == STARTS[:row].sum()
        run = Run(config, tmp_path / "out", resume=True)
    run()
    assert_same_results(tmp_path / "out", tmp_path / "whole")


@pytest.mark.parametrize("horizon", [left(0), 3])
def test_baselines_forget_the_label_of_the_sequence_before(
    tmp_path: Path, path: Path, horizon: int
) -> None:
    """Alone and among the lags of the linear model; what is no memory of the past goes on."""
    finished(config_of(path, horizon=horizon, **ROLES), tmp_path / "out")
    x, y, _, start = observations()
    sequence = np.cumsum(start)
    newest = pd.DataFrame(y).groupby(sequence).ffill()
    if not horizon:
        newest = newest.groupby(sequence).shift(1)
    assert_made(tmp_path / "out", "last label", newest.to_numpy(), horizon)
    made = OnlineLinear("regression", FEATURES, TARGETS, horizon).pass_over(x, y, start)
    assert_made(tmp_path / "out", "linear (RLS)", made, horizon)
    finished(config_of(path, horizon=horizon), tmp_path / "plain")
    frames = [predictions(tmp_path / name) for name in ("out", "plain")]
    means = [column(frame, "running mean") for frame in frames]
    np.testing.assert_array_equal(*means)
    lasts = [column(frame, "last label") for frame in frames]
    assert (lasts[0] != lasts[1])[STARTS].any()
