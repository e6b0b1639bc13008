"""Tasks made from equations: what their numbers are, and where they shift."""

from dataclasses import replace

import numpy as np
import pytest

from onward.streams.synthetic import Lorenz, MackeyGlass
from papers.tasks import (
    AbstractTask,
    Adding,
    CrowdedRecall,
    DelayedRecall,
    LorenzShift,
    MackeyGlassShift,
)

LORENZ = LorenzShift(pretraining=60, adaptation=40)
GLASS = MackeyGlassShift(pretraining=60, adaptation=90, horizon=3)
RECALL = DelayedRecall(delay=3, adaptation=50, scored=20)
ADDING = Adding(length=6, sequences=200, scored=100)
CROWDED = CrowdedRecall(delay=3, channels=5, adaptation=2000, scored=20)
TASKS = (
    LORENZ,
    GLASS,
    RECALL,
    ADDING,
    CROWDED,
    replace(RECALL, noise=0.0),
    replace(ADDING, terminal=False),
)


@pytest.mark.parametrize("task", TASKS, ids=str)
def test_a_seed_gives_the_same_numbers_and_another_seed_others(task: AbstractTask) -> None:
    first, again, other = (replace(task).after(seed) for seed in (1, 1, 2))
    for one, two in zip(first, again, strict=True):
        assert one.dtype == np.float32
        np.testing.assert_array_equal(one, two)
    assert not np.array_equal(first.x, other.x)
    assert len(first.x) == len(first.y)
    assert len(task.before(1).x) == len(task.before(1).y)


@pytest.mark.parametrize("task", [LORENZ, GLASS], ids=str)
def test_a_series_goes_on_through_the_shift(task: LorenzShift | MackeyGlassShift) -> None:
    before, after, ahead = task.before(4), task.after(4), task.horizon
    x = np.concatenate([before.x, after.x])
    y = np.concatenate([before.y, after.y])
    np.testing.assert_array_equal(y[:-ahead], x[ahead:])
    assert (len(before.x), len(after.x)) == (task.pretraining, task.adaptation)


def test_one_channel_is_asked_for_some_samples_later() -> None:
    x, y = CROWDED.after(4)
    np.testing.assert_array_equal(y[3:, 0], x[:-3, 0])
    assert x.shape == (2000, 5) and set(np.unique(x)) == {-1.0, 1.0}
    # Independent: neither another channel nor the sample itself tells the label.
    assert np.abs((x * y).mean(axis=0)).max() < 0.1
    assert CROWDED.errors(np.zeros_like(y), y) == pytest.approx(1)


def test_the_first_label_after_the_shift_is_the_first_of_the_new_law() -> None:
    for task, old in (
        (LORENZ, replace(LORENZ, shifted=28.0)),
        (GLASS, replace(GLASS, shifted=17.0)),
    ):
        np.testing.assert_array_equal(task.before(0).y, old.before(0).y)
        assert (task.after(0).y[0] != old.after(0).y[0]).any()


def test_series_are_those_of_the_streams_scaled_to_unit_variance() -> None:
    stream = next(iter(Lorenz(28.0, 35.0, 0.02, 122, 4).chunks(122))).x
    scaled = (stream - np.array([0, 0, 23.5])) / np.array([7.9, 9.0, 8.6])
    np.testing.assert_allclose(LORENZ.before(4).x, scaled[:60], atol=1e-5)
    np.testing.assert_allclose(LORENZ.after(4).y, scaled[61:101], atol=1e-5)
    stream = next(iter(MackeyGlass(17.0, 30.0, 180, 4).chunks(180))).x
    np.testing.assert_allclose(GLASS.after(4).x, (stream[87:177] - 0.93) / 0.23, atol=1e-5)
    long = replace(LORENZ, pretraining=5000).before(0).x
    assert abs(long.std(axis=0) - 1).max() < 0.15 and abs(long.mean(axis=0)).max() < 0.4


@pytest.mark.parametrize("noise", [0.0, 0.4, 1.0])
def test_recall_asks_for_the_input_of_some_samples_ago(noise: float) -> None:
    task = replace(RECALL, noise=noise, adaptation=4000)
    x, y = task.after(2)
    np.testing.assert_allclose(y[3:], x[:-3], atol=1e-6)
    assert np.mean(x**2) == pytest.approx(1, abs=0.05)
    assert task.before(2).x.shape == (0, 1)
    if noise == 1:
        assert set(np.unique(x)) == {-1.0, 1.0}
    if noise == 0:
        # A sine obeys x_t = 2 cos(2πf) x_{t-1} - x_{t-2}.
        expected = 2 * np.cos(0.1 * np.pi) * x[1:-1] - x[:-2]
        np.testing.assert_allclose(x[2:], expected, atol=1e-5)


def test_recall_scores_its_last_samples() -> None:
    y = RECALL.after(0).y
    wrong = y + np.where(np.arange(50) < 30, 7.0, 0.5)[:, None]
    assert RECALL.errors(wrong, y) == pytest.approx([0.25])


@pytest.mark.parametrize("terminal", [True, False])
def test_adding_sums_two_marked_numbers(terminal: bool) -> None:
    task = replace(ADDING, terminal=terminal)
    x, y = (rows.reshape(200, 6, -1) for rows in task.after(3))
    numbers, marks = x[:, :, 0], x[:, :, 1]
    assert (marks[:, :3].sum(1) == 1).all() and (marks[:, 3:].sum(1) == 1).all()
    np.testing.assert_allclose(y[:, -1, 0], (numbers * marks).sum(1), atol=1e-6)
    if terminal:
        assert np.isnan(y[:, :-1]).all()
    else:
        np.testing.assert_allclose(y[:, :, 0], np.cumsum(numbers * marks, 1), atol=1e-6)


def test_adding_scores_the_ends_of_the_last_sequences() -> None:
    task = replace(ADDING, terminal=False)
    y = task.after(0).y
    wrong = np.full_like(y, 50.0)
    wrong[5::6] = y[5::6] + np.where(np.arange(200) < 100, 9.0, 2.0)[:, None]
    assert task.errors(wrong, y) == pytest.approx([4.0])
    many = Adding(sequences=4000, scored=4000)
    assert many.errors(np.ones((80_000, 1)), many.after(0).y) == pytest.approx([1 / 6], rel=0.05)


def test_quick_runs_shorten_the_pretraining_alone() -> None:
    assert LORENZ.shrunk(4) == replace(LORENZ, pretraining=15)
    assert RECALL.shrunk(4) == RECALL and ADDING.shrunk(4) == ADDING
