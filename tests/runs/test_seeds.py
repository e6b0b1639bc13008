"""Networks of other seeds beside the first."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from matrix import left
from onward.runs import Run, RunConfig
from small_runs import (
    CHUNK,
    ROWS,
    assert_same_results,
    config_of,
    example,
    finished,
    metrics,
    predictions,
    stop_after,
    with_gaps,
    write,
)

pytestmark = pytest.mark.xdist_group("experiments")


@pytest.mark.parametrize(
    "changes", [{"horizon": 2}, left({"target": ("kind",), "missing": "skip"})]
)
def test_each_seed_is_what_a_run_of_it_is(tmp_path: Path, changes: dict) -> None:
    config = config_of(write(tmp_path / "made.npz", with_gaps()), **changes)
    finished(replace(config, seeds=3), tmp_path / "out")
    found = metrics(tmp_path / "out")["seeds"]
    assert found["seeds"] == [0, 1, 2]
    alone = []
    for seed in found["seeds"]:
        finished(replace(config, seed=seed), tmp_path / str(seed))
        alone.append(metrics(tmp_path / str(seed)))
    scores = [one["learners"]["onward"]["overall"] for one in alone]
    overall = found["learners"]["onward"]["overall"]
    assert {"r2", "mae"} <= set(overall) or "accuracy" in overall
    for name, spread in overall.items():
        values = [score[name] for score in scores]
        if None in values:
            assert spread == {"mean": None, "std": None}
            continue
        assert spread["mean"] == pytest.approx(np.mean(values), rel=1e-5)
        assert spread["std"] == pytest.approx(np.std(values, ddof=1), rel=1e-3)
        assert spread["std"] > 0
    for one, gain in zip(alone, found["gain"], strict=True):
        np.testing.assert_allclose(gain, one["gain"]["values"], rtol=1e-4, atol=1e-4)
    assert predictions(tmp_path / "out").equals(predictions(tmp_path / "0"))


@pytest.mark.parametrize("series", [None, left("shop")])
def test_seeds_resume_with_the_same_bits(tmp_path: Path, series: str | None) -> None:
    shops = np.random.default_rng(3).integers(0, 3, ROWS)
    path = write(tmp_path / "made.npz", {**example(), "shop": shops})
    config = config_of(path, series=series, seeds=2, horizon=2, warmup=2 * CHUNK)
    finished(config, tmp_path / "whole")
    Run(config, tmp_path / "out")(stop=stop_after(2))
    Run(config, tmp_path / "out", resume=True)()
    assert_same_results(tmp_path / "out", tmp_path / "whole")


def test_seeds_and_a_warm_start_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^Expected one seed with a warm start, .*; got 2\. Try"):
        RunConfig("sine", seeds=2, warm_start="runs/a")
