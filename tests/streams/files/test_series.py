"""Interleaved series, and sequences that begin within them."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from matrix import left
from onward.streams import Chunk, StreamError, open_file

from .writing import write_frame

ENDINGS = ["csv", "parquet", "npz"]


def panel(rows: int = 300) -> pd.DataFrame:
    """Three series in random turns, of which every row is a random step of time later."""
    random = np.random.default_rng(0)
    shop = random.integers(0, 3, rows)
    minutes = np.zeros(rows)
    for one in range(3):
        steps = random.choice([1, 1, 1, 1, 90, -5], np.sum(shop == one))
        minutes[shop == one] = 1000 + np.cumsum(steps)
    when = pd.Timestamp("2024-01-01") + pd.to_timedelta(minutes, unit="min")
    frame = pd.DataFrame({"when": when, "shop": np.array(["b", "a", "c"])[shop]})
    frame["batch"] = random.integers(0, 2, rows)
    frame["a"], frame["y"] = random.normal(size=rows), random.normal(size=rows)
    frame.loc[random.random(rows) < 0.1, "when"] = pd.NaT
    frame["used"] = random.random(rows) < 0.8
    return frame


def begins_by_hand(frame: pd.DataFrame, by_batch: bool, by_gap: bool) -> np.ndarray:
    """What begins a sequence, row by row with the last row of each series in a dict."""
    begins, last = [], {}
    for shop, batch, when in zip(frame["shop"], frame["batch"], frame["when"], strict=True):
        before_batch, before_when = last.get(shop, (None, pd.NaT))
        begin = shop not in last or (by_batch and batch != before_batch)
        if by_gap and pd.notna(when) and pd.notna(before_when):
            begin |= abs(when - before_when) > pd.Timedelta("30min")
        begins.append(begin)
        last[shop] = (batch, before_when if pd.isna(when) else when)
    return np.array(begins)


ROLES = [{"start": "batch"}, {"gap": "30min"}, {"start": "batch", "gap": "30min"}]


# All of it in every kind of file, and less of it in some.
FEW = [("shop", "used", "start+gap", ending) for ending in ENDINGS]
FEW += [
    (None, None, "gap", "parquet"),
    ("shop", None, "start", "npz"),
    (None, "used", "gap", "csv"),
]
BEGINNINGS = [
    (pytest.param if (series, valid, "+".join(roles), ending) in FEW else left)(
        series, valid, roles, ending, id=f"{series}-{valid}-{'+'.join(roles)}-{ending}"
    )
    for series in (None, "shop")
    for valid in (None, "used")
    for roles in ROLES
    for ending in ENDINGS
]


@pytest.mark.parametrize(("series", "valid", "roles", "ending"), BEGINNINGS)
def test_a_sequence_begins_within_its_series(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ending: str,
    roles: Any,
    valid: str | None,
    series: str | None,
) -> None:
    """From any row on, also where blocks of the file end, which are of seven rows here."""
    for module in ("npz", "parquet"):
        monkeypatch.setattr(f"onward.streams.files.{module}.BATCH_ROWS", 7)
    frame = panel(150)
    stream = open_file(
        write_frame(tmp_path, frame, ending), "y", "a", series=series, valid=valid, **roles
    )
    kept = frame[frame["used"]] if valid else frame
    alone = kept if series else kept.assign(shop="all")
    expected = begins_by_hand(alone, "start" in roles, "gap" in roles)
    assert stream.info.length == len(kept) and 5 < expected.sum() < len(kept) - 5
    for first in range(0, len(kept), 7):
        found = next(stream.chunks(11, first)).start
        np.testing.assert_array_equal(found, expected[first : first + 11])


@pytest.mark.parametrize("ending", ENDINGS)
def test_series_are_codes_in_the_order_of_their_first_rows(tmp_path: Path, ending: str) -> None:
    frame = panel()
    stream = open_file(write_frame(tmp_path, frame, ending), "y", series="shop")
    (rows,) = stream.chunks(300)
    names = stream.info.series_names
    assert names == tuple(dict.fromkeys(frame["shop"])) and stream.info.series_name == "shop"
    assert rows.series is not None and rows.series.dtype == np.int32
    assert [names[code] for code in rows.series] == frame["shop"].tolist()
    assert rows.start is None and stream.info.feature_names == ("batch", "a", "used")


CODED: dict[str, tuple[list[Any], list[int], tuple[str, ...]]] = {
    "numbers": ([7, 7, 3, 7, 3, 9], [0, 0, 1, 0, 1, 2], ("7", "3", "9")),
    "real numbers": ([0.5, 2.0, 0.5, 2.0, 2.0, 0.5], [0, 1, 0, 1, 1, 0], ("0.5", "2")),
    "truth values": ([True, False, True, True, False, True], [0, 1, 0, 0, 1, 0], ("True", "False")),
}


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("kind", CODED)
def test_series_of_other_cells(tmp_path: Path, ending: str, kind: str) -> None:
    cells, codes, names = CODED[kind]
    frame = pd.DataFrame({"a": [1.5, 2, 3, 4, 5, 6], "y": [0.5, 1, 2, 3, 4, 5], "who": cells})
    stream = open_file(write_frame(tmp_path, frame, ending), "y", series="who")
    found = next(stream.chunks(6)).series
    assert found is not None and found.tolist() == codes
    if (kind, ending) == ("real numbers", "csv"):
        names = ("0.5", "2.0")  # as it is written
    assert stream.info.series_names == names


def test_missing_cells_are_a_series_of_their_own(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1.5, 2, 3, 4], "y": [0.5, 1, 2, 3], "who": ["x", None, "x", None]})
    for ending in ("csv", "parquet"):
        stream = open_file(write_frame(tmp_path, frame, ending), "y", series="who")
        found = next(stream.chunks(4)).series
        assert found is not None and found.tolist() == [0, 1, 0, 1]
        assert stream.info.series_names == ("x", "")
        stream = open_file(write_frame(tmp_path, frame[1:], ending), "y", series="who")
        assert stream.info.series_names == ("", "x")


def test_numbers_as_text_are_one_series_where_they_are_equal(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("a,y,who\n1,.5,1\n2,.6,1.0\n3,.7,01\n4,.8,2\n")
    stream = open_file(path, "y", series="who")
    found = next(stream.chunks(4)).series
    assert found is not None and found.tolist() == [0, 0, 0, 1]
    path.write_text("a,y,who\n1,.5,1\n2,.6,1.0\n3,.7,x\n4,.8,2\n")
    assert open_file(path, "y", series="who").info.series_names == ("1", "1.0", "x", "2")


def test_the_order_of_time_counts_within_a_series(tmp_path: Path) -> None:
    days = pd.date_range("2024-01-01", periods=4)
    frame = pd.DataFrame({"when": np.repeat(days, 2), "who": list("pq") * 4})
    frame["a"], frame["y"] = np.arange(8) / 3, np.arange(8) / 7
    path = write_frame(tmp_path, frame, "csv")
    assert "Duplicates" in " ".join(open_file(path, "y").info.warnings)
    info = open_file(path, "y", series="who").info
    assert info.warnings == ()
    assert info.steps is not None and info.steps.median == 86_400 and info.steps.even == 1


def test_a_file_with_new_series_is_told(tmp_path: Path) -> None:
    frame = panel(40)
    stream = open_file(write_frame(tmp_path, frame, "csv"), "y", series="shop")
    frame.loc[39, "shop"] = "new"
    write_frame(tmp_path, frame, "csv")
    with pytest.raises(StreamError, match=r"^Expected the values of 'shop'; got 'new', which was"):
        list(stream.chunks(7))


def chunk_of(path: Path, **roles: str) -> Chunk:
    stream = open_file(path, "y", **roles)
    return next(stream.chunks(stream.info.length))


def test_phases_are_codes_and_no_features(tmp_path: Path) -> None:
    frame = panel(60)
    path = write_frame(tmp_path, frame, "csv")
    info = open_file(path, "y", phases="batch").info
    first, second = dict.fromkeys(frame["batch"])
    assert (info.phase_name, info.phase_names) == ("batch", (str(first), str(second)))
    assert "batch" not in info.feature_names
    phase = chunk_of(path, phases="batch").phase
    assert phase is not None and phase.dtype == np.int32
    np.testing.assert_array_equal(phase, frame["batch"] != first)
    assert chunk_of(path).phase is None and open_file(path, "y").info.phase_name is None


def test_a_gap_begins_a_sequence(tmp_path: Path) -> None:
    minutes = [0, 10, 20, 80, 90, 151, 150, 20]
    when = pd.Timestamp("2024-01-01") + pd.to_timedelta(minutes, unit="min")
    frame = pd.DataFrame({"when": when, "a": np.arange(8) / 3, "y": np.arange(8) / 7})
    path = write_frame(tmp_path, frame, "csv")
    # A jump of just an hour is no gap; one back is.
    assert np.flatnonzero(chunk_of(path, gap="1h").start).tolist() == [0, 5, 7]
    assert open_file(path, "y", gap="1h").info.start_name == "a gap in when"
    both = {"gap": "1h", "start": "a"}
    assert open_file(path, "y", **both).info.start_name == "a or a gap in when"
    frame = frame.drop(columns="when").assign(time=minutes)
    path = write_frame(tmp_path, frame, "npz")
    assert np.flatnonzero(chunk_of(path, gap="60.5").start).tolist() == [0, 5, 7]


def test_a_gap_that_does_not_fit_the_time_is_refused(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": np.arange(8) / 3, "y": np.arange(8) / 7})
    without = write_frame(tmp_path, frame, "csv", "without")
    numbers = write_frame(tmp_path, frame.assign(time=range(8)), "csv", "numbers")
    stamps = write_frame(
        tmp_path, frame.assign(t=pd.date_range("2024", periods=8)), "csv", "stamps"
    )
    for path, gap, message in [
        (without, "1h", "Expected a time of the rows, for gaps in it; got none; try a column of"),
        (numbers, "1h", "Expected a gap in the unit of 'time', which are numbers; got '1h'; try"),
        (numbers, "-1", "Expected a gap in the unit of 'time', which are numbers; got '-1'; try"),
        (stamps, "5", "Expected a span of time such as '15min', '24h' or '7d'; got '5'; try a n"),
        (stamps, "-1h", "Expected a span of time such as '15min', '24h' or '7d'; got '-1h'; try"),
        (stamps, "soon", "Expected a span of time such as '15min', '24h' or '7d'; got 'soon'; t"),
    ]:
        with pytest.raises(StreamError) as error:
            open_file(path, "y", gap=gap)
        assert str(error.value).startswith(message)


@pytest.mark.parametrize("role", ["series", "phases", "valid"])
def test_roles_that_do_not_fit_are_refused(tmp_path: Path, role: str) -> None:
    path = write_frame(tmp_path, panel(9), "csv")
    roles: dict[str, Any] = {role: "y"}
    with pytest.raises(StreamError, match=f"^Expected a {role} column that is no target; got 'y'"):
        open_file(path, "y", **roles)
    roles[role] = "shup"
    with pytest.raises(StreamError, match=f"^Expected a {role} column; got 'shup'; try 'shop'"):
        open_file(path, "y", **roles)
