"""The checkpoint of a run is loaded by the function that loads every other one."""

from pathlib import Path

import numpy as np
import pytest

import onward
from learning.examples import assert_same
from onward.runs import Run
from onward.storing import store
from onward.storing.flat_state import flatten_state
from small_runs import CHUNK, KINDS, REGRESSION, config_of, metrics, stop_after, with_gaps, write

pytestmark = pytest.mark.xdist_group("experiments")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path / "made.npz", with_gaps())


def test_a_run_is_loaded_and_goes_on_with_the_same_bits(tmp_path: Path, path: Path) -> None:
    out = tmp_path / "out"
    run = Run(config_of(path, horizon=3, warmup=5 * CHUNK), out)
    run(stop=stop_after(2))
    learner, state = onward.load(out)
    assert learner == run.contest.learner and learner is not run.contest.learner
    assert_same(state, run.contest.state)
    for place in (out / "checkpoint", out / "checkpoint" / "state.safetensors", str(out)):
        assert_same(onward.load(place)[1], state)
    chunk = next(run.stream.chunks(CHUNK, 2 * CHUNK))
    made = run.contest.observe(chunk)["onward"]
    end, info = learner.run(state, chunk.x, chunk.y)
    usable = np.isfinite(made).all(axis=1)
    assert usable.sum() > CHUNK // 2
    np.testing.assert_array_equal(info.prediction[usable], made[usable])
    assert_same(end, run.contest.state)


def test_a_finished_run_says_what_it_reads_and_predicts(tmp_path: Path, path: Path) -> None:
    out = tmp_path / "out"
    run = Run(config_of(path, target=("kind",)), out)
    run()
    told = onward.describe(out)
    assert told["stream"] == metrics(out)["stream"]
    assert told["stream"]["class_names"] == list(KINDS)
    assert told["stream"]["feature_names"] == ["a", "b", "c"]
    assert told["learner"]["cell"]["class"] == "onward.GRU"
    assert_same(onward.load(out)[1], run.contest.state)


def test_the_learner_is_stored_once(tmp_path: Path, path: Path) -> None:
    run = Run(config_of(path, target=REGRESSION), tmp_path / "out")
    run()
    names = set(store.read(tmp_path / "out" / "checkpoint" / "state.safetensors")[0])
    own = {name.removeprefix("contest/learner/") for name in names if "contest/learner/" in name}
    assert own == set(flatten_state(run.contest.state))
    assert not any(name.startswith("state/") for name in names)


def test_a_run_of_another_learner_can_be_learnt_on_from(tmp_path: Path, path: Path) -> None:
    """Onward's own file from a run's, without what only the run needs."""
    Run(config_of(path), tmp_path / "out")()
    learner, state = onward.load(tmp_path / "out")
    onward.save(tmp_path / "alone", learner, state)
    loaded, restored = onward.load(tmp_path / "alone")
    assert loaded == learner
    assert_same(restored, state)
    names = store.read(tmp_path / "alone")[0]
    assert all(name.split("/")[0] in ("state", "weights") for name in names)
