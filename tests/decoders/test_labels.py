"""When labels are told: what no decoder may know when it predicts a row."""

from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from onward.decoders import Labels, passed
from onward.decoders.rivals import rival
from onward.decoding.opponents import OPPONENTS, AbstractOnlineOpponent, AbstractOpponent, Rows
from onward.decoding.scores import first_part
from onward.recordings import RecordingError, Session

from .made import session

TIMINGS = [
    *("every-bin", "after-trial", "calibration-only:3", "calibration-only:19", "inferred:0.1"),
    *("late:1", "late:7", "late:60", "late:500"),
]

NOTHING: Any = jnp.zeros(2)


class Recorder:
    """Learns which labels it was told: it predicts their sum, and how many there were."""

    def __init__(self, delay: int = 0):
        self.parts, self.told = SimpleNamespace(delay=delay), ()

    def begin_session(self, state: Any) -> Any:
        return state

    def run(self, state: Any, seen: Any) -> tuple[Any, Any]:
        state, made = np.array(state), []
        for label in seen.y:
            made.append(state.copy())
            if np.isfinite(label).all():
                state = state + np.array([label[0], 1])
        made = np.array(made).reshape(-1, 2)
        return jnp.asarray(state), SimpleNamespace(
            prediction=made,
            diagnostics=np.zeros((len(made), 0)),
            skipped=np.zeros(len(made), bool),
        )


def numbered(day: int, rows: int = 400, trial: int = 37) -> Session:
    """A session whose label at each row is a number of its own."""
    made = session(day, rows, trial)
    number = np.arange(1, rows + 1) + 1_000 * day
    return replace(made, targets=np.stack([number, number], axis=1).astype(np.float32))


def told_before(labels: Labels, made: Session, row: int) -> np.ndarray:
    """By the words of `Labels` alone: which labels are known when a row is predicted."""
    rows = np.arange(len(made))
    assert made.trial is not None
    if labels.by_trial:
        # Of trials that are over.
        known = made.trial < made.trial[row]
    elif labels.timing == "calibration-only":
        known = (rows < row) & (rows * made.bin_s < (labels.amount or 0))
    else:
        known = rows + labels.delay < row
    if labels.timing == "inferred":
        known &= ~made.start
    return known & made.scored


@pytest.mark.parametrize("text", TIMINGS)
@pytest.mark.parametrize("rows", [400, 37, 3])
def test_no_prediction_knows_its_own_label_or_a_later_one(text: str, rows: int) -> None:
    labels, state = Labels.parse(text), NOTHING
    learner, before = Recorder(labels.delay), np.zeros(2)
    for made in (numbered(1, rows), numbered(2, rows, 50)):
        found, cut = passed(learner, state, made, labels), first_part(rows)
        numbers = np.stack([made.targets[:, 0], np.ones(rows)], axis=1)
        compared = slice(1, 2) if labels.timing == "inferred" else slice(0, 2)
        for row in range(rows):
            known = numbers[told_before(labels, made, row)].sum(axis=0) + before
            assert np.allclose(found.predictions[row][compared], known[compared]), row
            held = numbers[told_before(labels, made, min(row, cut))].sum(axis=0) + before
            assert np.allclose(found.held_out[row][compared], held[compared]), row
        # What is told behind the last row is told; what is due later never is.
        last = told_before(labels, made, rows - 1) if not labels.by_trial else made.scored
        if labels.by_trial:
            last = last & ~made.start if labels.timing == "inferred" else last
        elif rows > labels.delay:
            last[rows - 1 - labels.delay] = made.scored[rows - 1 - labels.delay] and not (
                labels.timing == "calibration-only"
                and (rows - 1) * made.bin_s >= (labels.amount or 0)
            )
        state, before = found.state, numbers[last].sum(axis=0) + before
        assert np.allclose(np.asarray(state)[compared], before[compared])
        assert np.isfinite(found.labels[:, 0]).sum() == last.sum()


def test_a_session_of_no_label_and_one_that_is_never_told_are_the_same() -> None:
    made, learner = numbered(1), Recorder()
    found = passed(learner, NOTHING, made)
    assert not found.predictions.any() and np.isnan(found.labels).all()


class Renewed(AbstractOpponent):
    """Writes down what it is renewed on."""

    seen: list[np.ndarray]

    @property
    def name(self) -> str:
        return "renewed"

    def fit(self, sessions: Any) -> None:
        self.seen = [rows.targets[rows.learnable, 0] for rows in sessions]
        LAST.append(self.seen[-1])

    def predict(self, counts: np.ndarray, start: np.ndarray) -> np.ndarray:
        return np.zeros((len(counts), 2))


class Online(Renewed, AbstractOnlineOpponent):
    """Writes down when it is told what."""

    def observe(self, rows: Rows, told: np.ndarray | None = None) -> np.ndarray:
        assert told is not None
        due = [rows.targets[(told == row) & rows.learnable, 0] for row in range(len(rows))]
        LAST.append(due)
        return np.zeros(rows.targets.shape)


LAST: list[Any] = []


@pytest.mark.parametrize("text", TIMINGS)
def test_opponents_are_told_the_same_labels_at_the_same_time(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(OPPONENTS, "renewed", Renewed)
    monkeypatch.setitem(OPPONENTS, "online", Online)
    labels, made, cut = Labels.parse(text), numbered(1), first_part(400)
    taught = {made.name: passed(Recorder(labels.delay), NOTHING, made, labels).labels}
    own = np.where(np.isfinite(taught[made.name][:, 0]), made.targets[:, 0], np.nan)
    taught[made.name] = np.stack([own, own], axis=1)
    LAST.clear()
    rival("renewed", [numbered(0)], [made], labels, taught)
    before_cut = made.targets[told_before(labels, made, cut), 0]
    if len(before_cut):
        assert np.array_equal(LAST[-1], before_cut)
    else:
        assert len(LAST) == 1, "it is as it was fitted"
    LAST.clear()
    rival("online", [numbered(0)], [made], labels, taught)
    _, whole, held_out = LAST
    for row, now in enumerate(pairwise(range(len(made)))):
        known = made.targets[told_before(labels, made, now[1]), 0]
        assert np.array_equal(np.sort(np.concatenate(whole[: row + 1])), known)
        held = made.targets[told_before(labels, made, min(now[1], cut)), 0]
        assert np.array_equal(np.sort(np.concatenate(held_out[: row + 1])), held)


def test_inferred_labels_point_from_the_cursor_to_the_goal_as_fast_as_decoded() -> None:
    made = session(1)
    decoded = np.random.default_rng(0).normal(size=made.targets.shape)
    labels = Labels("inferred").lesson(made, slice(40, 80), decoded[40:80])
    assert made.goal is not None and made.position is not None
    for row in range(40, 80):
        if not made.scored[row] or made.start[row]:
            assert np.isnan(labels[row - 40]).all()
            continue
        way = made.goal[row] - made.position[row - 1]
        speed = np.linalg.norm(decoded[row])
        assert np.allclose(labels[row - 40], way / np.linalg.norm(way) * speed, rtol=1e-4)
    near = Labels("inferred", 1e6).lesson(made, slice(40, 80), decoded[40:80])
    assert not np.nan_to_num(near).any(), "who is there is taken to stop"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Every_Bin", "every-bin"),
        (" LATE:3 ", "late:3"),
        ("late", "late:20"),
        ("calibration-only", "calibration-only:120"),
        ("inferred", "inferred:0"),
    ],
)
def test_labels_are_read_as_they_are_usually_written(text: str, told: str) -> None:
    assert str(Labels.parse(text)) == told


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("late:x", "Expected a number after the colon of labels; got 'late:x'. Try late:20."),
        ("late:1.5", "Expected labels late with a number .bins., 1 or more; got 1.5. Try late:20."),
        ("late:0", "1 or more; got 0.0"),
        ("late:nan", "1 or more; got nan"),
        ("calibration-only:-1", "seconds., 1 or more; got -1.0. Try calibration-only:120."),
        ("inferred:-1", "radius., 0 or more; got -1.0. Try inferred:0."),
        ("every-bin:3", "Expected labels every-bin without a number; got 3.0. Try every-bin."),
        ("lste:3", "Expected a timing of labels among every-bin, .*; got 'lste'. Try 'late'."),
    ],
)
def test_other_labels_are_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Labels.parse(text)


def test_sessions_without_trials_or_goals_are_refused() -> None:
    made = session(1)
    whole = replace(made, trial=None, start=np.zeros(len(made), bool))
    with pytest.raises(RecordingError, match="Expected trials in session 'day1', after which"):
        Labels("after-trial").check(whole)
    with pytest.raises(RecordingError, match="Expected trials in session 'day1', after which"):
        Labels("inferred").check(replace(whole, trial=np.full(len(made), -1)))
    Labels("after-trial").check(replace(whole, trial=made.trial))
    Labels("late").check(whole)
    aimless = replace(made, goal=None)
    with pytest.raises(RecordingError, match=r"Expected a goal of 2 axes.*; got none. Try --goal"):
        Labels("inferred").check(aimless)
    with pytest.raises(RecordingError, match=r"Expected a goal of 1 axes.*; got 2"):
        Labels("inferred").check(
            replace(made, targets=made.targets[:, :1], target_names=("velocity",))
        )
