"""Worlds from draws as jobs to files, readings, curves and words."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import rmtree
from typing import ClassVar

import numpy as np
import pytest

from onward.jobs import Job
from onward.jobs import Outcome as Done
from papers.multiverse.draw import Draw
from papers.multiverse.reading import (
    deciding_text,
    nearest_text,
    overall,
    readings,
    share_text,
    where_text,
)
from papers.multiverse.space import Factor, Protocol, Space
from papers.multiverse.study import Measured, file_of, run_worlds
from papers.multiverse.universe import Universe
from papers.multiverse.work import measure
from papers.multiverse.world import AbstractWorld
from papers.report.curve import curve_figure
from papers.result import ResultsError
from papers.setting import EXACT, FROZEN, Method

TRIED = Method("immediate", "adam")


@dataclass(frozen=True)
class Planted(AbstractWorld):
    """A method that recovers 90 % at a small rate and 10 % at a large one; "noise" changes nothing,
    and no network learns from a "bad" start."""

    name: ClassVar[str] = "planted"
    draws: int = 60
    seeds: int = 2

    @property
    def space(self) -> Space:
        factors = (
            Factor("rate", (0.1, 1.0)),
            Factor("noise", ("a", "b")),
            Factor("start", ("good",) * 9 + ("bad",)),
        )
        return Space(self.name, factors)

    @property
    def points(self) -> Mapping[str, Protocol]:
        return {"as ever": {}, "large rate": {"rate": 1.0}}

    def measure(self, protocol: Protocol, name: str) -> Draw:
        if protocol["start"] == "bad":
            return Draw(name, protocol, hopeless="a bad start")
        reached = 0.1 if protocol["rate"] == 0.1 else 0.9
        errors = {FROZEN: 1.0, EXACT: 0.0, TRIED: reached}
        found = {method.name: np.full(self.seeds, error) for method, error in errors.items()}
        found[TRIED.name] = found[TRIED.name] * [0.99, 1.01]
        return Draw(name, protocol, found, {"norm": np.array([1.0, np.inf])})


class Here:
    """Jobs in this process, and which were done."""

    def __init__(self, failing: str = ""):
        self.done: list[str] = []
        self.failing = failing

    def outcomes(self, jobs: Sequence[Job]) -> Iterator[Done]:
        for job in jobs:
            self.done.append(job.name)
            if job.name == self.failing:
                yield Done(job.name, error="it broke")
            else:
                value = json.loads(json.dumps(measure(**job.arguments), allow_nan=False))
                yield Done(job.name, value)


UNIVERSE = Universe(
    "planted",
    "it adapts",
    lambda draw: draw.adapts(TRIED),
    lambda draw: draw.recovery(TRIED),
    (88.0, 92.0),
    "recovery, %",
)


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch) -> Planted:
    found = Planted()
    monkeypatch.setattr("papers.multiverse.worlds.WORLDS", {"planted": found})
    return found


def untold(world: str, done: int, of: int) -> None:
    """Nobody is told how far it has come."""


def run(folder: Path, here: Here) -> Measured:
    run_worlds(["planted"], folder, 1, here, untold)
    return Measured(file_of(folder, "planted"))


def test_every_draw_is_run_once_and_kept_in_a_file(tmp_path: Path, world: Planted) -> None:
    here = Here()
    found = run(tmp_path, here)
    assert len(found.draws) == 60 and list(found.points) == ["as ever", "large rate"]
    assert sorted(here.done)[-1] == "large-rate" and len(set(here.done)) == 62
    for draw in [*found.draws, *found.points.values()]:
        again = world.measure(draw.protocol, draw.name)
        assert draw.as_dict() == again.as_dict()
    run(tmp_path, here)
    assert len(here.done) == 62
    # Draws that are there are not run again where the file of the world is lost.
    file_of(tmp_path, "planted").unlink()
    assert run(tmp_path, here).draws[7].as_dict() == found.draws[7].as_dict()
    assert len(here.done) == 62


def test_more_draws_cost_the_new_ones_alone(tmp_path: Path) -> None:
    here = Here()
    run_worlds(["planted"], tmp_path, 1, here, untold, draws=5)
    assert len(Measured(file_of(tmp_path, "planted")).draws) == 5 and len(here.done) == 7
    assert len(run(tmp_path, here).draws) == 60 and len(set(here.done)) == len(here.done) == 62
    # Fewer are there already.
    run_worlds(["planted"], tmp_path, 1, here, untold, draws=5)
    assert len(Measured(file_of(tmp_path, "planted")).draws) == 60


def test_further_draws_need_the_file_of_the_world_alone(tmp_path: Path) -> None:
    whole = run(tmp_path / "whole", Here())
    run_worlds(["planted"], tmp_path, 1, Here(), untold, draws=5)
    rmtree(tmp_path / "runs")
    here = Here()
    found = run(tmp_path, here)
    assert sorted(here.done) == [f"{index:04d}" for index in range(5, 60)]
    assert [one.as_dict() for one in found.draws] == [one.as_dict() for one in whole.draws]
    assert file_of(tmp_path, "planted").read_text() == (
        file_of(tmp_path / "whole", "planted").read_text()
    )


def test_another_protocol_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(tmp_path, Here())
    changed = {"planted": replace(Planted(), seeds=3)}
    monkeypatch.setattr("papers.multiverse.worlds.WORLDS", changed)
    with pytest.raises(ValueError, match=r"Expected.*protocol"):
        run(tmp_path, Here())


def test_a_draw_that_fails_costs_itself_alone(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="errors in 1, the first in 0004: it broke"):
        run(tmp_path, Here(failing="0004"))
    here = Here()
    run(tmp_path, here)
    assert here.done == ["0004"]


def test_a_file_that_is_none_of_a_world_is_told(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match=r"Expected the draws of a world in .*none\.json"):
        Measured(tmp_path / "none.json")


def test_a_reading_finds_the_share_and_what_decides(tmp_path: Path) -> None:
    found = run(tmp_path, Here())
    read = UNIVERSE.read(found.draws, list(found.points.values()))
    bad = sum(draw.protocol["start"] == "bad" for draw in found.draws)
    small = sum(
        draw.protocol["rate"] == 0.1 and draw.protocol["start"] == "good" for draw in found.draws
    )
    assert 0 < bad == read["hopeless"] and read["undecided"] == 0
    assert read["held"] == small and read["share"] == small / (60 - bad)
    assert read["outcome"] == "holds in a regime"
    assert [one["name"] for one in read["factors"] if one["decides"]] == ["rate"]
    assert read["factors"][0]["shares"]["1.0"][0] == 0
    assert read["nearest"]["within"] == small and read["nearest"]["distance"] == 0
    assert read["points"] == [["as ever", 90.0, True], ["large rate", 10.0, False]]
    assert share_text(read).startswith(f"{100 * small / (60 - bad):.0f} % of {60 - bad} (")
    assert deciding_text(read).startswith("rate (0.1: 100 % of")
    assert where_text(read) == f"most often where rate ≤ 0.55: {small} of {small}"
    assert nearest_text(read).startswith(f"{small} protocols give the paper's figure")
    # Plain data, and nothing in it that JSON cannot say.
    json.dumps(read, allow_nan=False)


def test_a_figure_of_numpy_is_plain_data(tmp_path: Path) -> None:
    found = run(tmp_path, Here())
    universe = replace(UNIVERSE, figure=lambda draw: draw[TRIED].mean(), paper=(0.0, 1.0))
    read = json.loads(json.dumps(universe.read(found.draws, [])))
    assert read["nearest"]["within"] == len(found.draws) - read["hopeless"]


def test_a_figure_of_the_paper_that_no_protocol_gives(tmp_path: Path) -> None:
    found = run(tmp_path, Here())
    read = replace(UNIVERSE, paper=(60.0, 70.0)).read(found.draws, [])
    assert read["nearest"]["figure"] == 90.0 and read["nearest"]["distance"] == 20.0
    assert "with 90, 20 off: rate 0.1, noise" in nearest_text(read)
    assert nearest_text(replace(UNIVERSE, paper=None).read(found.draws, [])) == (
        "the paper gives no figure"
    )


@dataclass(frozen=True)
class Claim:
    """As much of a claim as is read."""

    id: str
    universes: tuple[Universe, ...]


def test_readings_of_claims(tmp_path: Path) -> None:
    run(tmp_path, Here())
    never = replace(UNIVERSE, holds=lambda draw: False)
    unjudged = replace(UNIVERSE, holds=lambda draw: None)
    elsewhere = replace(UNIVERSE, world="not run")
    claims = [
        Claim("one", (UNIVERSE, never)),
        Claim("two", (never,)),
        Claim("three", (unjudged,)),
        Claim("four", (elsewhere,)),
    ]
    read = readings(claims, tmp_path)  # pyright: ignore[reportArgumentType]
    assert list(read) == ["one", "two", "three"]
    verdicts = [overall(one) for one in read.values()]
    assert verdicts == ["holds in a regime", "does not hold", None]
    assert where_text(read["two"][0]) == "everywhere alike"
    assert share_text(read["three"][0]) == "no protocol could tell"


def test_a_curve_is_drawn_twice_the_same(tmp_path: Path) -> None:
    found = run(tmp_path, Here())
    read = UNIVERSE.read(found.draws, list(found.points.values()))
    drawn = []
    for name in "ab":
        path = tmp_path / name / "curve.svg"
        path.parent.mkdir()
        curve_figure(path, "A title", read, found)
        drawn.append(path.read_text("utf-8"))
    assert drawn[0] == drawn[1]
    for told in ("A title", "recovery, %", "rate: 0.1", "1: as ever", "the paper"):
        assert f">{told}<" in drawn[0]


@pytest.mark.parametrize("apart", [0.0, 8.0], ids=["alike", "over decades"])
def test_protocols_that_diverge_leave_the_axes_of_a_curve(tmp_path: Path, apart: float) -> None:
    found = run(tmp_path, Here())
    read = UNIVERSE.read(found.draws, [])
    figures = np.exp(np.linspace(0, apart, 60)) + np.linspace(0, 1, 60)
    figures[-3:] = 1e39
    read["curve"] = [[f"{index:04d}", float(figure), True] for index, figure in enumerate(figures)]
    curve_figure(tmp_path / "curve.svg", "A title", {**read, "paper": None}, found)
    assert "e+3" not in (tmp_path / "curve.svg").read_text("utf-8")
