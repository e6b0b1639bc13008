"""Real recordings, where the folder that holds them lies next to the repository."""

from pathlib import Path

import numpy as np
import pytest

from onward.streams import Chunk, Stream, open_stream

DATA = Path(__file__).parents[3] / "shared" / "data"

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"needs the recordings in {DATA}"),
]


def whole(stream: Stream) -> Chunk:
    (chunk,) = stream.chunks(stream.info.length)
    start = stream.info.length // 3
    parts = list(stream.chunks(997, start))
    np.testing.assert_array_equal(np.concatenate([part.x for part in parts]), chunk.x[start:])
    np.testing.assert_array_equal(np.concatenate([part.y for part in parts]), chunk.y[start:])
    return chunk


def persistence(y: np.ndarray) -> float:
    """Return the R2 of predicting each row by the row before."""
    return 1 - float(np.mean((y[1:] - y[:-1]) ** 2) / np.var(y[1:]))


def test_air_quality() -> None:
    sensors = [f"PT08.S{number}" for number in ("1(CO)", "2(NMHC)", "3(NOx)", "4(NO2)", "5(O3)")]
    features = [*sensors, "T", "RH", "AH"]
    path = DATA / "air_quality_uci" / "air_quality.npz"
    stream = open_stream(path, target="CO(GT)", features=features)
    rows = whole(stream)
    assert stream.info.task == "regression" and stream.info.feature_names == tuple(features)
    assert rows.x.shape == (9357, 8) and stream.info.warnings == ()
    assert np.mean(np.isnan(rows.y)) == pytest.approx(0.18, abs=0.005)
    assert rows.time is not None and str(rows.time[0]) == "2004-03-10T18:00:00.000000"
    assert np.all(np.diff(rows.time) == np.timedelta64(1, "h"))
    complete = ~np.isnan(rows.y[:, 0]) & ~np.isnan(rows.x).any(axis=1)
    assert np.sum(complete) == 7344


def test_bike_sharing() -> None:
    stream = open_stream(
        DATA / "bike_sharing_hourly" / "bike_hourly.npz", target="count", features="X"
    )
    rows = whole(stream)
    assert stream.info.task == "regression" and stream.info.target_names == ("count",)
    assert rows.x.shape == (17_379, 12) and stream.info.feature_names[8] == "temp"
    assert persistence(rows.y) == pytest.approx(0.688, abs=0.001)
    assert np.mean(rows.y[rows.x[:, 1] == 0]) == pytest.approx(143.8, abs=0.1)
    assert any("'date' repeats the row before" in warning for warning in stream.info.warnings)


def test_electricity() -> None:
    stream = open_stream(DATA / "elec2" / "elec2.npz", target="y")
    rows = whole(stream)
    assert stream.info.task == "classification" and stream.info.class_names == ("0", "1")
    assert stream.info.feature_names[1] == "nswprice" and len(rows.x) == 45_312
    assert np.mean(rows.y == 0) == pytest.approx(0.5755, abs=1e-4)
    assert np.mean(rows.y[1:] == rows.y[:-1]) == pytest.approx(0.8533, abs=1e-4)


def test_transformer_temperature() -> None:
    stream = open_stream(DATA / "etth1" / "ETTh1.csv", target="OT")
    rows = whole(stream)
    assert stream.info.feature_names == ("HUFL", "HULL", "MUFL", "MULL", "LUFL", "LULL")
    assert stream.info.length == 17_420 and stream.info.warnings == ()
    assert persistence(rows.y) == pytest.approx(0.989, abs=0.001)
    assert rows.time is not None and str(rows.time[-1])[:13] == "2018-06-26T19"
    assert np.all(np.diff(rows.time) == np.timedelta64(1, "h"))


def test_wrist_force_and_motor_cortex() -> None:
    path = DATA / "limb_wrist_spike" / "20120718.npz"
    stream = open_stream(path, target="velocity", features="counts")
    rows = whole(stream)
    assert stream.info.target_names == ("velocity[0]", "velocity[1]")
    assert stream.info.feature_names[0] == "ee01u0" and rows.x.shape == (23_998, 96)
    with np.load(path) as arrays:
        np.testing.assert_array_equal(rows.x, arrays["counts"])
        np.testing.assert_array_equal(rows.y, arrays["velocity"])


def test_closed_loop_decoder() -> None:
    path = DATA / "bci_instability_20160325" / "session.npz"
    stream = open_stream(path, target="cursor_end", features="counts")
    rows = whole(stream)
    assert rows.x.shape == (38_015, 96) and rows.y.shape == (38_015, 2)
    assert stream.info.feature_names[95] == "counts[95]"
    with np.load(path) as arrays:
        np.testing.assert_array_equal(rows.x, arrays["counts"])
        np.testing.assert_array_equal(rows.y, arrays["cursor_end"])
