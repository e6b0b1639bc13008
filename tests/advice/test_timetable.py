"""How long trials are expected to take, and that a budget is kept."""

from types import SimpleNamespace

import numpy as np
import pytest

from onward.advice import contest
from onward.advice.candidates import Candidate
from onward.advice.contest import Contest
from onward.advice.timetable import DIAGNOSTICS, Timetable
from onward.rules import Immediate, ReadoutOnly

ONE, TWO, LARGE = (
    Candidate("one", ReadoutOnly(), 0),
    Candidate("two", Immediate(), 1),
    Candidate("large", Immediate(), 10_000),
)


class Clock:
    """Stands still until it is moved on."""

    now = 0.0

    def __call__(self) -> float:
        return self.now

    def passing(self, seconds: float):
        def run() -> float:
            self.now += seconds
            return 0.5

        return run


def test_the_rest_is_expected_to_take_what_was_measured() -> None:
    clock = Clock()
    table = Timetable(10_000_000, None, clock)
    assert table.measure(ONE, False, clock.passing(2)) == 0.5
    table.measure(ONE, True, clock.passing(5))
    assert table.expected(ONE, passes=6, fresh=2) == 6 * 2 + 2 * 3
    assert table.diagnostics() == DIAGNOSTICS * 3
    assert table.expected(TWO, 1, 0) == pytest.approx(2.01, rel=1e-3)
    table.measure(TWO, False, clock.passing(2.02))
    assert table.expected(TWO, 1, 0) == pytest.approx(2.02, rel=1e-3), "twice as slow as expected"
    assert table.expected(LARGE, 1, 0) == pytest.approx(2 + 2 * 2.44, rel=1e-2)
    assert table.left() == np.inf and table.allows(1e9)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A contest of three rules at three settings, in which time passes as the test says."""
    clock = Clock()
    monkeypatch.setattr(contest, "candidates", lambda _: (ONE, TWO, LARGE))
    monkeypatch.setattr(contest, "SETTINGS", {"sgd": (1e-3, 3e-3, 1e-2)})
    monkeypatch.setattr(contest, "Timetable", lambda *given: Timetable(*given, clock))
    return clock


def contest_of(clock: Clock, budget: float | None, seconds: float, told: list) -> Contest:
    cell = SimpleNamespace(parameters=lambda: np.zeros(10))
    rows, plan = (
        SimpleNamespace(x=np.zeros((100, 1))),
        SimpleNamespace(config=SimpleNamespace(seed=0)),
    )
    run = clock.passing(seconds)
    trials = SimpleNamespace(cell=cell, rows=rows, plan=plan, score=lambda *_: run())
    return Contest(trials, budget, lambda *one: told.append(one))  # type: ignore[arg-type]


def test_without_a_budget_all_is_tried_and_what_is_left_is_told(clock: Clock) -> None:
    told: list[tuple[str, float | None]] = []
    outcome = contest_of(clock, None, 1.0, told)()
    assert [one.rule for one in outcome.trials] == ["one", "two", "large"]
    assert outcome.not_tried == outcome.left_out == () and clock.now == 36
    assert told[0] == ("one", None) and [name for name, _ in told[4:6]] == ["two", "two"]
    # Nine passes of the first rule and a compilation, two more rules, and the diagnostics.
    assert told[1][1] == pytest.approx(9 + 1 + 2 * (12 + 1) + DIAGNOSTICS, rel=0.1)
    lefts = [left for _, left in told[1:]]
    assert lefts == sorted(lefts, reverse=True)


def test_a_budget_leaves_out_the_rule_that_would_pass_it(clock: Clock) -> None:
    told: list[tuple[str, float | None]] = []
    outcome = contest_of(clock, 40, 1.0, told)()
    assert [one.rule for one in outcome.trials] == ["one", "two"]
    assert outcome.not_tried == ("large",) and clock.now == 24
    assert all(left is None or left <= 40 for _, left in told)


def test_the_first_rule_is_tried_whatever_the_budget_at_fewer_settings(clock: Clock) -> None:
    outcome = contest_of(clock, 1, 1.0, [])()
    (first,) = outcome.trials
    assert (len(first.search), len(first.scores)) == (1, 3)
    assert outcome.not_tried == ("one at 2 of 3 settings", "two", "large")
