"""How much seeds differ, over seeds of a claim's own, and how surely that is known."""

from pathlib import Path

import numpy as np
import pytest
from small_claims import pretended

from papers import baselines, spread
from papers.claims import CLAIMS, a6
from papers.lab import Lab
from papers.result import Row
from papers.setting import EXACT


def test_a6_and_its_intervals_read_twenty_seeds_at_full_scale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("papers.lab.sweep", pretended)
    for baseline in ("last_label", "linear"):
        monkeypatch.setattr(baselines, baseline, lambda *_: np.ones(1))
    full, quick = (
        CLAIMS["A6"].measure(Lab(tmp_path, seeds=3, factor=factor, threads=1)) for factor in (1, 8)
    )
    assert {len(row.values[0]) for one in full[1:] for row in one} == {20}
    assert {len(row.values[0]) for one in quick[1:] for row in one} == {3}
    assert "20 seeds" in full[0].title and len(full) == 1 + len(full[0].columns)
    reason = CLAIMS["A6"].judge(full).reason
    low, high = spread.interval(full[2][a6.SPARSE.name], full[2][EXACT.name], spread.variation)
    assert f"{low:.1f} to {high:.1f} times" in reason


def test_an_interval_of_spreads_holds_their_ratio_and_narrows_with_seeds() -> None:
    draws = np.random.default_rng(3)
    widths = []
    for seeds in (5, 20, 500):
        ours, other = (Row.of("", 5 + s * draws.normal(size=seeds)) for s in (2.0, 1.0))
        low, high = spread.interval(ours, other, spread.deviation)
        assert low < 2 < high
        widths.append(high / low)
    assert widths[0] > widths[1] > widths[2] and widths[2] < 1.4
    assert spread.interval(ours, Row.of("", [np.inf] * 500), spread.deviation) == (np.inf, np.inf)


def test_a_variation_is_that_of_a_sample_and_infinite_where_one_diverged() -> None:
    assert a6.variation(Row.of("", [1.0, 2.0, 3.0])) == pytest.approx(50)
    assert a6.variation(Row.of("", [1.0, np.inf, 3.0])) == np.inf
