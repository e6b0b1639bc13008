"""Claims on recordings: how they judge, and that they run, here on tasks without recordings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from tests.reproduce.recordings import DATA, needs_recordings

from onward.reproduce import CLAIMS, data
from onward.reproduce.claims.a9 import A9
from onward.reproduce.claims.b7 import B7
from onward.reproduce.claims.b8 import B8
from onward.reproduce.claims.b9 import B9
from onward.reproduce.cross_session import IMMEDIATE, METHODS, REGIMES, SPARSE, CrossSession
from onward.reproduce.lab import Lab
from onward.reproduce.regime import Tuned
from onward.reproduce.result import Row, Table
from onward.reproduce.setting import EXACT, Method, Setting
from onward.reproduce.tasks import AbstractTask, Benchmark, Characters, Phase, SineShift

PAIR = ("1 - R²", "1 - R², x", "1 - R², y", "recovery, % (1 - R²)", "x", "y")

ELSEWHERE = ", ".join(REGIMES[:1] + REGIMES[2:])


def table(columns: tuple[str, ...], **rows: tuple[float, ...]) -> Table:
    """Three seeds, the middle one as given: the others are apart from it by a spread, the last
    number."""
    made = [
        Row.of(name, *([value - spread, value, value + spread] for value in values))
        for name, (*values, spread) in rows.items()
    ]
    return Table("", columns, tuple(made))


def sessions(error: dict[str, float], spread: dict[str, float], recovery: float) -> Table:
    """A pair of days in which the methods err and vary so, and the named one recovers so much."""
    names = [EXACT.name, *(method.name for method in METHODS), "ridge, refitted"]
    rows = {
        name: (*[error.get(name, 0.5)] * 3, *[recovery] * 3, spread.get(name, 0.01))
        for name in names
    }
    return table(PAIR, **rows)


@pytest.mark.parametrize(
    ("recovery", "spread", "regime"),
    [
        (80.0, 0.01, ""),
        (80.0, 0.02, "follows: everywhere; and more steadily: "),
        (70.0, 0.01, f"follows: {ELSEWHERE}; and more steadily: "),
    ],
)
def test_four_paths_must_recover_and_be_steady(recovery: float, spread: float, regime: str) -> None:
    good = sessions({}, {}, 90.0)
    tried = sessions({}, {SPARSE.name: spread}, recovery)
    verdict = A9().judge((good, tried, good, good))
    assert verdict.outcome == ("holds in a regime" if regime else "holds")
    assert verdict.regime == (regime and regime + ELSEWHERE)
    alone = A9().judge((tried,) * 4)
    if recovery < 75:
        assert alone.outcome == "does not hold"
    elif regime:
        assert alone.regime == "follows: everywhere; and more steadily: nowhere"


@pytest.mark.parametrize("better", [EXACT, *METHODS[:2]])
def test_immediate_must_exceed_every_jacobian(better: Method) -> None:
    best = sessions({IMMEDIATE.name: 0.4}, {}, 106.0)
    assert B7().judge((best,) * 4).outcome == "holds"
    assert B7().judge((best,) * 4).ours == "106 ± 0 %"
    beaten = sessions({IMMEDIATE.name: 0.4, better.name: 0.39}, {}, 99.0)
    assert B7().judge((beaten,) * 4).outcome == "does not hold"
    verdict = B7().judge((beaten, best, beaten, beaten))
    assert (verdict.outcome, verdict.regime) == ("holds in a regime", "tuned")


def test_immediate_must_be_level_on_streams() -> None:
    names = [EXACT.name, "sparse-rtrl:k=4 + adam", "tbptt:window=10 + adam", "immediate + sgd"]
    others = dict.fromkeys(names, (0.2, 0.0))
    level = table(("error",), **others, **{IMMEDIATE.name: (0.209, 0.0)})
    worse = table(("error",), **others, **{IMMEDIATE.name: (0.211, 0.0)})
    assert B8().judge((level,) * 8).outcome == "holds"
    assert B8().judge((worse,) * 8).outcome == "does not hold"
    verdict = B8().judge((level, *(worse,) * 7))
    assert (verdict.outcome, verdict.regime) == ("holds in a regime", "elec2, one rate")
    assert verdict.ours == "level or better in 1 of 8" and "1.04 (elec2" in verdict.reason
    sgd = table(("error",), **{**others, names[3]: (0.1, 0.0)}, **{IMMEDIATE.name: (0.2, 0.0)})
    assert B8().judge((sgd,) * 8).outcome == "does not hold"


def test_each_further_task_is_judged_by_itself() -> None:
    rows = {"bigram, online": (2.4, 0.0, 0.0)}
    good = table(("error", "recovery"), **{IMMEDIATE.name: (2.7, 95.0, 0.0)}, **rows)
    bad = table(("error", "recovery"), **{IMMEDIATE.name: (2.7, 94.0, 0.0)}, **rows)
    count = len(B9().places)
    assert B9().judge((good,) * count).outcome == "holds"
    assert B9().judge((bad,) * count).outcome == "does not hold"
    verdict = B9().judge((good, *(bad,) * (count - 1)))
    assert verdict.regime == "sine, one rate" and verdict.ours.endswith("cross-entropy 2.700")


@dataclass(frozen=True)
class Echo(AbstractTask):
    """The input of before, times two; on other days with another sign."""

    measures = ("1 - R²", "1 - R², x", "1 - R², y")

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


def test_both_claims_on_cortex_share_their_runs(tmp_path: Path) -> None:
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
    # The day of the pair is one of the days, at the rate that was tuned for it.
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

    def test_streams_run(self, tmp_path: Path) -> None:
        series = tuple(Benchmark(one, 20, 20, 80) for one in ("elec2", "etth1"))
        tables = B8(series=series).measure(lab(tmp_path))
        assert [one.title.split(":")[0] for one in tables] == ["elec2"] * 2 + ["etth1"] * 2
        assert all(np.isfinite(row.mean()) for one in tables for row in one)

    def test_further_tasks_run(self, tmp_path: Path) -> None:
        sine, tuned = Setting(SineShift(adaptation=20)), Tuned(SineShift(adaptation=20))
        text, chosen = Setting(Characters(960)), Tuned(Characters(960))
        claim = B9(sine, tuned, sine, sine, tuned, sine, tuned, text, chosen)
        result = claim.run(lab(tmp_path), "quick")
        assert [row.name for row in result.tables[-1]][-2:] == ["unigram, online", "bigram, online"]
        assert result.tables[-1]["frozen"].mean() == pytest.approx(np.log(65))


@pytest.mark.parametrize("identity", ["A9", "B7", "B8", "B9"])
def test_recordings_that_are_missing_are_named(
    identity: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(data.VARIABLE, str(tmp_path))
    said = CLAIMS[identity].missing()
    assert said is not None and said.startswith("Expected the recording")
    if DATA.is_dir():
        monkeypatch.setenv(data.VARIABLE, str(DATA))
        assert CLAIMS[identity].missing() is None
