"""Claims on recordings: their tables from made-up errors, one network a task, and tiny runs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from recorded import DATA, needs_recordings
from small_claims import pretended

from papers import data
from papers.adaptation import sweep
from papers.claims.a9 import A9
from papers.claims.b7 import B7
from papers.claims.b8 import B8
from papers.claims.b9 import B9
from papers.cross_session import IMMEDIATE, METHODS, SPARSE, CrossSession
from papers.lab import Lab
from papers.regime import Tuned
from papers.setting import EXACT, Setting, Training
from papers.tasks import AbstractTask, Benchmark, Characters, Phase, SineShift


@dataclass(frozen=True)
class Echo(AbstractTask):
    """The input of before, times two; on other days with another sign."""

    measures = ("1 - R²", "1 - R², x", "1 - R², y")
    about = "echo"

    test: str = "2012-10-18"

    def before(self, seed: int) -> Phase:
        return self._phase(1)

    def after(self, seed: int) -> Phase:
        return self._phase(-1)

    def shrunk(self, factor: int) -> "Echo":
        return self

    @property
    def frozen_from(self) -> int:
        return 40

    @property
    def opponents(self) -> Mapping[str, Callable[[int], np.ndarray]]:
        return {"ridge, refitted": lambda seed: np.ones(3)}

    def errors(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.repeat(np.mean((prediction - y) ** 2), 3)

    def _phase(self, sign: int) -> Phase:
        x = np.random.default_rng(len(self.test)).normal(size=(60, 2)).astype(np.float32)
        return Phase(x, sign * 2 * np.roll(x, 1, axis=0))


def lab(folder: Path) -> Lab:
    return Lab(folder, seeds=2, factor=16, threads=2)


def test_both_claims_on_cortex_share_their_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("papers.lab.sweep", pretended)
    echo = Setting(Echo(), size=4)
    tuned, test_days = Tuned(Echo("2012-08-29")), ("2012-10-18", "another")
    protocol = CrossSession(pair=echo, tampered=echo, days=test_days, tuned=tuned)
    full = Lab(tmp_path, seeds=2, factor=1, threads=2)
    result = A9(sessions=protocol).run(full, "full")
    finished = len(list(tmp_path.iterdir()))
    again = B7(sessions=protocol).run(full, "full")
    assert len(list(tmp_path.iterdir())) == finished
    assert [one.title for one in result.tables] == [one.title for one in again.tables]
    pair, days = result.tables[0], result.tables[2]
    assert days.columns == ("mean", "recovery, %", *test_days)
    assert [row.name for row in pair] == [
        "frozen",
        "readout-only + adam",
        EXACT.name,
        f"{EXACT.name}, readout held",
        *(method.name for method in METHODS),
        "last label",
        "linear, online",
        "ridge, refitted",
    ]
    assert {row.name for row in days} == {row.name for row in pair} - {
        f"{EXACT.name}, readout held"
    }
    assert days[EXACT.name].mean(1) == pytest.approx(100)
    # The day of the pair is one of the days, at the rate that was tuned for it: by lot another
    # than that of the first regime.
    assert result.tables[1][SPARSE.name].note != result.tables[0][SPARSE.name].note
    assert days[SPARSE.name].values[2] == result.tables[1][SPARSE.name].values[0]
    names = (IMMEDIATE.name, "frozen", EXACT.name)
    row, frozen, exact = (np.array(days[name].values) for name in names)
    np.testing.assert_allclose(row[0], row[2:].mean(axis=0), rtol=1e-5)
    recovered = 100 * (frozen[0] - row[0]) / (frozen[0] - exact[0])
    np.testing.assert_allclose(row[1], recovered, rtol=1e-2)


class TestOnRecordings:
    pytestmark = needs_recordings

    @pytest.fixture(autouse=True)
    def folder(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(data.VARIABLE, str(DATA))

    @pytest.mark.parametrize("task", [Benchmark("elec2", 20, 20, 80), Characters(60)], ids=str)
    def test_a_network_learns(self, task: AbstractTask) -> None:
        setting = Setting(task, size=4, training=Training(IMMEDIATE))
        found = sweep(setting, IMMEDIATE, (1e-2, 0.0), (0, 1), threads=1)
        assert np.isfinite(found).all() and (found[0] != found[1]).all()

    @pytest.mark.study
    def test_streams_run(self, tmp_path: Path) -> None:
        tables = B8(series=(Benchmark("elec2", 20, 20, 80),)).measure(lab(tmp_path))
        assert [one.title.split(":")[0] for one in tables] == ["elec2"] * 2
        assert all(0 <= row.mean() <= 1 for one in tables for row in one)

    @pytest.mark.study
    def test_further_tasks_run(self, tmp_path: Path) -> None:
        sine, tuned = Setting(SineShift(adaptation=20)), Tuned(SineShift(adaptation=20))
        text, chosen = Setting(Characters(960)), Tuned(Characters(960))
        claim = B9(sine, tuned, sine, *[sine, tuned] * 3, text, chosen)
        result = claim.run(lab(tmp_path), "quick")
        assert [row.name for row in result.tables[-1]][-2:] == ["unigram, online", "bigram, online"]
        assert result.tables[-1]["frozen"].mean() == pytest.approx(np.log(65))
