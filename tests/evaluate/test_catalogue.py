"""A score or a baseline that is a row of its catalogue is in every scoreboard and table."""

import numpy as np
import pytest

from onward.evaluate import (
    BASELINES,
    SCORES,
    LastLabel,
    Metric,
    RegressionScore,
    Scoreboard,
    metrics_of,
    standard_baselines,
)


class Bias(RegressionScore):
    """The mean of prediction - label."""

    metrics = (Metric("bias", "bias", higher_is_better=False, decimals=None),)
    key = "bias"

    def __init__(self, targets):
        self.total, self.count = np.zeros(targets), np.zeros(targets)

    def update(self, y, prediction):
        gap = prediction - y
        self.total += np.nansum(gap, axis=0)
        self.count += np.isfinite(gap).sum(axis=0)

    def merge(self, other):
        self.total += other.total
        self.count += other.count

    def result(self):
        return {self.key: float((self.total / self.count).mean())}

    def state(self):
        return {"total": self.total.copy(), "count": self.count.copy()}

    def restore(self, state):
        self.total, self.count = state["total"].copy(), state["count"].copy()


def board() -> Scoreboard:
    return Scoreboard("regression", 1, ["a"])


def half(seed: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    y = np.random.default_rng(seed).normal(size=(4, 1))
    return y, {"a": y + 0.5}


def test_a_row_is_scored_beside_the_others_and_resumed(monkeypatch) -> None:
    monkeypatch.setitem(SCORES, "regression", (*SCORES["regression"], Bias))
    first = board()
    first.update(0, *half(0))
    second = board()
    second.restore(first.state())
    for one in (first, second):
        one.update(4, *half(1))
    assert first.result() == second.result()
    overall = first.result()["learners"]["a"]["overall"]
    assert overall["bias"] == pytest.approx(0.5)
    assert overall["mae"] == pytest.approx(0.5) and overall["scored"] == 8
    assert [metric.key for metric in metrics_of("regression")] == [
        *("r2", "mae", "rmse", "smape", "bias")
    ]


def test_two_scores_may_not_use_one_name(monkeypatch) -> None:
    monkeypatch.setattr(Bias, "key", "mae")
    monkeypatch.setitem(SCORES, "regression", (*SCORES["regression"], Bias))
    one = board()
    one.update(0, *half(0))
    with pytest.raises(ValueError, match="a name of its own for each number of Bias; got 'mae'"):
        one.result()


@pytest.mark.parametrize("task", SCORES)
def test_every_metric_is_in_the_result(task) -> None:
    outputs = 2
    for kind in SCORES[task]:
        assert {metric.key for metric in kind.metrics} <= kind(outputs).result().keys()


def test_a_baseline_that_is_a_row_runs_with_the_others(monkeypatch) -> None:
    class Renamed(LastLabel):
        name = "another"

    monkeypatch.setattr("onward.evaluate.baselines.BASELINES", [*BASELINES, Renamed])
    assert list(standard_baselines("regression", 1, 1, 1))[-1] == "another"
