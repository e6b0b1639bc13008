"""Going on with a stream that has grown; one run in a folder at a time."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from matrix import left
from onward.runs import FolderError, Run
from small_runs import (
    CHUNK,
    ROWS,
    config_of,
    finished,
    metrics,
    predictions,
    stop_after,
    with_gaps,
    write,
)

pytestmark = [pytest.mark.xdist_group("experiments"), pytest.mark.usefixtures("small_chunks")]


def first_rows(path: Path, rows: int) -> Path:
    return write(path, {name: column[:rows] for name, column in with_gaps().items()})


@pytest.mark.parametrize(
    ("rows", "horizon"), [left(CHUNK, 0), left(CHUNK, 3), left(130, 0), (130, 3)]
)
def test_rows_that_are_appended_are_passed_over_as_if_they_had_been_there(
    tmp_path: Path, rows: int, horizon: int
) -> None:
    path, whole = tmp_path / "made.npz", tmp_path / "whole"
    for length in (rows, 171, ROWS):
        first_rows(path, length)
        config = config_of(path, horizon=horizon, warmup=20)
        run = Run(config, tmp_path / "out", resume=length > rows)
        assert run()["counts"]["samples"] == length
        assert len(predictions(tmp_path / "out")) == length
    finished(config, whole)
    pd.testing.assert_frame_equal(predictions(tmp_path / "out"), predictions(whole))
    found, expected = metrics(tmp_path / "out"), metrics(whole)
    for name in ("learners", "phases", "rolling", "gain", "counts", "config"):
        assert found[name] == expected[name], name


def test_a_pass_killed_after_joining_doubles_no_row(tmp_path: Path, monkeypatch) -> None:
    path = first_rows(tmp_path / "made.npz", 130)
    config = config_of(path, warmup=20)
    finished(config, tmp_path / "out")
    first_rows(path, ROWS)
    run = Run(config, tmp_path / "out", resume=True)

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("onward.runs.folder.write_json", killed)
        with pytest.raises(KeyboardInterrupt):
            run()
    Run(config, tmp_path / "out", resume=True)()
    assert predictions(tmp_path / "out")["row"].tolist() == list(range(ROWS))


def test_a_grown_stream_keeps_its_warm_up(tmp_path: Path) -> None:
    path = first_rows(tmp_path / "made.npz", 150)
    config = config_of(path, warmup=None)
    finished(config, tmp_path / "out")
    first_rows(path, ROWS)
    found = Run(config, tmp_path / "out", resume=True)()
    assert found["config"]["warmup"] == 15
    finished(config_of(path, warmup=15), tmp_path / "whole")
    pd.testing.assert_frame_equal(predictions(tmp_path / "out"), predictions(tmp_path / "whole"))


def test_a_larger_limit_goes_on(tmp_path: Path) -> None:
    path = first_rows(tmp_path / "made.npz", ROWS)
    finished(config_of(path, limit=120, warmup=20), tmp_path / "out")
    found = Run(config_of(path, limit=200, warmup=20), tmp_path / "out", resume=True)()
    assert found["counts"]["samples"] == 200
    assert len(predictions(tmp_path / "out")) == 200


def test_a_folder_in_which_a_run_goes_on_is_refused(tmp_path: Path) -> None:
    path = first_rows(tmp_path / "made.npz", ROWS)
    config = config_of(path)
    Run(config, tmp_path / "out")(stop=stop_after(1))
    going_on = Run(config, tmp_path / "out", resume=True)
    with pytest.raises(FolderError, match=r"^Expected a folder in which no run goes on; got "):
        Run(config, tmp_path / "out", resume=True)
    going_on()
    Run(config, tmp_path / "out", resume=True)()


def test_a_file_far_from_zero_may_gain_rows_that_are_not(tmp_path: Path) -> None:
    """What is taken off its columns stays what it was."""
    path, columns = tmp_path / "made.npz", with_gaps(ROWS)
    columns["u"] = columns["u"].astype(np.float64) / 100 + 1e7
    write(path, {name: column[:200] for name, column in columns.items()})
    config = config_of(path, ("u",), warmup=20)
    finished(config, tmp_path / "out")
    columns["u"][250] = 3.0
    write(path, columns)
    assert Run(config, tmp_path / "out", resume=True)()["counts"]["samples"] == ROWS
    true = predictions(tmp_path / "out")["true:u"].to_numpy(copy=True)
    # Of the far one float32 keeps as many digits as of ten million.
    np.testing.assert_allclose(true[250], 3, atol=1)
    true[250] = 3
    np.testing.assert_allclose(true, columns["u"], rtol=1e-9)
