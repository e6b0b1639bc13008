"""Features that tell the target, and others that only look like it."""

import numpy as np
import pandas as pd
import pytest

from onward.streams import from_table, open_stream
from onward.streams.leaks import leak_notes

ROWS = 2_000
RANDOM = np.random.default_rng(0)
NOISE = RANDOM.normal(size=(6, ROWS))
WALK = np.cumsum(NOISE[0])


def notes(target: str = "y", rows: int = ROWS, **columns) -> list[str]:
    frame = pd.DataFrame({"noise": NOISE[5], **columns}).iloc[:rows]
    return [
        note for note in from_table(frame, target).info.warnings if "known before the label" in note
    ]


def told(*names: str, next_one: bool = False) -> list[str]:
    which = "the next 'y'" if next_one else "'y'"
    if len(names) == 1:
        return [f"{names[0]!r} tells {which} almost exactly: is it known before the label?"]
    listed = ", ".join(map(repr, names))
    return [f"{listed} together tell {which} almost exactly: are they known before the label?"]


def with_gaps(values: np.ndarray) -> np.ndarray:
    return np.where(RANDOM.random(ROWS) < 0.2, np.nan, values)


@pytest.mark.parametrize("y", [NOISE[0], WALK], ids=["noise", "walk"])
def test_a_copy_in_another_unit_is_told(y: np.ndarray) -> None:
    assert notes(a=1.19 * y - 3, y=y) == told("a")
    assert notes(a=np.round(-y, 3), y=y) == told("a")
    assert notes(a=with_gaps(y), y=with_gaps(y)) == told("a")
    assert notes(a=1e-9 * y, y=1e12 * y) == told("a")
    assert notes(a=y + 0.5 * NOISE[1], y=y) == []


@pytest.mark.parametrize("y", [NOISE[0], WALK], ids=["noise", "walk"])
def test_the_next_target_is_told(y: np.ndarray) -> None:
    assert notes(a=np.append(2 * y[1:], 0), y=y) == told("a", next_one=True)
    assert notes(a=np.append(0, y[:-1]), y=y) == []


def test_parts_of_a_sum_are_told() -> None:
    casual, registered = np.exp(NOISE[1]), 3 * np.exp(NOISE[2])
    parts = {"casual": casual, "registered": registered}
    assert notes(**parts, y=casual + registered) == told("casual", "registered")
    assert notes(**parts, y=casual - 0.2 * registered + 5) == told("casual", "registered")
    assert notes(casual=casual, y=casual + registered) == []
    assert notes(**parts, y=casual * registered) == []


def test_what_shares_a_trend_is_no_leak() -> None:
    trend = np.arange(ROWS) * 10.0
    assert notes(a=trend + NOISE[0], y=3 * trend + NOISE[1]) == []
    assert notes(a=trend + NOISE[0], b=trend + NOISE[2], y=trend + NOISE[1]) == []


def test_the_past_of_a_smooth_target_is_no_leak() -> None:
    y = np.sin(np.arange(ROWS) / 400)
    assert notes(a=y + 0.02 * NOISE[1], y=y) == []
    assert notes(a=np.append(y[0], y[:-1]), y=y) == []
    noisy = y + 1e-4 * NOISE[1]
    assert notes(a=np.append(y[0], noisy[:-1]), b=np.append(y[:2], noisy[:-2]), y=noisy) == []
    assert notes(a=noisy - 3, y=noisy) == told("a")
    assert notes(a=np.append(noisy[1:], 0), y=noisy) == told("a", next_one=True)


def test_what_decides_a_class_is_told() -> None:
    change = NOISE[0]
    up = np.where(change > 0.3, "up", "down")
    assert notes(change=change, y=up) == told("change")
    three = np.digitize(change, [-0.5, 0.5])
    assert notes(change=change, y=three) == told("change")
    middle = np.where(np.abs(change) < 0.5, "in", "out")
    assert notes(change=change, y=middle) == told("change")
    code = RANDOM.integers(0, 9, ROWS)
    assert notes(code=code, y=np.array(list("abcabcaab"))[code]) == told("code")
    shifted = np.append(change[1:], 0)
    assert notes(change=shifted, y=up) == told("change", next_one=True)


def test_what_only_helps_with_a_class_is_no_leak() -> None:
    change = NOISE[0]
    up = np.where(change + 0.1 * NOISE[1] > 0, "up", "down")
    assert notes(change=change, y=up) == []
    code = RANDOM.integers(0, 9, ROWS)
    letters = np.array(list("abcabcaab"))[code]
    letters[::50] = "a"
    assert notes(code=code, y=letters) == []


def test_what_counts_the_rows_is_no_leak_of_classes_in_blocks() -> None:
    blocks = np.repeat(["walk", "run", "sit", "walk"], ROWS // 4)
    assert notes(count=np.arange(ROWS) * 0.5, y=blocks) == []
    assert notes(day=np.repeat(np.arange(20), ROWS // 20), y=blocks) == []


def test_a_few_rows_say_nothing() -> None:
    assert notes(rows=49, a=2 * WALK, y=WALK) == []
    assert notes(rows=50, a=2 * WALK, y=WALK) == told("a")


def test_more_features_than_rows_say_nothing() -> None:
    wide = {f"x{column}": RANDOM.normal(size=100) for column in range(99)}
    frame = pd.DataFrame({**wide, "y": RANDOM.normal(size=100)})
    assert from_table(frame, "y").info.warnings == ()


def test_missing_and_infinite_cells_are_passed_over() -> None:
    spoilt = np.where(RANDOM.random(ROWS) < 0.1, np.inf, 2 * WALK)
    assert notes(a=spoilt, y=WALK) == told("a")
    wild = np.where(np.arange(ROWS) % 97, WALK, 1e30)
    assert notes(a=2 * wild, y=np.where(np.arange(ROWS) % 89, WALK, -np.inf)) == told("a")
    rare = np.where(RANDOM.random(ROWS) < 0.6, np.nan, 2 * WALK)
    assert notes(a=rare, b=np.full(ROWS, 7.0), y=WALK) == []


def test_no_note_ends_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise np.linalg.LinAlgError("SVD did not converge")

    monkeypatch.setattr("numpy.linalg.lstsq", fails)
    assert notes(a=2 * WALK, y=WALK) == []


@pytest.mark.parametrize("name", ["cortex", "delayed-recall", "trump-approval", "phishing"])
def test_built_in_streams_have_none(name: str) -> None:
    stream = open_stream(name)
    assert leak_notes(next(stream.chunks(2_000)), stream.info) == []
