from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from onward.streams import Sine, Steps, StreamError, from_table, samples_ahead

HOURLY = replace(Sine(length=9).info, steps=Steps(3600, 3600, 7200, 0.95))


@pytest.mark.parametrize(
    ("horizon", "samples"),
    [(0, 0), (7, 7), ("7", 7), (" 12 ", 12), ("1h", 1), ("24h", 24), ("7d", 168), ("90min", 2)],
)
def test_a_horizon_is_counted_in_steps(horizon: str | int, samples: int) -> None:
    assert samples_ahead(horizon, HOURLY) == samples


def test_the_steps_are_those_of_the_time() -> None:
    when = pd.date_range("2024-01-01", periods=100, freq="15min").delete([7, 20, 21])
    frame = pd.DataFrame({"when": when, "y": np.arange(97) / 7})
    info = from_table(frame, "y").info
    assert info.steps == Steps(900, 900, 2700, 94 / 96)
    assert samples_ahead("1d", info) == 96


def test_the_steps_do_not_cross_a_start() -> None:
    when = pd.date_range("2024-01-01", periods=4, freq="min")
    later = when + pd.Timedelta(days=3)
    frame = pd.DataFrame({"when": [*when, *later], "y": np.arange(8) / 7})
    assert from_table(frame, "y", gap="1h").info.steps == Steps(60, 60, 60, 1)
    crossed = from_table(frame, "y").info.steps
    assert crossed is not None and crossed.longest > 86_400


def test_many_steps_are_sampled() -> None:
    rows = 300_000
    steps = np.where(np.arange(rows) % 10 == 3, 7, 60)
    when = np.datetime64("2020-01-01") + np.cumsum(steps).astype("timedelta64[s]")
    found = from_table(pd.DataFrame({"when": when, "y": np.arange(rows) / 7}), "y").info.steps
    assert found is not None and (found.median, found.shortest, found.longest) == (60, 7, 60)
    assert found.even == pytest.approx(0.9, abs=0.1)


@pytest.mark.parametrize(
    ("steps", "horizon", "message"),
    [
        (
            None,
            "1h",
            "Expected timestamps in sine, for the horizon '1h'; got none; try a horizon",
        ),
        (
            Steps(60, 1, 7200, 0.42),
            "1h",
            "Expected even steps of time, for the horizon '1h'; got 42% within a tenth of the "
            "median of 1 min, from 1 s to 2 h; try a horizon in samples.",
        ),
        (
            Steps(0, 0, 86_400, 0.96),
            "1h",
            "Expected even steps of time, for the horizon '1h'; got a time that does not go on in "
            "most rows; try a horizon in samples.",
        ),
        (
            Steps(3600, 3600, 3600, 1),
            "5min",
            "Expected a horizon of at least half a step; got '5min' with steps of 1 h; try a "
            "longer horizon, or 0.",
        ),
        (Steps(60, 60, 60, 1), "1.5", "Expected a span of time such as '15min', '24h' or '7d'; go"),
        (Steps(60, 60, 60, 1), "-1h", "Expected a span of time such as '15min', '24h' or '7d'; go"),
        (Steps(60, 60, 60, 1), "tomorrow", "Expected a span of time such as '15min', '24h' or '7"),
    ],
)
def test_what_cannot_be_counted_is_refused(steps: Steps | None, horizon: str, message: str) -> None:
    with pytest.raises(StreamError) as error:
        samples_ahead(horizon, replace(HOURLY, steps=steps))
    assert str(error.value).startswith(message)
