"""A sweep runs each point once a seed, keeps what it can, and says which is the best."""

from pathlib import Path
from typing import Any

import pytest

from onward.jobs import JobsError
from onward.runs import Run, RunConfig
from onward.sweeps import Sweep, SweepConfig, SweepError
from onward.sweeps.space import Choice
from onward.sweeps.work import scores
from small_runs import SIZE, config_of, example, single_precision, small_chunks, write

from .made import Made

__all__ = ["single_precision", "small_chunks"]

RUN = {"stream": "sine", "limit": 40, "learner": "network", "seed": 3}
SPACE = {"cell": Choice(("gru", "rnn")), "size": Choice((4, 8))}


def value(settings: dict[str, Any]) -> float:
    return settings["size"] / 10 + (settings.get("cell") == "rnn") / 100 + settings["seed"] / 1000


def test_each_point_is_run_once_a_seed_and_the_best_is_first(tmp_path: Path) -> None:
    place, config = Made(value), SweepConfig(RUN, SPACE, seeds=2)
    sweep = Sweep(config, tmp_path)
    outcomes = list(sweep.outcomes(place))
    assert len(outcomes) == sweep.count == 8
    # The larger network takes longer.
    assert all("-8-" in name for name in place.asked[:4])
    names = {name.removesuffix("-3").removesuffix("-4") for name in place.asked}
    assert len(names) == 4 and all(name.endswith("-seed") for name in names)
    results = sweep.results()
    best = results["points"][0]
    assert best["settings"] == {"cell": "rnn", "size": 8}
    assert [run["seed"] for run in best["runs"]] == [3, 4]
    found = [run["scores"]["onward"]["r2"] for run in best["runs"]]
    assert found == pytest.approx([0.813, 0.814])
    assert [one["setting"] for one in results["mattered"]] == ["size", "cell"]


def test_what_is_done_is_kept_by_a_larger_sweep(tmp_path: Path) -> None:
    place = Made(value)
    list(Sweep(SweepConfig(RUN, SPACE, seeds=1), tmp_path).outcomes(place))
    larger = {**SPACE, "cell": Choice(("gru", "rnn", "lstm"))}
    sweep = Sweep(SweepConfig(RUN, larger, seeds=2), tmp_path)
    outcomes = list(sweep.outcomes(place))
    assert sum(one.resumed for one in outcomes) == 4 and len(outcomes) == 12
    assert len(place.asked) == len(set(place.asked)) == 12


def test_another_stream_or_other_shared_settings_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "made.npz", example())
    run = {"stream": str(path), "target": "u", "learner": "network"}
    place = Made(value)
    list(Sweep(SweepConfig(run, SPACE), tmp_path / "out").outcomes(place))
    other = SweepConfig({**run, "feedback": False}, SPACE)
    with pytest.raises(JobsError, match=r"Expected the protocol .*; got run={.*'feedback': False"):
        list(Sweep(other, tmp_path / "out").outcomes(place))
    changed = example()
    changed["a"][7] += 1
    write(path, changed)
    with pytest.raises(JobsError, match=r"Expected the protocol .*\(fingerprint='"):
        list(Sweep(SweepConfig(run, SPACE), tmp_path / "out").outcomes(place))


def test_a_point_that_fails_is_last_and_one_that_always_does_is_told(tmp_path: Path) -> None:
    def mostly(settings: dict[str, Any]) -> float | str | None:
        failed = {"gru": "so it was", "rnn": None}
        return value(settings) if settings["size"] == 4 else failed[settings["cell"]]

    sweep = Sweep(SweepConfig(RUN, SPACE, seeds=1), tmp_path / "some")
    list(sweep.outcomes(Made(mostly)))
    points = sweep.results()["points"]
    assert [one["settings"]["size"] for one in points] == [4, 4, 8, 8]
    assert sorted(len(one["errors"]) for one in points) == [0, 0, 0, 1]
    sweep = Sweep(SweepConfig(RUN, SPACE, seeds=1), tmp_path / "none")
    list(sweep.outcomes(Made(lambda _: "so it was")))
    with pytest.raises(SweepError, match=r"got none of 4: so it was. Try one point by"):
        sweep.results()


def test_optuna_is_told_what_is_there_and_proposes_the_same(tmp_path: Path) -> None:
    pytest.importorskip("optuna")
    place = Made(value)
    sizes = {"size": Choice(tuple(range(1, 400)))}
    config = SweepConfig(RUN, sizes, method="optuna", draws=20, seeds=1)
    first = Sweep(config, tmp_path)
    list(first.outcomes(place))
    asked = len(place.asked)
    again = Sweep(config, tmp_path)
    assert all(one.resumed for one in again.outcomes(place)) and len(place.asked) == asked
    assert again.results() == first.results()


@pytest.mark.usefixtures("single_precision", "small_chunks")
def test_a_run_of_a_sweep_is_a_run(tmp_path: Path) -> None:
    made: RunConfig = config_of(write(tmp_path / "made.npz", example()))
    found = scores(**{**made.as_dict(), "size": SIZE})
    learners = Run(made, tmp_path / "out")()["learners"]
    assert found["task"] == "regression" and found["scores"].keys() == learners.keys()
    for name, told in found["scores"].items():
        assert told == {key: learners[name]["overall"].get(key) for key in told}
        assert told["r2"] is not None
