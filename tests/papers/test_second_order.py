"""What untrained states carry, and rules that are each given their best rate."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from papers.claims import a4
from papers.claims.a4 import A4
from papers.lab import Lab
from papers.second_order import untrained_least_squares
from papers.setting import EXACT, Method, Setting
from papers.tasks import DelayedRecall


def test_a4_gives_each_rule_its_best_rate_where_the_delay_is_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No propagation errs least at the second of three rates, exact credit at the first."""

    def said(
        setting: Setting,
        method: Method,
        rates: Sequence[float],
        seeds: tuple[int, ...],
        threads: int,
    ) -> np.ndarray:
        least = 3e-4 if method == a4.NONE else 1e-4
        long = setting.task == a4.LONG
        errors = [0.1 if long and rate == least else 0.9 for rate in rates]
        return np.tile(np.array(errors)[:, None, None], (1, len(seeds), 1))

    monkeypatch.setattr("papers.lab.sweep", said)
    monkeypatch.setattr(a4, "untrained_least_squares", lambda *_: np.full((2, 1), 2e-4))
    lab = Lab(tmp_path, seeds=2, factor=1, threads=1)
    errors, found, each = A4()._map(lab)
    assert errors.columns == found.columns and len(errors.columns) == 8
    for rule in (a4.NONE, EXACT):
        assert errors[rule.name].mean(7) == 0.1 and errors[rule.name].mean(0) == 0.9
    assert [each[a4.NONE.name].mean(place) for place in range(3)] == pytest.approx([0.9, 0.1, 0.9])
    assert errors[a4.UNTRAINED].mean(7) == 2e-4


@pytest.mark.study
def test_least_squares_read_what_an_untrained_state_carries(tmp_path: Path) -> None:
    """Three samples back, and not forty."""
    near, far = (
        untrained_least_squares(
            Lab(tmp_path, seeds=2, factor=1, threads=1),
            Setting(DelayedRecall(delay, adaptation=400, scored=200), size=16),
        )
        for delay in (3, 40)
    )
    assert near.shape == (2, 1) and near.max() < 0.01 and far.min() > 0.9
