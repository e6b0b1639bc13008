"""The intervals of a run: what is on disk of them, and that none knows its label."""

from pathlib import Path

import numpy as np
import pytest

from matrix import left
from onward.evaluate import IntervalScores
from onward.runs import Run
from small_runs import (
    REGRESSION,
    assert_same_results,
    column,
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


@pytest.mark.parametrize("horizon", [left(0), 3])
def test_the_table_and_the_scores_tell_of_the_same_intervals(tmp_path: Path, horizon: int) -> None:
    path = write(tmp_path / "made.npz", with_gaps())
    finished(config_of(path, horizon=horizon), tmp_path / "out")
    table, found = predictions(tmp_path / "out"), metrics(tmp_path / "out")["intervals"]
    low, high = column(table, "onward low"), column(table, "onward high")
    made, y = column(table, "onward"), column(table, "true")
    assert low.dtype == np.float32
    told = np.isfinite(low)
    assert not told[: 10 + horizon].any() and told[20 + 2 * horizon :].mean() > 0.99
    assert (low <= high)[told].all() and np.isfinite(made)[told].all()
    scores = IntervalScores(len(REGRESSION))
    scores.update(0, y, low, high)
    assert found == {"level": 0.9, **scores.result()}
    assert 0.8 < found["overall"]["coverage"] < 1 and len(found["quarters"]) == 4


@pytest.mark.parametrize("horizon", [left(0), 3])
def test_no_interval_knows_the_labels_from_its_own_on(tmp_path: Path, horizon: int) -> None:
    row, columns = 200, example()
    finished(config_of(write(tmp_path / "a.npz", columns), horizon=horizon), tmp_path / "a")
    columns["u"][row:] += 5
    finished(config_of(write(tmp_path / "b.npz", columns), horizon=horizon), tmp_path / "b")
    before, after = predictions(tmp_path / "a"), predictions(tmp_path / "b")
    for end in ("low", "high"):
        name = f"onward {end}:u"
        same = before[name].to_numpy() == after[name].to_numpy()
        first = row + max(1, horizon)
        assert same[20 + 2 * horizon : first].all() and not same[first]


def test_classes_have_none(tmp_path: Path) -> None:
    path = write(tmp_path / "made.npz", example())
    finished(config_of(path, target=("kind",)), tmp_path / "out")
    assert "intervals" not in metrics(tmp_path / "out")
    assert not [name for name in predictions(tmp_path / "out") if " low" in name]


@pytest.mark.matrix
def test_those_of_several_series_are_gone_on_with(tmp_path: Path) -> None:
    columns = example()
    columns["shop"] = np.array(["north", "south"])[np.random.default_rng(0).integers(0, 2, 300)]
    config = config_of(write(tmp_path / "made.npz", columns), series="shop", horizon=2)
    finished(config, tmp_path / "whole")
    Run(config, tmp_path / "out")(stop=stop_after(2))
    Run(config, tmp_path / "out", resume=True)()
    assert_same_results(tmp_path / "out", tmp_path / "whole")
    assert metrics(tmp_path / "out")["intervals"]["overall"]["scored"] > 400
