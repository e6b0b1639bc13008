import sys
from datetime import datetime

import numpy as np
import pytest
from river import datasets

from onward.streams import RiverSet, StreamError
from onward.streams.river_sets import RIVER_SETS


@pytest.mark.parametrize("name", RIVER_SETS)
def test_the_list_tells_the_truth(name: str) -> None:
    info, known = RiverSet(name).info, RIVER_SETS[name]
    assert (info.length, len(info.feature_names)) == (known.rows, known.features)
    assert info.task == known.task and info.origin == known.origin
    assert bool(info.class_names) == (known.task == "classification")
    assert info.horizon == 0


@pytest.mark.parametrize("name", RIVER_SETS)
def test_rows_are_those_of_river(name: str) -> None:
    stream = RiverSet(name)
    (rows,) = stream.chunks(10_000)
    source = list(getattr(datasets, RIVER_SETS[name].source)())
    for index in (0, 17, len(source) - 1):
        x, y = source[index]
        plain = [value for value in x.values() if not isinstance(value, datetime)]
        np.testing.assert_allclose(rows.x[index, : len(plain)], plain, rtol=1e-6)
        if stream.info.class_names:
            y = stream.info.class_names.index(str(y))
        assert rows.y[index, 0] == pytest.approx(y)


def test_water_flow_knows_the_local_calendar() -> None:
    stream = RiverSet("water-flow")
    (rows,) = stream.chunks(2000)
    names = ("hour_sin", "hour_cos", "weekday_sin", "weekday_cos")
    assert stream.info.feature_names == names
    # The first row is Sunday, 2022-03-20, 11:00 at +01:00.
    assert rows.time is not None and str(rows.time[0]) == "2022-03-20T10:00:00.000000"
    hour, weekday = 2 * np.pi * 11 / 24, 2 * np.pi * 6 / 7
    expected = [np.sin(hour), np.cos(hour), np.sin(weekday), np.cos(weekday)]
    np.testing.assert_allclose(rows.x[0], expected, atol=1e-6)
    assert np.all(np.diff(rows.time) > np.timedelta64(0))


def test_airline_passengers_knows_the_month() -> None:
    stream = RiverSet("airline-passengers")
    (rows,) = stream.chunks(200)
    assert stream.info.feature_names == ("month_sin", "month_cos")
    np.testing.assert_allclose(rows.x[3], [1, 0], atol=1e-6)
    np.testing.assert_allclose(rows.x[:12], rows.x[12:24])
    assert rows.time is not None and str(rows.time[1])[:10] == "1949-02-01"


def test_classes_are_named() -> None:
    assert RiverSet("phishing").info.class_names == ("False", "True")
    assert len(RiverSet("image-segments").info.class_names) == 7


def test_without_river_the_message_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "river", None)
    with pytest.raises(StreamError) as error:
        next(RiverSet("phishing").chunks(10))
    assert str(error.value) == (
        "Expected river, which brings 'phishing'; got a Python without it; try pip install river."
    )


def test_another_name_is_refused() -> None:
    message = "^Expected the name of a river data set; got 'banana'; try 'bananas'"
    with pytest.raises(StreamError, match=message):
        RiverSet("banana")
