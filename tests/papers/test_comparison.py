"""Recovery, and what takes its place where exact credit gains little."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_claims import IMMEDIATE, SMALL

from papers import baselines
from papers.comparison import compare, judged, pooled, recovered
from papers.lab import Lab
from papers.regime import FIXED
from papers.result import Row, Table
from papers.setting import EXACT, Method, Setting
from papers.tasks import AbstractTask, SineShift

PLAIN = Method("immediate", "sgd")


class Two(SineShift):
    """Two measures."""

    measures = ("first", "second")


class Said(Lab):
    """A lab in which every method has the errors that it is said to have, over two seeds."""

    def __init__(self, folder: Path, said: dict[str, Sequence[float]]):
        super().__init__(folder, 2, 1, threads=1)
        self.said = said

    def sweep(
        self, setting: Setting, method: Method, rates: Sequence[float], first_seed: int = 0
    ) -> np.ndarray:
        del setting, rates, first_seed
        errors = np.array(self.said.get(method.name, self.said["others"]))
        return np.stack([0.9 * errors, 1.1 * errors])[None]


def table(
    folder: Path, monkeypatch: pytest.MonkeyPatch, task: AbstractTask, **said: Sequence[float]
) -> Table:
    for baseline in ("last_label", "linear"):
        monkeypatch.setattr(baselines, baseline, lambda *_: np.ones(len(task.measures)))
    named = {
        "frozen": said["frozen"],
        EXACT.name: said["exact"],
        IMMEDIATE.name: said["ours"],
        "others": said["frozen"],
    }
    setting = replace(SMALL, task=task)
    return compare(Said(folder, named), setting, [IMMEDIATE, PLAIN], FIXED, exact=EXACT)


def test_a_reference_that_gains_is_the_measure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = table(tmp_path, monkeypatch, SMALL.task, frozen=[1.0], exact=[0.5], ours=[0.6])
    assert found.columns[1] == "recovery, % (mean squared error)"
    assert judged(found, IMMEDIATE.name).mean() == pytest.approx(80)
    assert found[IMMEDIATE.name].note == "rate 0.001"


@pytest.mark.parametrize(
    ("exact", "ours", "level"),
    [(0.91, 1.0, 100), (0.91, 1.002, 0), (1.5, 1.6, 100), (1.5, 1.7, 0), (np.inf, 9.0, 100)],
)
def test_a_reference_that_gains_less_than_a_tenth_is_judged_by_errors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exact: float, ours: float, level: float
) -> None:
    """Within a tenth of its mean error is all of it, and beyond it nothing."""
    found = table(tmp_path, monkeypatch, SMALL.task, frozen=[1.0], exact=[exact], ours=[ours])
    assert found.columns[1] == "error, % of exact credit's (mean squared error)"
    assert judged(found, IMMEDIATE.name).values == ((level, level),)
    assert recovered(found, IMMEDIATE.name, EXACT.name).values == ((level, level),)
    assert pooled(found, IMMEDIATE.name, EXACT.name).values == ((level, level),)
    assert "judged by errors: exact credit gains" in found[IMMEDIATE.name].note
    if np.isfinite(exact):
        assert found[IMMEDIATE.name].mean(1) == pytest.approx(100 * ours / exact, rel=1e-4)
        assert found["last label"].mean(1) == pytest.approx(100 / exact, rel=1e-4)


def test_each_measure_is_judged_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = table(
        tmp_path, monkeypatch, Two(), frozen=[1.0, 2.0], exact=[0.2, 2.0], ours=[0.6, 3.0]
    )
    assert found.columns[2:] == ("recovery, % (first)", "error, % of exact credit's (second)")
    assert judged(found, IMMEDIATE.name, 2).mean() == pytest.approx(50)
    assert judged(found, IMMEDIATE.name, 3).mean() == 0
    assert judged(found, EXACT.name, 3).mean() == 100


def test_the_mean_gain_decides_and_no_single_seed() -> None:
    rows = [Row.of("frozen", [1.0] * 2), Row.of("exact", [0.5, 1.2]), Row.of("ours", [0.9] * 2)]
    made = Table("", ("error",), tuple(rows))
    assert pooled(made, "ours", "exact").mean() == pytest.approx(66.6667)
    assert recovered(made, "ours", "exact").values[0] == pytest.approx((20.0, -50.0))
