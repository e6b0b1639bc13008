"""Who sees what when: the learner, its frozen twin and the baselines."""

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

from matrix import left
from onward.cells import GRU
from onward.evaluate import OnlineLinear
from onward.learning.learner import Learner
from onward.losses import CrossEntropy, Squared
from onward.runs import Run
from small_runs import (
    CHUNK,
    FEATURES,
    KINDS,
    REGRESSION,
    ROWS,
    SIZE,
    TARGETS,
    column,
    config_of,
    example,
    finished,
    predictions,
    with_gaps,
    write,
)

pytestmark = pytest.mark.xdist_group("experiments")


def by_hand(horizon: int, feedback: bool, classes: int = 0, warmup: int | None = None):
    """Step a learner through the example; return its predictions by the row they are made at."""
    columns = with_gaps()
    outputs = classes or TARGETS
    key = jax.random.key(0)
    learner = Learner(
        GRU(FEATURES + feedback * outputs, SIZE, key=key),
        1 if classes else TARGETS,
        loss=CrossEntropy(classes) if classes else Squared(),
        optimizer="rmsprop",
        delay=horizon,
        feedback=feedback,
    )
    state, made = learner.init(key), []
    xs = np.stack([columns[name] for name in "abc"], axis=1)
    ys = np.stack([columns[name] for name in REGRESSION], axis=1)
    if classes:
        indices = {kind: float(index) for index, kind in enumerate(KINDS)}
        ys = np.array([[indices.get(kind, np.nan)] for kind in columns["kind"]], np.float32)
    for row, (x, y) in enumerate(zip(xs, ys, strict=True)):
        if row == warmup:
            state = state.replace(
                learning_rates={name: jnp.zeros_like(r) for name, r in state.learning_rates.items()}
            )
        state, info = learner.step(state, x, y)
        made.append(np.asarray(info.prediction))
    made = np.array(made)
    return made, state


def assert_aligned(found: np.ndarray, made: np.ndarray, horizon: int) -> None:
    """What was made at row t is found at row t + horizon."""
    assert np.isnan(found[:horizon]).all()
    np.testing.assert_allclose(found[horizon:], made[: ROWS - horizon], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("horizon", "feedback"), [left(0, True), (3, True), left(0, False), left(3, False)]
)
def test_predictions_are_those_of_a_learner_stepped_by_hand(
    tmp_path: Path, horizon: int, feedback: bool
) -> None:
    """With the horizon as the learner's delay, shifted to the rows whose labels are predicted."""
    path = write(tmp_path / "made.npz", with_gaps())
    run = finished(config_of(path, horizon=horizon, feedback=feedback), tmp_path / "out")
    made, state = by_hand(horizon, feedback)
    assert_aligned(column(predictions(tmp_path / "out"), "onward"), made, horizon)
    # Every label that arrives is learnt from, those of the last rows too.
    assert run.contest.state.counters.values.tolist() == state.counters.values.tolist()
    np.testing.assert_allclose(
        run.contest.state.parameters["cell"].recurrent,
        state.parameters["cell"].recurrent,
        rtol=1e-4,
        atol=1e-6,
    )


def test_classes_are_predicted_as_by_a_learner_stepped_by_hand(tmp_path: Path) -> None:
    path = write(tmp_path / "made.npz", with_gaps())
    finished(config_of(path, ("kind",), horizon=3), tmp_path / "out")
    frame = predictions(tmp_path / "out")
    found = frame[[f"onward:p({kind})" for kind in KINDS]].to_numpy()
    assert_aligned(found, by_hand(3, True, classes=3)[0], 3)


@pytest.mark.parametrize(("horizon", "warmup"), [left(0, CHUNK), (3, CHUNK), (0, 2 * CHUNK)])
def test_the_twin_is_the_learner_until_the_warm_up_ends_and_stands_still_after(
    tmp_path: Path, horizon: int, warmup: int
) -> None:
    """By hand: the learner itself, with every learning rate at zero after the warm-up."""
    path = write(tmp_path / "made.npz", with_gaps())
    finished(config_of(path, horizon=horizon, warmup=warmup), tmp_path / "out")
    frame = predictions(tmp_path / "out")
    learner, twin = column(frame, "onward"), column(frame, "frozen after warm-up")
    assert_aligned(twin, by_hand(horizon, True, warmup=warmup)[0], horizon)
    differs = np.any((learner != twin) & ~np.isnan(twin), axis=1)
    # The prediction at row `warmup` still comes from equal weights; the next one does not.
    assert np.flatnonzero(differs)[0] == warmup + horizon + 1


def test_the_twins_weights_do_not_move_after_the_warm_up(tmp_path: Path) -> None:
    run = Run(config_of(write(tmp_path / "made.npz", example())), tmp_path / "out")
    weights: list[Any] = []

    def look(_: Any) -> None:
        both = (run.contest.state.parameters, run.contest.twin_state.parameters)
        weights.append([np.array(leaf) for tree in both for leaf in jax.tree.leaves(tree)])

    run(progress=look)
    half = len(weights[0]) // 2
    for learner, twin in zip(weights[0][:half], weights[0][half:], strict=True):
        np.testing.assert_array_equal(twin, learner)
    for later in weights[1:]:
        for first, now in zip(weights[0][half:], later[half:], strict=True):
            np.testing.assert_array_equal(now, first)
    assert any((a != b).any() for a, b in zip(weights[0][:half], weights[1][:half], strict=True))


def test_feedback_changes_what_is_predicted(tmp_path: Path) -> None:
    path = write(tmp_path / "made.npz", example())
    frames = []
    for feedback in (True, False):
        finished(config_of(path, feedback=feedback), tmp_path / f"{feedback}")
        frames.append(predictions(tmp_path / f"{feedback}"))
    for name in ("onward", "frozen after warm-up"):
        assert (column(frames[0], name) != column(frames[1], name)).any()
    for name in ("last label", "running mean", "linear (RLS)"):
        np.testing.assert_array_equal(column(frames[0], name), column(frames[1], name))


@pytest.mark.parametrize("horizon", [left(0), 3])
def test_the_linear_baseline_sees_the_features_and_the_labels(tmp_path: Path, horizon: int) -> None:
    columns = example()
    path = write(tmp_path / "made.npz", columns)
    finished(config_of(path, horizon=horizon), tmp_path / "out")
    x = np.stack([columns[name] for name in "abc"], axis=1)
    y = np.stack([columns[name] for name in REGRESSION], axis=1)
    made = OnlineLinear("regression", x.shape[1], TARGETS, horizon).observe(x, y)
    found = column(predictions(tmp_path / "out"), "linear (RLS)")
    assert_aligned(found, made, horizon)


@pytest.mark.parametrize(
    ("row", "what", "horizon"),
    [
        left(120, "label", 0),
        (120, "label", 3),
        left(120, "feature", 0),
        (120, "feature", 3),
        *(left(ROWS - 1, what, late) for what in ("label", "feature") for late in (0, 3)),
    ],
)
def test_no_prediction_knows_what_comes_after_it(
    tmp_path: Path, horizon: int, what: str, row: int
) -> None:
    """Whoever makes it. A label tells of target rows after it, features of their own too."""
    columns = example()
    before = config_of(write(tmp_path / "before.npz", columns), horizon=horizon)
    columns["u" if what == "label" else "a"][row] += 3
    after = config_of(write(tmp_path / "after.npz", columns), horizon=horizon)
    finished(before, tmp_path / "first")
    finished(after, tmp_path / "second")
    first, second = predictions(tmp_path / "first"), predictions(tmp_path / "second")
    learners = [name for name in first if not name.startswith("true")]
    earliest = row + (max(horizon, 1) if what == "label" else horizon)
    pd.testing.assert_frame_equal(first[learners][:earliest], second[learners][:earliest])
    if earliest < ROWS:
        assert (first["onward:u"] != second["onward:u"])[earliest]
