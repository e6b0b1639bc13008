"""Several series in one stream: each is what it would be alone."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from matrix import left
from onward.runs import Run
from small_runs import (
    CHUNK,
    ROWS,
    assert_same_results,
    column,
    config_of,
    example,
    finished,
    metrics,
    predictions,
    stop_after,
    write,
)

pytestmark = [pytest.mark.xdist_group("experiments"), pytest.mark.usefixtures("small_chunks")]
CODES = np.random.default_rng(3).integers(0, 3, ROWS)
SHOPS = np.array(["north", "south", "west"])[CODES]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path / "made.npz", {**example(), "shop": SHOPS})


@pytest.mark.parametrize("horizon", [left(0), 2])
def test_with_own_weights_every_contestant_is_as_alone(
    tmp_path: Path, path: Path, horizon: int
) -> None:
    settings = {"horizon": horizon, "warmup": 3 * CHUNK, "series": "shop", "weights": "own"}
    finished(config_of(path, **settings), tmp_path / "out")
    frame = predictions(tmp_path / "out")
    for shop in np.unique(SHOPS):
        own = shop == SHOPS
        alone = write(tmp_path / f"{shop}.npz", {k: v[own] for k, v in example().items()})
        finished(config_of(alone, horizon=horizon, warmup=int(own.sum()) - 1), tmp_path / shop)
        expected = predictions(tmp_path / shop)
        for name in ("true", "onward", "last label", "running mean", "linear (RLS)"):
            found, wanted = column(frame[own], name), column(expected, name)
            np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.matrix
def test_shared_weights_learn_from_all(tmp_path: Path, path: Path) -> None:
    finished(config_of(path, series="shop"), tmp_path / "shared")
    finished(config_of(path, series="shop", weights="own"), tmp_path / "own")
    errors = {}
    for name in ("shared", "own"):
        frame, found = predictions(tmp_path / name), metrics(tmp_path / name)
        assert found["stream"]["series_names"] == list(pd.unique(SHOPS))
        assert found["counts"]["learnt"] == ROWS - 3
        errors[name] = np.nanmean(np.abs(column(frame, "onward") - column(frame, "true")))
    assert errors["shared"] != errors["own"]
    assert metrics(tmp_path / "own")["config"]["weights"] == "own"


def test_a_run_over_series_resumes_with_the_same_bits(tmp_path: Path, path: Path) -> None:
    config = config_of(path, series="shop", horizon=2)
    finished(config, tmp_path / "whole")
    Run(config, tmp_path / "out")(stop=stop_after(2))
    Run(config, tmp_path / "out", resume=True)()
    assert_same_results(tmp_path / "out", tmp_path / "whole")


def test_of_several_files_the_first_is_the_warm_up_and_each_is_a_phase(tmp_path: Path) -> None:
    paths = []
    for index, rows in enumerate((slice(0, 120), slice(120, ROWS))):
        part = {name: values[rows] for name, values in example().items()}
        paths.append(str(write(tmp_path / f"day{index}.npz", part)))
    config = config_of(Path(paths[0]), warmup=None)
    config = type(config)(**{**vars(config), "stream": tuple(paths)})
    finished(config, tmp_path / "out")
    found = metrics(tmp_path / "out")
    assert found["config"]["warmup"] == 120
    assert found["counts"]["sequences"] == 2
    assert len(found["phases"]["names"]) == 2
    scored = [score["scored"] for score in found["learners"]["onward"]["phases"]]
    assert scored == [2 * 119, 2 * (ROWS - 120)]
