"""How long trials take, and whether there is time for one more."""

import math
import time
from collections.abc import Callable

from onward.advice.candidates import Candidate

# Compilations that the diagnostics come to.
DIAGNOSTICS = 15
# Until more is measured: seconds a multiply-add, of which larger products need less.
SECONDS, LARGE = 1e-9, 250


class Timetable:
    """Expects of passes what they have taken so far, and keeps to a budget.

    A pass takes what compiling it takes (the first with each optimizer), what any pass over the
    rows takes, and its multiply-adds.

    Args:
        size: parameters of the cell, times rows.
        budget: seconds for all; None for as long as it takes.
        clock: tells the seconds.
    """

    def __init__(
        self, size: int, budget: float | None, clock: Callable[[], float] = time.monotonic
    ):
        self.size, self.budget, self.clock = size, budget, clock
        self.began = clock()
        self._fresh: list[float] = []
        self._least: float | None = None
        self._expected = self._taken = 0.0

    def measure(self, one: Candidate, fresh: bool, run: Callable[[], float]) -> float:
        """Run a pass, and learn from how long it took.

        Args:
            one: the rule.
            fresh: whether this may compile it.
            run: makes the pass.

        Returns:
            What it returns.
        """
        began = self.clock()
        result = run()
        seconds = self.clock() - began
        if fresh:
            self._fresh.append(max(0.0, seconds - self._pass(one)))
        else:
            self._least = seconds if self._least is None else min(seconds, self._least)
            self._expected += self._multiplying(one)
            self._taken += seconds - self._least
        return result

    def expected(self, one: Candidate, passes: int, fresh: int) -> float:
        """Seconds that passes with a rule will take, of which some compile it."""
        return passes * self._pass(one) + fresh * self._compiling()

    def diagnostics(self) -> float:
        """Seconds that the diagnostics will take."""
        return DIAGNOSTICS * self._compiling()

    def left(self) -> float:
        """Seconds of the budget that are left; endless without one."""
        if self.budget is None:
            return math.inf
        return max(0.0, self.began + self.budget - self.clock())

    def allows(self, seconds: float = 0.0) -> bool:
        """Whether so many more would keep to the budget, of which the diagnostics have a third."""
        kept = min(self.diagnostics(), (self.budget or math.inf) / 3)
        return seconds + kept <= self.left()

    def _pass(self, one: Candidate) -> float:
        # What little has been measured so far must not make all the rest look free, or endless.
        factor = self._taken / self._expected if self._expected else 1.0
        return (self._least or 0.0) + min(max(factor, 0.25), 4.0) * self._multiplying(one)

    def _multiplying(self, one: Candidate) -> float:
        return SECONDS * one.work * self.size / (1 + one.work / LARGE)

    def _compiling(self) -> float:
        return sum(self._fresh) / max(1, len(self._fresh))
