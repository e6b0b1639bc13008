"""Which rules are tried on a prefix, at which settings, and for how long."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from onward.advice.candidates import SETTINGS, Candidate, candidates, parameter_count
from onward.advice.race import PASSES, Race, race, racers
from onward.advice.timetable import Timetable
from onward.advice.trials import LEVEL, SEEDS, Search, Trial, Trials, best, best_of

# Multiply-adds of one pass over the prefix: above the first a rule is tried at the setting that
# was best for another one that propagates, above the second not at all (some ten seconds).
SEARCHED, AFFORDABLE = 1e10, 5e11

# Told what is done next, and about how many seconds are left; None while nothing was measured.
Progress = Callable[[str, float | None], None]


class Outcome(NamedTuple):
    """What a contest found.

    Attributes:
        trials: every rule that was tried at its best setting, cheapest first.
        left_out: rules of which one pass would take too long.
        not_tried: what the budget left no time for: rules, or some settings of one.
    """

    trials: tuple[Trial, ...]
    left_out: tuple[str, ...]
    not_tried: tuple[str, ...]


class Contest:
    """The affordable rules on one prefix, cheapest first, until the budget is spent.

    Args:
        trials: makes the passes.
        budget: seconds for all, the diagnostics that follow too; None for as long as it takes.
        progress: told what is done next.
    """

    def __init__(self, trials: Trials, budget: float | None, progress: Progress):
        self.trials, self.progress = trials, progress
        self.size = parameter_count(trials.cell.parameters()) * len(trials.rows.x)
        self.time = Timetable(self.size, budget)
        self.entrants = candidates(trials.cell)
        self.searches: dict[Candidate, Search] = {}
        self.found: list[Trial] = []
        self.not_tried: list[str] = []
        self.waiting: list[Candidate] = []
        self.compiled: set[tuple[Candidate, str]] = set()

    def __call__(self) -> Outcome:
        """Try them. The first one is tried whatever the budget."""
        affordable = [one for one in self.entrants if one.work * self.size <= AFFORDABLE]
        for number, one in enumerate(affordable):
            if number and not self.time.allows(self._expected(one)):
                self.not_tried += [other.name for other in affordable[number:]]
                break
            self.waiting = affordable[number + 1 :]
            reached = None if self._is_searched(one) else best_of(self.found).score
            search = self._search(one) if reached is None else (best(self._guide()),)
            self.found.append(self._enter(one, search, reached))
        left_out = tuple(one.name for one in self.entrants if one not in affordable)
        return Outcome(tuple(self.found), left_out, tuple(self.not_tried))

    @property
    def has_racers(self) -> bool:
        """Whether rules were tried that a race is run between."""
        return bool(self._entered)

    def race(self) -> Race | None:
        """Run the race, after the trials; None where no such rules were tried, or the budget has no
        time left for it."""
        entered = self._entered
        if not entered:
            return None
        expected = sum(self.time.expected(one, PASSES, 1) for one in entered)
        if not self.time.allows(expected):
            return None
        rest = min(expected + self.time.diagnostics(), self.time.left())
        return race(self.trials, entered, lambda doing: self.progress(doing, rest))

    @property
    def _entered(self) -> tuple[Candidate, ...]:
        tried = {trial.rule for trial in self.found}
        cheap = (one for one in self.entrants if one.name in tried and self._is_searched(one))
        whole = [one for one in self.found if one.propagates and one.spread is not None]
        best = best_of(whole).rule if whole else None
        return racers({one.name: one for one in cheap}, best)

    def _is_searched(self, one: Candidate) -> bool:
        return one.work * self.size <= SEARCHED

    def _expected(self, one: Candidate) -> float:
        """Seconds that all passes with a rule will take."""
        if not self._is_searched(one):
            return self.time.expected(one, 1, 1)
        settings = sum(map(len, SETTINGS.values()))
        return self.time.expected(one, SEEDS * (settings + 1), len(SETTINGS))

    def _tell(self, one: Candidate, passes: int, fresh: int) -> None:
        """Tell what is next, with the time for so many more passes of this rule and the rest."""
        left = None
        if self.searches.get(one) or self.found:
            rest = sum(map(self._expected, self.waiting)) + self.time.diagnostics()
            left = min(self.time.expected(one, passes, fresh) + rest, self.time.left())
        self.progress(one.name, left)

    def _search(self, one: Candidate) -> Search:
        settings = [(name, rate) for name, rates in SETTINGS.items() for rate in rates]
        for number, (optimizer, rate) in enumerate(settings):
            if number and not self.time.allows():
                untried = len(settings) - number
                self.not_tried.append(f"{one.name} at {untried} of {len(settings)} settings")
                break
            unseen = len({name for name, _ in settings[number:]})
            self._tell(one, SEEDS * (len(settings) - number + 1), unseen)
            scores = self._scores(one, optimizer, rate, self._seeds(0))
            tried = (optimizer, rate, float(np.mean(scores)))
            self.searches[one] = (*self.searches.get(one, ()), tried)
        return self.searches[one]

    def _guide(self) -> Search:
        """The best search of a rule that propagates, if any."""
        propagating = [found for one, found in self.searches.items() if one.rule.propagates]
        return max(propagating or self.searches.values(), key=lambda found: best(found)[2])

    def _seeds(self, first: int) -> list[int]:
        seed = self.trials.plan.config.seed
        return [(seed + first + number) % 2**32 for number in range(SEEDS)]

    def _scores(self, one: Candidate, optimizer: str, rate: float, seeds: list[int]) -> list[float]:
        def score(seed: int) -> float:
            fresh = (one, optimizer) not in self.compiled
            self.compiled.add((one, optimizer))
            return self.time.measure(
                one, fresh, lambda: self.trials.score(one.rule, optimizer, rate, seed)
            )

        return [score(seed) for seed in seeds]

    def _enter(self, one: Candidate, search: Search, reached: float | None) -> Trial:
        """Score a rule at the best setting of a search; where it was another rule's search,
        beyond the first seed only if more was gained than what cheaper rules had `reached`."""
        optimizer, rate, _ = best(search)
        self._tell(one, SEEDS if reached is None else 1, 0 if reached is None else 1)
        seeds = self._seeds(SEEDS)
        scores = self._scores(one, optimizer, rate, seeds[:1])
        if reached is None or scores[0] > reached + LEVEL:
            scores += self._scores(one, optimizer, rate, seeds[1:])
        return Trial(
            rule=one.name,
            propagates=one.rule.propagates,
            trains_cell="cell" in one.rule.trains,
            work=one.work,
            optimizer=optimizer,
            learning_rate=rate,
            search=search if reached is None else (),
            scores=tuple(scores),
        )
