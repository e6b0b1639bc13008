"""Coverage and width, beside those of plain counting."""

import json
from typing import Any

import numpy as np
import pytest

from onward.evaluate import IntervalScores

ROWS = 1_300


def example(rows: int = ROWS, targets: int = 2) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels and the ends of intervals, with holes in each."""
    random = np.random.default_rng(0)
    y = random.normal(size=(rows, targets))
    low = -random.uniform(0.5, 2, size=y.shape)
    high = random.uniform(0.5, 2, size=y.shape)
    y[::7, 0] = np.nan
    low[:6], high[:6] = np.nan, np.nan
    return y, low, high


def counted(y: np.ndarray, low: np.ndarray, high: np.ndarray) -> dict[str, Any]:
    told = np.isfinite(y) & np.isfinite(low)
    pairs = [(y[told[:, j], j], low[told[:, j], j], high[told[:, j], j]) for j in range(y.shape[1])]
    return {
        "scored": int(told.sum()),
        "coverage": np.mean([((v >= a) & (v <= b)).mean() for v, a, b in pairs]),
        "width": np.mean([(b - a).mean() for _, a, b in pairs]),
    }


@pytest.mark.parametrize("rows", [40, ROWS])
def test_numbers_are_those_of_counting(rows: int) -> None:
    y, low, high = example(rows)
    scores = IntervalScores(2)
    for begin in range(0, rows, 130):
        end = begin + 130
        scores.update(begin, y[begin:end], low[begin:end], high[begin:end])
    result = scores.result()
    overall = {name: result["overall"][name] for name in ("scored", "coverage", "width")}
    assert overall == pytest.approx(counted(y, low, high))
    each = [counted(y[:, [j]], low[:, [j]], high[:, [j]]) for j in (0, 1)]
    for name in ("coverage", "width"):
        assert result["overall"]["per_target"][name] == pytest.approx([one[name] for one in each])
    assert sum(quarter["scored"] for quarter in result["quarters"]) == overall["scored"]
    if rows < 1_024:
        ends = [-(-q * rows // 4) for q in range(5)]
        for quarter, begin, end in zip(result["quarters"], ends, ends[1:], strict=False):
            expected = counted(y[begin:end], low[begin:end], high[begin:end])
            assert {name: quarter[name] for name in expected} == pytest.approx(expected)
    assert "phases" not in result
    json.dumps(result, allow_nan=False)


def test_a_label_on_an_end_lies_within() -> None:
    scores = IntervalScores(1)
    column = lambda *values: np.array(values)[:, None]  # noqa: E731
    scores.update(0, column(0.0, 1.0, 1.1), column(0.0, 0.0, 0.0), column(1.0, 1.0, 1.0))
    assert scores.result()["overall"]["coverage"] == pytest.approx(2 / 3)
    assert scores.result()["overall"]["width"] == 1


def test_phases_are_scored_and_states_gone_on_with() -> None:
    y, low, high = example()
    phase = np.repeat([0, 1], ROWS // 2)
    whole, first = (IntervalScores(2, ["before", "after"]) for _ in range(2))
    whole.update(0, y, low, high, phase)
    first.update(0, y[:700], low[:700], high[:700], phase[:700])
    second = IntervalScores(2, ["before", "after"])
    second.restore(first.state())
    second.update(700, y[700:], low[700:], high[700:], phase[700:])
    assert second.result() == whole.result()
    expected = counted(y[: ROWS // 2], low[: ROWS // 2], high[: ROWS // 2])
    before = whole.result()["phases"][0]
    assert {name: before[name] for name in expected} == pytest.approx(expected)


def test_nothing_scored_is_none_and_no_end_at_all_is_wide() -> None:
    scores = IntervalScores(1)
    gap = np.full((3, 1), np.nan)
    scores.update(0, np.zeros((3, 1)), gap, gap)
    assert scores.result()["overall"]["coverage"] is None
    assert scores.result()["overall"]["width"] is None
    scores.update(3, np.zeros((1, 1)), np.full((1, 1), -np.inf), np.full((1, 1), np.inf))
    assert scores.result()["overall"]["coverage"] == 1
    assert scores.result()["overall"]["width"] > 1e99
    json.dumps(scores.result(), allow_nan=False)


def test_ends_of_another_shape_are_refused(untyped) -> None:
    message = r"^Expected ends of intervals of shape \(3, 1\), as the labels; got \(3, 2\) and"
    with pytest.raises(ValueError, match=message):
        IntervalScores(1).update(0, np.zeros((3, 1)), np.zeros((3, 2)), np.zeros((3, 1)))
