"""Notes on series that nobody named."""

from pathlib import Path

import numpy as np
import pandas as pd

from onward.streams import open_file

from .writing import write_frame

RANDOM = np.random.default_rng(0)


def panel(days: int = 30, shops: int = 4) -> pd.DataFrame:
    dates = pd.date_range("2024-01-01", periods=days)
    frame = pd.DataFrame({"date": np.repeat(dates, shops)})
    frame["shop"] = [f"S{number}" for number in range(shops)] * days
    frame["promo"] = RANDOM.integers(0, 2, len(frame))
    frame["level"], frame["sales"] = RANDOM.normal(size=(2, len(frame)))
    return frame


def hints(folder: Path, frame: pd.DataFrame, **roles: str) -> list[str]:
    warnings = open_file(write_frame(folder, frame, "csv"), "sales", **roles).info.warnings
    return [warning for warning in warnings if "tells the rows apart" in warning]


def test_the_time_repeats(tmp_path: Path) -> None:
    frame = panel()
    told = ["The time repeats and 'shop' tells the rows apart: try --series shop."]
    assert hints(tmp_path, frame) == told
    # A part of the rows may be missing, and days may be shuffled.
    assert hints(tmp_path, frame[RANDOM.random(len(frame)) < 0.9]) == told
    assert hints(tmp_path, frame, series="shop") == []
    numbered = frame.assign(shop=frame["shop"].str[1:])
    assert hints(tmp_path, numbered) == told


def test_the_series_follow_one_another(tmp_path: Path) -> None:
    frame = panel().sort_values(["shop", "date"])
    told = ["The time goes back and 'shop' tells the rows apart: try --series shop."]
    assert hints(tmp_path, frame) == told


def test_nothing_is_told_where_it_is_not_so(tmp_path: Path) -> None:
    one = panel(shops=1)
    assert hints(tmp_path, one) == []
    # The time repeats within a shop too.
    assert hints(tmp_path, panel().assign(date=pd.Timestamp("2024-01-01"))) == []
    # A shop with every row of its own.
    many = panel()
    assert hints(tmp_path, many.assign(shop=[f"S{row}" for row in range(len(many))])) == []
    # One row with the time of the row before, told apart by a flag.
    twice = one.assign(flag=(np.arange(len(one)) == 7).astype(int))
    twice.loc[7, "date"] = twice.loc[6, "date"]
    assert hints(tmp_path, twice) == []
    # One row that came late.
    late = panel(days=60, shops=1).assign(shop=list("abcde") * 12)
    late.loc[30, "date"] -= pd.Timedelta(hours=36)
    assert hints(tmp_path, late) == []
    # The hour belongs to the time.
    hours = panel().rename(columns={"shop": "hour"})
    assert hints(tmp_path, hours.assign(hour=hours["hour"].str[1:])) == []
