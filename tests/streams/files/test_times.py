"""Time as it is written, its order and its steps."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from onward.streams import open_file

from .writing import message_of, read, table

DAYS = pd.date_range("2019-01-25", periods=30, freq="D")
MOMENTS = DAYS + pd.Timedelta("16:05:00")
FORMS = {
    "%d %b %Y": DAYS,
    "%d-%b-%y": DAYS,
    "%B %d %Y": DAYS,
    "%m/%d/%y": DAYS,
    "%d.%m.%y": DAYS,
    "%Y/%m/%d": DAYS,
    "%Y%m%d": DAYS,
    "%Y%m%d%H%M": MOMENTS,
    "%d/%m/%Y %H:%M": MOMENTS,
    "%m/%d/%Y %I:%M:%S %p": MOMENTS,
    "%d.%m.%Y %H.%M.%S": MOMENTS,
    "%Y-%m-%dT%H:%M:%SZ": MOMENTS,
    "%Y-%m-%d %H:%M:%S UTC": MOMENTS,
    "%Y-%m-%dT%H:%M:%S+00:00": MOMENTS,
    "%d/%b/%Y:%H:%M:%S +0000": MOMENTS,
    "%a %b %d %H:%M:%S %Y": MOMENTS,
}


@pytest.mark.parametrize("form", FORMS)
def test_written_forms_are_time(tmp_path: Path, form: str) -> None:
    moments = FORMS[form]
    path = table(tmp_path, Date=moments.strftime(form), a=range(30))
    info, rows = read(path)
    assert info.feature_names == ("a",) and info.warnings == () and rows.time is not None
    np.testing.assert_array_equal(rows.time, moments.to_numpy("datetime64[us]"))
    turned = table(tmp_path, Date=moments[::-1].strftime(form), a=range(30))
    (note,) = read(turned)[0].warnings
    assert note == (
        "Unsorted: 'Date' runs from the newest row to the oldest; to turn the rows round, try "
        "reverse=True (--reverse)."
    )
    info, rows = read(turned, reverse=True)
    assert info.warnings == () and rows.x[:, 0].tolist() == list(range(29, -1, -1))
    assert rows.time is not None
    np.testing.assert_array_equal(rows.time, moments.to_numpy("datetime64[us]"))


def test_names_with_commas_are_quoted(tmp_path: Path) -> None:
    for form in ("%b %d, %Y", "%b %d, %Y %I:%M %p", "%a, %d %b %Y %H:%M:%S GMT"):
        moments = MOMENTS if "%M" in form else DAYS
        path = table(tmp_path, Date=[f'"{text}"' for text in moments.strftime(form)], a=range(30))
        _, rows = read(path)
        assert rows.time is not None
        np.testing.assert_array_equal(rows.time, moments.to_numpy("datetime64[us]"))


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("kind", ["csv", "npz"])
def test_numbers_since_1970_are_time_by_their_name(tmp_path: Path, unit: str, kind: str) -> None:
    counts = MOMENTS.to_numpy(f"datetime64[{unit}]").astype(np.int64)
    for name, is_time in (
        ("open_time", True),
        ("Timestamp", True),
        ("Uhrzeit", True),
        ("id", False),
    ):
        path = tmp_path / "data.npz"
        if kind == "csv":
            path = table(tmp_path, **{name: counts, "a": range(30)})
        else:
            np.savez(path, **{name: counts, "a": np.arange(30), "y": np.arange(30) + 0.5})
        info, rows = read(path)
        assert info.feature_names == (("a",) if is_time else (name, "a"))
        assert (rows.time is not None) == is_time
        if rows.time is not None:
            np.testing.assert_array_equal(rows.time, MOMENTS.to_numpy("datetime64[us]"))


@pytest.mark.parametrize("last", [20191302, 20190230, 20190100, 20190103.5, 2201901])
def test_numbers_that_are_dates_but_for_one_are_numbers(tmp_path: Path, last: float) -> None:
    info, _ = read(table(tmp_path, code=[20190101, 20190102, last], a=range(3)))
    assert info.feature_names == ("code", "a")


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_any_start_of_a_turned_file_gives_the_same_rows(tmp_path: Path, kind: str) -> None:
    rows = 40_000
    frame = pd.DataFrame({"a": np.arange(rows), "c": ["x", "z"] * (rows // 2)})
    frame = frame.assign(y=frame["a"] + 0.5)
    path = tmp_path / f"data.{kind}"
    frame.to_csv(path, index=False) if kind == "csv" else frame.to_parquet(path)
    stream = open_file(path, "y", reverse=True)
    for start in (0, 1, 8191, 8193, 39_999, rows):
        found = [chunk.x[:, 0] for chunk in stream.chunks(7_000, start)]
        expected = np.arange(rows)[::-1][start:]
        np.testing.assert_array_equal(np.concatenate([*found, []]), expected)


def test_order_of_day_and_month_that_is_open_is_told(tmp_path: Path) -> None:
    path = table(tmp_path, when=["01/02/2019", "02/02/2019", "03/02/2019"], a=range(3))
    info, rows = read(path)
    assert info.warnings == (
        "Read 'when' as if the month comes first; it fits the other order too.",
    )
    assert rows.time is not None and str(rows.time[1])[:10] == "2019-02-02"
    path = table(tmp_path, ";", when=["01/02/2019", "02/02/2019", "03/02/2019"], a=range(3))
    info, rows = read(path)
    assert rows.time is not None and str(rows.time[2])[:10] == "2019-02-03"
    assert "as if the day comes first" in info.warnings[-1]


def test_a_date_and_a_time_of_day_are_one_time(tmp_path: Path) -> None:
    hours = pd.date_range("2020-01-01", periods=20, freq="6h")
    path = table(
        tmp_path, Date=hours.strftime("%d.%m.%Y"), Time=hours.strftime("%I:%M %p"), a=range(20)
    )
    info, rows = read(path)
    assert info.feature_names == ("a",) and rows.time is not None
    np.testing.assert_array_equal(rows.time, hours.to_numpy("datetime64[us]"))
    assert info.warnings == ("Took 'Date' and 'Time' together as the time of the rows.",)
    path = table(tmp_path, Time=hours.strftime("%H:%M"), a=range(20))
    assert read(path)[0].warnings == ("Left out 'Time': a time of day is no feature.",)


def test_a_time_of_day_with_a_point_is_no_number(tmp_path: Path) -> None:
    """Where the decimal mark is a comma; with a decimal point the same cells are numbers."""
    cells = {"Datum": DAYS.strftime("%d.%m.%Y"), "Uhr": MOMENTS.strftime("%H.%M")}
    info, rows = read(table(tmp_path, ";", **cells, a=["1,5"] * 15 + ["2,5"] * 15))
    assert info.feature_names == ("a",) and rows.time is not None
    wanted = (DAYS + pd.Timedelta("16:05:00")).to_numpy("datetime64[us]")
    np.testing.assert_array_equal(rows.time, wanted)
    points = {**cells, "a": ["1.5"] * 15 + ["2.5"] * 15, "y": [f"{row}.5" for row in range(30)]}
    info, _ = read(table(tmp_path, ";", **points))
    assert info.feature_names == ("Uhr", "a")


def test_gaps_are_told_with_their_figures(tmp_path: Path) -> None:
    first = pd.date_range("2020-01-01", periods=20, freq="10min")
    when = [*first, *(first + pd.Timedelta("2D"))]
    info, _ = read(table(tmp_path, when=when, a=range(40)))
    assert info.warnings == (
        "Uneven: the steps of 'when' are 10 min in the median and 10 min at least; the longest, "
        "1.868 d, leads to row 21 (2020-01-03).",
    )
    info, _ = read(table(tmp_path, time=[0, 0.5, 1, 1.5, 4], a=range(5)))
    assert info.warnings[1] == (
        "Uneven: the steps of 'time' are 0.5 in the median and 0.5 at least; the longest, 2.5, "
        "leads to row 5 (4)."
    )


def test_months_and_summer_are_even(tmp_path: Path) -> None:
    months = pd.date_range("2019-01-01", periods=30, freq="MS")
    assert read(table(tmp_path, when=months, a=range(30)))[0].warnings == ()


def test_steps_are_those_of_the_whole_file(tmp_path: Path) -> None:
    """Also where the file is read in several pieces, and the median comes from a sample."""
    rows = 40_000
    when = np.datetime64("2020-01-01") + np.arange(rows).astype("timedelta64[s]") * 60
    when[30_000:] += np.timedelta64(5, "h")
    info, _ = read(table(tmp_path, when=when, a=range(rows)))
    assert info.warnings == (
        "Uneven: the steps of 'when' are 1 min in the median and 1 min at least; the longest, "
        "5.017 h, leads to row 30001 (2020-01-22 01:00).",
    )


def test_time_is_no_feature_and_no_target(tmp_path: Path) -> None:
    path = table(tmp_path, Date=DAYS.strftime("%Y%m%d"), a=range(30))
    assert "got timestamps in the column 'Date'" in message_of(path, features="Date")
    assert "got timestamps" in message_of(path, "Date")
