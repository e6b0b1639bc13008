"""B6: memory counted, measured in a process of its own, and judged."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from small_claims import laboratory

from papers import footprint
from papers.claims.b6 import B6
from papers.result import Row, Table


def test_memory_is_counted_and_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = 32**2 + 2 * 32
    # The readout has n weights, one from the input and a bias; two scales and some counters.
    assert 0 <= footprint.kept("immediate", 32) - 8 * weights < 900
    # The key that rules which propagate may draw from: eight bytes.
    influence = footprint.kept("rtrl", 32) - footprint.kept("immediate", 32) - 8
    assert influence == 4 * 32 * weights
    asked = []

    def resident(rule: str, sizes: Sequence[int]) -> list[int]:
        asked.append((rule, tuple(sizes)))
        return [footprint.kept(rule, n) for n in sizes]

    monkeypatch.setattr(footprint, "resident", resident)
    claim = replace(B6(), sizes=(16, 32, 64), largest_exact=128)
    tables = claim.measure(laboratory(tmp_path, factor=16))
    assert asked == [("immediate", (16, 32, 64)), ("rtrl", (16, 32))]
    assert claim.judge(tables).outcome == "holds"
    assert tables[0]["exact RTRL, n=64"].mean(1) == pytest.approx(12 * 64**3, rel=1e-5)
    alike = Table("", ("",), tuple(Row.of(row.name, [1.0]) for row in tables[1]))
    assert claim.judge((tables[0], alike)).regime == "counted at n=64"
    assert [len(one.x) for one in claim.figure(tables).series] == [3, 3, 3, 2]


@pytest.mark.study
def test_memory_of_a_process_of_its_own_is_that_of_the_influence() -> None:
    (peak,) = footprint.resident("rtrl", (128,))
    # One influence is kept, and another for the moment in which the state is made.
    assert 0.8 < peak / footprint.kept("rtrl", 128) < 3


@pytest.mark.study
def test_a_process_that_fails_says_why() -> None:
    with pytest.raises(
        RuntimeError, match=r"^Expected .* to measure .* got ValueError.*Try it with"
    ):
        footprint.resident("no-rule", (8,))
