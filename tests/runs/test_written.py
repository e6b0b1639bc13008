"""Runs of an earlier default go on with the members that they have."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import onward
from matrix import left
from onward import LastLabel, Mixture, RunningMean
from onward.runs import Origin, Run, RunConfig, plan
from onward.runs.written import written_learner
from onward.storing.store import CheckpointError
from small_runs import (
    CHUNK,
    ROWS,
    assert_same_results,
    config_of,
    predictions,
    stop_after,
    with_gaps,
    write,
)

pytestmark = pytest.mark.xdist_group("experiments")
FIRST = 200


def earlier(made: Any) -> Any:
    """A default of other members: fewer, and in another order."""

    def members(*args: Any, **settings: Any) -> Mixture:
        whole = made(*args, **settings).members
        kept = {"running mean": RunningMean(), "line": whole["line"], "last": LastLabel()}
        return Mixture({"network": whole["network"], **kept})

    return members


@pytest.fixture
def other_default(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes a run as that default would have; afterwards the default is today's again."""

    def run(config: RunConfig, out: Path, **asked: Any) -> Run:
        with monkeypatch.context() as then:
            then.setattr(plan, "default_mixture", earlier(plan.default_mixture))
            made = Run(config, out)
            made(**asked)
        return made

    return run


def a_mixture(tmp_path: Path, **changes: Any) -> RunConfig:
    rows = {name: column[:FIRST] for name, column in with_gaps().items()}
    path = write(tmp_path / "made.npz", rows)
    return config_of(path, target=("u",), learner="mixture", warmup=2 * CHUNK, **changes)


@pytest.mark.parametrize(
    "changes", [pytest.param({}, id="plain"), left({"horizon": 2, "seeds": 2}, id="late, seeds")]
)
def test_a_resumed_run_keeps_the_members_that_it_has(
    tmp_path: Path, other_default: Any, changes: dict[str, Any]
) -> None:
    config = a_mixture(tmp_path, **changes)
    whole = other_default(config, tmp_path / "whole")
    other_default(config, tmp_path / "cut", stop=stop_after(3))
    resumed = Run(config, tmp_path / "cut", resume=True)
    assert resumed.contest.learner == whole.contest.learner
    resumed()
    assert_same_results(tmp_path / "cut", tmp_path / "whole")


@pytest.mark.parametrize("learns", [True, left(False)])
def test_predictions_come_from_the_members_of_the_run(
    tmp_path: Path, other_default: Any, learns: bool
) -> None:
    config = a_mixture(tmp_path, horizon=1)
    other_default(config, tmp_path / "old")
    new = {name: column[FIRST:] for name, column in with_gaps().items()}
    origin = Origin.read(tmp_path / "old", learns)
    run = Run(
        origin.config_of(str(write(tmp_path / "new.npz", new))), tmp_path / "out", origin=origin
    )
    run()
    assert isinstance(run.contest.learner, Mixture)
    assert run.contest.learner.names == ("network", "line", "running mean", "last")
    assert run.contest.learner.table.learns is learns
    if learns:
        learner, state = onward.load(tmp_path / "old")
        x = np.stack([new[name] for name in "abc"], axis=1)
        _, info = learner.run(state, x, new["u"][:, None])
        said = predictions(tmp_path / "out")["onward:u"].to_numpy()
        made = np.asarray(info.prediction)[:-1, 0]
        usable = np.isfinite(said[1 : ROWS - FIRST])
        np.testing.assert_array_equal(said[1 : ROWS - FIRST][usable], made[usable])


def test_a_checkpoint_of_another_schema_is_refused() -> None:
    with pytest.raises(CheckpointError, match="Expected a checkpoint of schema 2; got None"):
        written_learner({}, {"learner": {}})
