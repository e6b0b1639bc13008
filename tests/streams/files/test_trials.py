"""Arrays of trials, strung together."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from onward.streams import StreamError, open_file

RANDOM = np.random.default_rng(0)
TRIALS, LENGTH = 6, 5
SPIKES = RANDOM.poisson(2, (TRIALS, LENGTH, 3))
HAND = RANDOM.normal(size=(TRIALS, LENGTH, 2)).astype(np.float32)
SPEED = RANDOM.normal(size=(TRIALS, LENGTH)).astype(np.float32)
CUE = np.arange(TRIALS) % 3
# Trials of 5, 3 and 1 rows, and one without any.
MASK = np.arange(LENGTH) < np.array([5, 3, 1, 0, 5, 2])[:, None]
ROWS = TRIALS * LENGTH


def write(folder: Path, **arrays: Any) -> Path:
    path = folder / "trials.npz"
    np.savez(path, **arrays)
    return path


@pytest.mark.parametrize("target", ["hand", "speed"])
def test_trials_follow_one_another(tmp_path: Path, target: str) -> None:
    path = write(tmp_path, spikes=SPIKES, hand=HAND, speed=SPEED)
    stream = open_file(path, target, "spikes")
    (rows,) = stream.chunks(ROWS)
    np.testing.assert_array_equal(rows.x, np.concatenate(list(SPIKES)))
    labels = np.concatenate(list({"hand": HAND, "speed": SPEED[..., None]}[target]))
    np.testing.assert_array_equal(rows.y, labels)
    assert rows.start is not None and stream.info.start_name == "trial"
    assert np.flatnonzero(rows.start).tolist() == list(range(0, ROWS, LENGTH))
    assert stream.info.feature_names == ("spikes[0]", "spikes[1]", "spikes[2]")
    (part,) = stream.chunks(ROWS, LENGTH)
    assert part.start is not None and part.start[0]


@pytest.mark.parametrize("cue", [CUE, np.array(["left", "right", "up"])[CUE]], ids=["int", "str"])
@pytest.mark.parametrize("padded", [False, True])
def test_a_label_for_a_trial_is_at_its_last_row(
    tmp_path: Path, cue: np.ndarray, padded: bool
) -> None:
    path = write(tmp_path, spikes=SPIKES, cue=cue, use=MASK)
    stream = open_file(path, "cue", "spikes", valid="use" if padded else None)
    (rows,) = stream.chunks(ROWS)
    lengths = MASK.sum(axis=1) if padded else np.full(TRIALS, LENGTH)
    assert stream.info.task == "classification" and len(rows.x) == lengths.sum()
    last = np.cumsum(lengths[lengths > 0]) - 1
    assert np.flatnonzero(~np.isnan(rows.y[:, 0])).tolist() == last.tolist()
    np.testing.assert_array_equal(rows.y[last, 0], CUE[lengths > 0])
    assert rows.start is not None
    assert np.flatnonzero(rows.start).tolist() == [0, *(last[:-1] + 1)]


def test_several_numbers_a_trial_are_targets_too(tmp_path: Path) -> None:
    ends = RANDOM.normal(size=(TRIALS, 2)).astype(np.float32)
    (rows,) = open_file(write(tmp_path, spikes=SPIKES, ends=ends), "ends").chunks(ROWS)
    np.testing.assert_array_equal(rows.y[LENGTH - 1 :: LENGTH], ends)
    assert np.isnan(rows.y).sum() == 2 * (ROWS - TRIALS)


def test_what_may_be_known_only_after_a_trial_is_no_feature_unasked(tmp_path: Path) -> None:
    path = write(tmp_path, spikes=SPIKES, hand=HAND, cue=CUE)
    info = open_file(path, "hand").info
    assert info.feature_names == ("spikes[0]", "spikes[1]", "spikes[2]")
    assert info.warnings == (
        "Left out 'cue': one value a trial may be known only after it; name it as a feature to "
        "use it.",
    )
    for roles in ({"features": ["spikes", "cue"]}, {"phases": "cue"}):
        stream = open_file(path, "hand", **roles)
        (rows,) = stream.chunks(ROWS)
        found = rows.x[:, 3] if rows.phase is None else rows.phase
        np.testing.assert_array_equal(found, np.repeat(CUE, LENGTH))
        assert stream.info.warnings == ()


def test_a_column_named_trial_stays_a_column(tmp_path: Path) -> None:
    info = open_file(write(tmp_path, spikes=SPIKES, hand=HAND, trial=SPEED), "hand").info
    assert info.start_name == "trial_" and info.feature_names[-1] == "trial"


def test_rows_beside_arrays_of_three_axes_are_rows(tmp_path: Path) -> None:
    """Images of each row, say, which no stream reads."""
    x, y = RANDOM.normal(size=(TRIALS, 2)), RANDOM.normal(size=TRIALS)
    path = write(tmp_path, X=x, y=y, images=np.zeros((TRIALS, 8, 8)))
    info = open_file(path, "y").info
    assert (info.length, info.start_name) == (TRIALS, None)
    assert info.feature_names == ("X[0]", "X[1]")
    # But they can be asked for.
    assert open_file(path, "y", "images").info.length == 8 * TRIALS


def test_two_rates_are_told_by_their_shapes(tmp_path: Path) -> None:
    path = write(tmp_path, spikes=np.zeros((50, 3)), hand=np.zeros((10, 2)), bin=np.array(0.1))
    expected = "Expected arrays of 10 rows, as many as the target 'hand' has; got 'spikes' of shape"
    for features in (None, "spikes"):
        with pytest.raises(StreamError, match=expected):
            open_file(path, "hand", features)


def test_files_of_trials_are_sessions(tmp_path: Path) -> None:
    paths = [tmp_path / f"{name}.npz" for name in "ab"]
    for path in paths:
        np.savez(path, spikes=SPIKES, hand=HAND)
    stream = open_file(paths, "hand")
    (rows,) = stream.chunks(2 * ROWS)
    assert rows.start is not None and rows.start.sum() == 2 * TRIALS
    assert stream.info.session_lengths == (ROWS, ROWS)
