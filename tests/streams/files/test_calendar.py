"""Features made from the time."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from onward.streams import StreamError, open_file

from .writing import write_frame


def opened(folder: Path, when: Any, calendar: Any, **columns: Any):
    rows = len(when)
    frame = pd.DataFrame({"when": when, **columns, "y": np.arange(rows) / 7})
    return open_file(write_frame(folder, frame, "csv"), "y", calendar=calendar)


def test_a_quarter_of_each_cycle_is_a_right_angle(tmp_path: Path) -> None:
    # A Monday, 1 January; a quarter of a day, of a week and of a year later.
    monday = pd.Timestamp("2024-01-01")
    assert monday.day_name() == "Monday"
    when = [monday, monday + pd.Timedelta("6h"), monday + pd.Timedelta("42h"), None]
    stream = opened(tmp_path, when, ["hour", "weekday"])
    (rows,) = stream.chunks(4)
    assert stream.info.feature_names == ("hour_sin", "hour_cos", "weekday_sin", "weekday_cos")
    np.testing.assert_allclose(rows.x[0], [0, 1, 0, 1], atol=1e-6)
    np.testing.assert_allclose(rows.x[1, :2], [1, 0], atol=1e-6)
    np.testing.assert_allclose(rows.x[2], [-1, 0, 1, 0], atol=1e-6)
    assert np.isnan(rows.x[3]).all()
    (year,) = opened(tmp_path, ["1970-01-01", "1970-04-02", "1970-07-02"], "yearday").chunks(3)
    np.testing.assert_allclose(year.x, [[0, 1], [1, 0], [0, -1]], atol=0.02)


STEPS = [
    ("15min", 50, ()),
    ("15min", 100, ("hour",)),
    ("15min", 700, ("hour", "weekday")),
    ("D", 30, ("weekday",)),
    ("D", 400, ("weekday", "yearday")),
    ("W", 60, ("yearday",)),
    ("12h", 20, ("hour", "weekday")),
]


@pytest.mark.parametrize(("step", "rows", "cycles"), STEPS)
def test_what_varies_is_made_and_told(
    tmp_path: Path, step: str, rows: int, cycles: tuple[str, ...]
) -> None:
    info = opened(tmp_path, pd.date_range("2024-01-01", periods=rows, freq=step), True).info
    names = tuple(f"{cycle}_{part}" for cycle in cycles for part in ("sin", "cos"))
    assert info.feature_names == names
    made = ", ".join(names) or "none, as the stream is too short for any cycle"
    assert info.warnings == (f"Features of the calendar, made from 'when': {made}.",)


def test_they_come_after_the_columns_and_only_when_asked_for(tmp_path: Path) -> None:
    when = pd.date_range("2024-01-01", periods=100, freq="h")
    values = np.arange(100) * 1.5
    assert opened(tmp_path, when, False, a=values).info.feature_names == ("a",)
    stream = opened(tmp_path, when, True, a=values)
    assert stream.info.feature_names == ("a", "hour_sin", "hour_cos")
    (rows,) = stream.chunks(100)
    np.testing.assert_array_equal(rows.x[:, 0], values)


def test_what_cannot_be_made_is_refused(tmp_path: Path) -> None:
    when = pd.date_range("2024-01-01", periods=9, freq="h")
    for message, arguments in [
        ("Expected a cycle of the calendar; got 'day'; try 'yearday' or", (when, ["day"])),
        ("Expected timestamps to make features of the calendar; got none", (range(9), True)),
        ("Expected new names for the calendar; got a column 'hour_sin'", (when, "hour")),
    ]:
        with pytest.raises(StreamError, match=f"^{message}"):
            opened(tmp_path, *arguments, hour_sin=np.arange(9) / 3)
    frame = pd.DataFrame({"time": range(9), "y": np.arange(9) / 7})
    with pytest.raises(StreamError, match=r"got the numbers 'time'; try a column of dates"):
        open_file(write_frame(tmp_path, frame, "csv"), "y", calendar=True)


def test_a_series_of_time_and_value_has_no_features(tmp_path: Path) -> None:
    stream = opened(tmp_path, pd.date_range("2024-01-01", periods=9, freq="h"), False)
    (rows,) = stream.chunks(9)
    assert stream.info.feature_names == () and stream.info.warnings == ()
    assert rows.x.shape == (9, 0) and rows.x.dtype == np.float32
    parts = [chunk.x.shape for chunk in stream.chunks(4, 1)]
    assert parts == [(4, 0), (4, 0)]
