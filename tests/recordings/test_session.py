"""What a session must be, and what is made of one."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from onward.recordings import RecordingError, Session

COUNTS = np.random.default_rng(0).poisson(3.0, (6, 3))
TARGETS = np.arange(12.0).reshape(6, 2)


def session(**changes: Any) -> Session:
    fields: dict[str, Any] = {
        "name": "day",
        "counts": COUNTS,
        "targets": TARGETS,
        "channels": ("a", "b", "c"),
        "target_names": ("x", "y"),
        "bin_s": 0.05,
        "start": np.zeros(6, bool),
        "scored": np.ones(6, bool),
    }
    return Session(**(fields | changes))


def test_arrays_are_float32_and_read_only_and_the_givers_stay_as_they_are() -> None:
    mine = COUNTS.astype(np.float32)
    made = session(counts=mine, trial=np.arange(6, dtype=np.int32))
    assert made.counts.dtype == made.targets.dtype == np.float32
    assert made.trial is not None and made.trial.dtype == np.int64
    assert mine.flags.writeable and np.shares_memory(mine, made.counts)
    for array in (made.counts, made.targets, made.start, made.scored, made.trial):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    assert len(made) == 6 and "3 channels" in repr(made)


def test_the_first_row_is_a_start_and_a_row_without_all_labels_is_not_scored() -> None:
    targets = TARGETS.copy()
    targets[2, 1] = np.nan
    made = session(targets=targets)
    assert made.start.tolist() == [True] + 5 * [False]
    assert made.scored.tolist() == [True, True, False, True, True, True]
    # The labels of another version are looked at again.
    assert replace(made, targets=np.full((6, 2), np.nan)).scored.sum() == 0


def test_rows_are_a_session_of_their_own() -> None:
    made = session(start=np.arange(6) == 3, trial=np.arange(6))
    part = made.rows(slice(2, 5))
    assert part.start.tolist() == [True, True, False]
    assert part.trial is not None and part.trial.tolist() == [2, 3, 4]
    np.testing.assert_array_equal(part.counts, COUNTS[2:5])
    np.testing.assert_array_equal(part.targets, TARGETS[2:5])
    assert np.shares_memory(part.counts, made.counts)
    for rows in (slice(0, 6, 2), slice(6, None)):
        with pytest.raises(RecordingError, match=r"Expected consecutive rows in rows .* 'day'"):
            made.rows(rows)


def test_channels_come_in_the_order_they_are_asked_for() -> None:
    made = session().select(["c", "a"])
    assert made.channels == ("c", "a")
    np.testing.assert_array_equal(made.counts, COUNTS[:, [2, 0]])
    with pytest.raises(RecordingError, match=r"names of its channels .*'day'; got 'd'\. Try some"):
        made.select(["d", "a"])
    with pytest.raises(RecordingError, match="got 'a'"):
        made.select("a")
    with pytest.raises(RecordingError, match="each name once"):
        made.select(["a", "a"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"counts": -COUNTS}, "counts >= 0 in counts of session 'day'; got negative"),
        ({"counts": COUNTS[:, 0]}, r"rows by channels in counts .* shape \(6,\)"),
        ({"counts": np.full((6, 3), "a")}, "got <U1 of shape"),
        ({"counts": np.zeros((6, 0))}, "a row and a channel at least"),
        ({"targets": TARGETS[:5]}, "a row for each of 6 bins in targets .* got 5 rows"),
        ({"targets": TARGETS + np.inf}, "finite labels or NaN in targets"),
        ({"channels": ("a", "b")}, "a name for each of 3 columns in channels"),
        ({"channels": ("a", "b", "b")}, "each name once in channels .* 'b' twice"),
        ({"target_names": "x"}, "a name for each of 2 columns in target_names"),
        ({"bin_s": 0.0}, "seconds > 0 in bin_s .* got 0.0"),
        ({"start": np.zeros(6)}, r"truth values of shape \(T,\) in start"),
        ({"scored": np.ones(7, bool)}, "a row for each of 6 bins in scored .* got 7"),
        ({"trial": np.zeros(6)}, r"integers of shape \(T,\) in trial"),
    ],
)
def test_what_does_not_fit_is_refused_by_session_and_field(changes: Any, message: str) -> None:
    with pytest.raises(RecordingError, match=message):
        session(**changes)
