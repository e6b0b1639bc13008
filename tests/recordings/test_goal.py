"""Where the target and the cursor were, in each format, for labels that are inferred."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from onward.recordings import RecordingError, read_session

from .test_session import session
from .writing import NwbWriter, trains, write_indy

TIME = np.arange(1, 501) / 50.0
CURSOR = np.stack([np.sin(TIME), np.cos(TIME)], axis=1) * 30
GOAL = np.round(CURSOR / 20) * 20


def nwb(folder: Path) -> Path:
    with NwbWriter(folder / "day.nwb") as file:
        file.units(trains(2, 10.0))
        file.position(CURSOR, TIME)
        file.acquisition("target_pos", GOAL, TIME)
    return folder / "day.nwb"


def indy(folder: Path) -> Path:
    spikes = [[one] for one in trains(2, 10.0)]
    return write_indy(folder / "day.mat", spikes, TIME, cursor_pos=CURSOR, target_pos=GOAL)


def npz(folder: Path, **changes: Any) -> Path:
    arrays = {"counts": np.ones((500, 3)), "cursor": CURSOR, "target": GOAL, "bin_s": 0.02}
    np.savez(folder / "day.npz", **(arrays | changes))
    return folder / "day.npz"


def columns(folder: Path) -> Path:
    table = {"counts.a": np.ones(500), "counts.b": np.ones(500)}
    table |= {f"cursor_{axis}": CURSOR[:, place] for place, axis in enumerate("xy")}
    table |= {f"goal_{axis}": GOAL[:, place] for place, axis in enumerate("xy")}
    parquet.write_table(pa.table(table), folder / "day.parquet")
    return folder / "day.parquet"


@pytest.mark.parametrize("write", [nwb, indy, npz, columns])
def test_the_goal_is_found_in_every_format(tmp_path: Path, write: Any) -> None:
    made = read_session(write(tmp_path), bin_s=0.02, goal="found")
    assert made.goal is not None and made.position is not None
    here = np.isfinite(made.goal).all(axis=1)
    assert here.sum() >= 499 and made.goal.dtype == made.position.dtype == np.float32
    rows = min(len(made), 500)
    np.testing.assert_allclose(made.goal[-rows:][5:], GOAL[-rows:][5:], atol=1e-4)
    np.testing.assert_allclose(made.position[-rows:][5:], CURSOR[-rows:][5:], atol=1e-4)
    plain = read_session(write(tmp_path), bin_s=0.02)
    assert plain.goal is None and plain.position is None


def test_the_goal_is_the_one_that_is_named(tmp_path: Path) -> None:
    made = read_session(npz(tmp_path, aim=GOAL + 1), goal="Aim")
    assert made.goal is not None
    np.testing.assert_allclose(made.goal, GOAL + 1)
    with pytest.raises(RecordingError, match=r"Expected a signal 'ami' in goal of day.npz; got on"):
        read_session(npz(tmp_path), goal="ami")
    with pytest.raises(RecordingError, match=r"Expected a signal that is called 'goal', 'target_"):
        read_session(npz(tmp_path, target=np.zeros(3)), goal="found")
    with pytest.raises(
        RecordingError, match=r"a position of shape \(500, 1\), as the goal has, in"
    ):
        read_session(npz(tmp_path, target=np.zeros(500)), goal="found")


def test_a_goal_goes_along_with_rows_and_channels() -> None:
    place = np.arange(12.0).reshape(6, 2)
    made = session(goal=place, position=-place)
    part = made.rows(slice(2, 4)).select(("c", "a"))
    assert part.goal is not None and part.position is not None
    np.testing.assert_array_equal(part.goal, place[2:4])
    np.testing.assert_array_equal(part.position, -place[2:4])
    refused: list[tuple[dict[str, Any], str]] = [
        ({"position": None}, r"Expected a position of shape \(6, 2\), as the goal has.*; got none"),
        ({"position": place[:, :1]}, r"as the goal has, in position of session 'day'; got \(6, 1"),
        ({"goal": place[:5]}, r"Expected a row for each of 6 bins in goal of session 'day'; got 5"),
        ({"goal": place[0]}, r"Expected numbers of places, rows by axes in goal of session 'day'"),
    ]
    for changes, message in refused:
        with pytest.raises(RecordingError, match=message):
            replace(made, **changes)
