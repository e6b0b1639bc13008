"""Numbers far from zero that vary little keep their digits in float32."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from onward.streams import Sine, from_arrays, from_table, open_file

from .writing import write_frame

RANDOM = np.random.default_rng(0)
ROWS = 400
HERTZ = 1e7 + RANDOM.uniform(-0.2, 0.2, ROWS)
SECONDS = 1_700_000_000 + np.cumsum(RANDOM.uniform(0.01, 0.5, ROWS))
VOLTS = RANDOM.normal(size=ROWS)


@pytest.mark.parametrize("kind", ["csv", "parquet", "npz"])
def test_features_and_targets_keep_their_digits(tmp_path: Path, kind: str) -> None:
    frame = pd.DataFrame({"hertz": HERTZ, "uploaded": SECONDS, "volts": VOLTS, "y": HERTZ[::-1]})
    stream = open_file(write_frame(tmp_path, frame, kind), "y")
    info = stream.info
    assert info.feature_names == ("hertz", "uploaded", "volts")
    assert info.feature_offsets == (HERTZ[0], SECONDS[0], 0) and info.target_offsets == (HERTZ[-1],)
    rows = np.concatenate([chunk.x for chunk in stream.chunks(64, 7)])
    np.testing.assert_allclose(rows[:, 0], (HERTZ - HERTZ[0])[7:], atol=3e-8)
    np.testing.assert_allclose(rows[:, 1], (SECONDS - SECONDS[0])[7:], atol=1e-5)
    np.testing.assert_array_equal(rows[:, 2], VOLTS[7:].astype(np.float32))
    (chunk,) = stream.chunks(ROWS)
    np.testing.assert_allclose(chunk.y[:, 0] + info.target_offsets[0], HERTZ[::-1], atol=3e-8)


@pytest.mark.parametrize(
    "values",
    [
        HERTZ * 0 + 1e7,
        HERTZ - 0.9e7 * (np.arange(ROWS) == 5),
        1000 + 2 * VOLTS,
        np.where(np.arange(ROWS) % 2, np.inf, 3.0),
    ],
    ids=["constant", "one far away", "wide", "infinite"],
)
def test_nothing_is_taken_off_others(values: np.ndarray) -> None:
    info = from_arrays(values, VOLTS).info
    assert info.feature_offsets == (0,) and info.target_offsets == (0,)


def test_gaps_and_infinities_do_not_count() -> None:
    values = np.where(np.arange(ROWS) % 3, HERTZ, np.nan)
    values[[7, 8]] = np.inf, -np.inf
    stream = from_arrays(values, VOLTS)
    assert stream.info.feature_offsets == (HERTZ[1],)
    (chunk,) = stream.chunks(ROWS)
    np.testing.assert_allclose(chunk.x[:, 0], values - HERTZ[1], atol=3e-8)


def test_classes_weights_words_and_the_calendar_have_none() -> None:
    frame = pd.DataFrame({"t": pd.date_range("2024", periods=ROWS, freq="h"), "a": HERTZ})
    frame["word"] = ["one", "two"] * (ROWS // 2)
    frame["w"], frame["y"] = 5000 + RANDOM.random(ROWS), RANDOM.integers(10_000, 10_002, ROWS)
    stream = from_table(frame, "y", weight="w", calendar="hour")
    assert stream.info.feature_offsets == (HERTZ[0], 0, 0, 0, 0)
    assert stream.info.target_offsets == (0,) and stream.info.class_names == ("10000", "10001")
    (chunk,) = stream.chunks(ROWS)
    assert chunk.weight is not None and chunk.weight.min() >= 5000
    assert Sine().info.feature_offsets == Sine().info.target_offsets == ()
