"""Laws that every baseline keeps, and the closed form of each."""

import numpy as np
import pytest

from onward.evaluate import LastLabel, OnlineLinear, RunningMean, standard_baselines

ROWS, FEATURES = 45, 3
TASKS = {
    "one": ("regression", 1),
    "two": ("regression", 2),
    "binary": ("classification", 2),
    "classes": ("classification", 4),
}


CATALOGUE = [LastLabel, RunningMean, OnlineLinear]
every = pytest.mark.parametrize("kind", CATALOGUE)
every_task = pytest.mark.parametrize("task", TASKS)
every_horizon = pytest.mark.parametrize("horizon", [0, 1, 3])


def data(task, seed=0, rows=ROWS):
    """Rows with holes in features and labels."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(rows, FEATURES)).astype(np.float32)
    kind, outputs = TASKS[task]
    if kind == "regression":
        y = (x @ random.normal(size=(FEATURES, outputs))).astype(np.float32) + 3
    else:
        y = random.integers(0, outputs, (rows, 1)).astype(np.float32)
    x[10, 0], x[20, 1], x[21] = np.nan, np.inf, 3e18
    y[[0, 5, 30], 0] = np.nan
    return x, y


def make(kind, task, horizon):
    return kind(TASKS[task][0], FEATURES, TASKS[task][1], horizon)


@every
@every_task
@every_horizon
def test_no_peeking(kind, task, horizon):
    x, y = data(task)
    whole = make(kind, task, horizon).observe(x, y)
    for row in (1, 7, 33):
        changed = y.copy()
        changed[row:] = np.where(np.isnan(y[row:]), 0, (y[row:] + 1) % 2)
        other = make(kind, task, horizon).observe(x, changed)
        # y[row] may be used for the prediction made at `row` only where it came before it.
        first = row + 1 if horizon == 0 else row
        np.testing.assert_array_equal(other[:first], whole[:first])
        assert not np.array_equal(other[first:], whole[first:], equal_nan=True)
        future = x.copy()
        future[row + 1 :] += 1
        seen = make(kind, task, horizon).observe(future, y)
        np.testing.assert_array_equal(seen[: row + 1], whole[: row + 1])


@every
@every_task
@every_horizon
def test_any_cut_gives_the_same_and_so_does_resuming(kind, task, horizon):
    x, y = data(task)
    whole = make(kind, task, horizon).observe(x, y)
    parts, baseline = [], make(kind, task, horizon)
    for rows in np.split(np.arange(ROWS), [1, 2, 4, 19, 20, 20, 41]):
        parts.append(baseline.observe(x[rows], y[rows]))
        resumed = make(kind, task, horizon)
        resumed.restore({name: array.copy() for name, array in baseline.state().items()})
        baseline = resumed
    np.testing.assert_array_equal(np.concatenate(parts), whole)


@every
@every_task
@every_horizon
def test_predictions_are_finite_probabilities_or_nan_before_any_label(kind, task, horizon):
    x, y = data(task)
    predictions = make(kind, task, horizon).observe(x, y)
    assert predictions.shape == (ROWS, TASKS[task][1]) and predictions.dtype == np.float64
    # Row 0 has no label, so with horizon 0 the first two rows come before any.
    assert np.isfinite(predictions[2:]).all()
    if TASKS[task][0] == "classification":
        given = predictions[np.isfinite(predictions).all(axis=1)]
        np.testing.assert_allclose(given.sum(axis=1), 1.0)
        assert (given >= 0).all()


@every
def test_a_state_of_another_problem_is_refused(kind):
    with pytest.raises(ValueError, match=r"Expected .*; got .*; try the same task"):
        make(kind, "classes", 1).restore(make(kind, "one", 1).state())


@pytest.mark.parametrize("kind", [LastLabel, RunningMean])
def test_a_label_that_is_no_class_is_refused(kind):
    with pytest.raises(ValueError, match=r"Expected class indices 0 ... 1; got 7.0"):
        make(kind, "binary", 0).observe(np.zeros((1, FEATURES)), np.full((1, 1), 7.0))


@every_horizon
def test_last_label_and_running_mean_in_closed_form(horizon):
    x, y = data("two")
    last, mean = (make(kind, "two", horizon).observe(x, y) for kind in (LastLabel, RunningMean))
    for row in range(ROWS):
        for target in range(2):
            known = y[: row + 1 if horizon else row, target].astype(np.float64)
            known = known[np.isfinite(known)]
            if len(known):
                assert last[row, target] == known[-1]
                assert mean[row, target] == pytest.approx(known.mean(), rel=1e-12)
            else:
                assert np.isnan(last[row, target]) and np.isnan(mean[row, target])


def test_classification_in_closed_form():
    y = np.array([[np.nan], [2], [2], [0], [np.nan], [1]], np.float32)
    x = np.zeros((6, FEATURES), np.float32)
    last = make(LastLabel, "classes", 0).observe(x, y)
    assert np.isnan(last[:2]).all()
    np.testing.assert_array_equal(last[2:].argmax(axis=1), [2, 2, 0, 0])
    share = make(RunningMean, "classes", 0).observe(x, y)
    np.testing.assert_allclose(share[:2], 0.25)
    np.testing.assert_allclose(share[5], [1 / 3, 0, 2 / 3, 0])


@pytest.mark.parametrize(
    ("task", "names"),
    [
        ("regression", ["last label", "running mean", "linear (RLS)"]),
        ("classification", ["last label", "majority class", "logistic (RLS)"]),
    ],
)
def test_the_opponents_have_names(task, names):
    assert list(standard_baselines(task, 3, 2, 0)) == names
