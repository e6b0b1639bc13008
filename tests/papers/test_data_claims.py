"""Claims on recordings: how they judge, and what they say where a recording is missing."""

from pathlib import Path

import pytest
from recorded import DATA

from papers import data
from papers.claims import CLAIMS
from papers.claims.a9 import A9
from papers.claims.b7 import B7
from papers.claims.b8 import B8
from papers.claims.b9 import B9
from papers.cross_session import IMMEDIATE, METHODS, REGIMES, SPARSE
from papers.result import Row, Table
from papers.setting import EXACT, Method

PAIR = ("1 - R²", "1 - R², x", "1 - R², y", "recovery, % (1 - R²)", "x", "y")

ELSEWHERE = "; ".join(REGIMES[:1] + REGIMES[2:])


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


@pytest.mark.parametrize("spread", [0.01, 0.1])
def test_four_paths_must_recover_whatever_five_seeds_spread(spread: float) -> None:
    good, wide = sessions({}, {}, 90.0), sessions({}, {SPARSE.name: spread}, 80.0)
    poor = sessions({}, {}, 70.0)
    assert A9().judge((good, wide, good, good)).outcome == "holds"
    assert f"{spread:.3f} against 0.010" in A9().judge((good, wide, good, good)).reason
    verdict = A9().judge((good, poor, good, good))
    assert verdict.outcome == "holds in a regime" and verdict.regime == ELSEWHERE
    assert A9().judge((poor,) * 4).outcome == "does not hold"


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


def further(error: float, reference: float = 1.0) -> tuple[Table, ...]:
    """The tables in which the reference goes from 2 to its error, and ours to another."""
    others = ("frozen", "immediate + adam", "bigram, online")
    rows = dict.fromkeys(others, (2.0, 0.0, 0.0))
    return tuple(
        table(
            ("error", "recovery"),
            **rows,
            **{kind.name: (reference, 100.0, 0.0), IMMEDIATE.name: (error, 95.0, 0.0)},
        )
        for *_, kind in B9().places
    )


def test_each_further_task_is_judged_by_itself() -> None:
    good, bad = further(1.04), further(1.06)
    assert B9().judge(good).outcome == "holds"
    assert B9().judge(good).ours.endswith("cross-entropy 1.040")
    assert B9().judge(bad).outcome == "does not hold"
    assert B9().judge((good[0], *bad[1:])).regime == "sine, one rate"


def test_a_reference_that_loses_is_to_be_beaten_and_gives_no_recovery() -> None:
    assert B9().judge(further(2.9, reference=3.0)).outcome == "holds"
    assert "a loss of the reference" in B9().judge(further(2.9, reference=3.0)).ours
    assert B9().judge(further(3.1, reference=3.0)).outcome == "does not hold"


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
