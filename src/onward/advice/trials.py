"""A measured contest of rules on a prefix of a stream: same rows, same network, test-then-train."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import jax
import jax.numpy as jnp
import numpy as np

from onward.advice.candidates import SETTINGS, Candidate, candidates, parameter_count
from onward.evaluate import ClassificationScore, RegressionScore
from onward.learning.learner import Learner
from onward.learning.observation import Observation
from onward.learning.sizes import size_limit
from onward.learning.state import LearnerState
from onward.rules import AbstractRule, Immediate
from onward.runs.config import Plan
from onward.runs.members import rule_text
from onward.streams import Chunk

# Of each purpose: seeds that score are none that a setting was chosen by. A rate that suits one
# seed may fail with the next, so that as many choose.
SEEDS = 3
# Multiply-adds of one pass over the prefix: above the first a rule is tried at the setting that
# was best for another one that propagates, above the second not at all (some ten seconds).
SEARCHED, AFFORDABLE = 1e10, 5e11
LOWEST = -1.0
# Scores closer than this are level: no difference that more work would be worth.
LEVEL = 0.01

# (optimizer, learning rate, score) of each setting tried.
Search = tuple[tuple[str, float, float], ...]


@dataclass(frozen=True)
class Trial:
    """A rule at its best setting.

    Attributes:
        rule: as `onward run --rule` takes it.
        propagates: whether it carries credit from sample to sample.
        trains_cell: whether it trains more than the readout.
        work: multiply-adds a sample for each parameter of the cell.
        optimizer, learning_rate: the setting.
        search: the mean score of each (optimizer, learning rate) over the seeds that chose it;
            empty for a rule that was too expensive to search, at the best setting of another one.
        scores: R² or accuracy on the second half of the prefix, one for each other seed; only
            the first where that was not ahead of what cheaper rules had reached.
    """

    rule: str
    propagates: bool
    trains_cell: bool
    work: int
    optimizer: str
    learning_rate: float
    search: Search
    scores: tuple[float, ...]

    @property
    def score(self) -> float:
        """The mean over the seeds."""
        return float(np.mean(self.scores))

    @property
    def spread(self) -> float | None:
        """The standard deviation over the seeds; None for one seed."""
        return float(np.std(self.scores, ddof=1)) if len(self.scores) > 1 else None


class Trials:
    """Passes over one prefix with any rule and setting.

    The seed draws the initial weights and what a rule draws; the rows are always the same.

    Args:
        plan: the network and the stream; its rule and optimizer play no part.
        rows: the prefix, with labels in order of arrival.

    Raises:
        ValueError: the second half has no labels that a score can be made of.
    """

    def __init__(self, plan: Plan, rows: Chunk):
        self.plan, self.rows = plan, rows
        self.metric = "r2" if plan.info.task == "regression" else "accuracy"
        self.start = lru_cache(maxsize=1)(self._start)
        self.cell = self.learner(Immediate(), "sgd", plan.config.seed).cell
        # Not as Python's own number, which NumPy would round to the labels' dtype.
        limit = np.float64(size_limit(self.cell.dtype))
        self._labels = np.where(np.abs(rows.y) < limit, rows.y, np.nan)
        if self._score(np.zeros((len(rows.x), plan.outputs))) is None:
            raise ValueError(
                f"Expected labels that vary in the second half of {len(rows.x)} samples; got none "
                "that could be scored. Try a larger --limit."
            )

    def learner(self, rule: AbstractRule, optimizer: str, seed: int) -> Learner:
        """The network under that rule, with the weights of that seed."""
        changed = {"rule": rule_text(rule), "optimizer": optimizer, "seed": seed}
        return replace(self.plan, config=replace(self.plan.config, **changed)).learner()

    def observation(self, rows: slice) -> Observation:
        """Those rows as a learner takes them."""
        chunk = self.rows.cut(rows)
        return Observation(chunk.x, chunk.y, chunk.weight, chunk.start)

    def _start(self, rule: AbstractRule, optimizer: str, seed: int) -> tuple[Learner, LearnerState]:
        learner = self.learner(rule, optimizer, seed)
        return learner, learner.init(jax.random.key(seed))

    def run(
        self, rule: AbstractRule, optimizer: str, rate: float, seed: int, rows: int | None = None
    ) -> tuple[Learner, LearnerState, np.ndarray]:
        """Pass over the prefix, or its first rows.

        Returns:
            The learner, its state after the last row, and its predictions.
        """
        learner, first = self.start(rule, optimizer, seed)
        # Rates are part of the state: all of them share one learner and one compilation.
        rates = dict.fromkeys(first.learning_rates, jnp.asarray(rate, learner.dtype))
        state = jax.tree.map(jnp.copy, first).replace(learning_rates=rates)
        state, info = learner.run(state, self.observation(slice(rows)))
        return learner, state, np.asarray(info.prediction)

    def score(self, rule: AbstractRule, optimizer: str, rate: float, seed: int) -> float:
        """R² (mean over the targets) or accuracy over the second half of the prefix."""
        found = self._score(self.run(rule, optimizer, rate, seed)[2])
        # How far beyond uselessness a pass diverges says nothing, and would drown the means.
        return LOWEST if found is None else max(found, LOWEST)

    def _score(self, prediction: np.ndarray) -> float | None:
        rows, horizon = len(self.rows.x), self.plan.horizon
        ahead = np.full((horizon, self.plan.outputs), np.nan)
        due = np.concatenate([ahead, prediction.astype(np.float64)])[:rows]
        # A learner that has diverged is wrong; it must not be left out of its own score.
        worst = np.inf if self.metric == "r2" else 1 / self.plan.outputs
        due = np.where(np.isnan(due), worst, due)[rows // 2 :]
        kind = RegressionScore if self.metric == "r2" else ClassificationScore
        score = kind(self.plan.outputs)
        score.update(self._labels[rows // 2 :], due)
        return score.result()[self.metric]

    def contest(self, progress: Callable[[str], None]) -> tuple[list[Trial], list[str]]:
        """Every affordable rule at its best setting, cheapest first, and the rules left out.

        Args:
            progress: told what is run next.
        """
        size = parameter_count(self.cell.parameters()) * len(self.rows.x)
        entrants = candidates(self.cell)
        searched = [one for one in entrants if one.work * size <= SEARCHED]
        tried = {one: self._search(one, progress) for one in searched}
        propagating = [one for one in searched if one.rule.propagates]
        guide = max(propagating or searched, key=lambda one: best(tried[one])[2])
        for one in entrants:
            if one not in tried and one.work * size <= AFFORDABLE:
                tried[one] = (best(tried[guide]),)
        found: list[Trial] = []
        for one in entrants:
            if one in tried:
                progress(one.name)
                reached = None if one in searched else best_of(found).score
                found.append(self._enter(one, tried[one], reached))
        return found, [one.name for one in entrants if one not in tried]

    def _search(self, one: Candidate, progress: Callable[[str], None]) -> Search:
        progress(one.name)
        return tuple(
            (optimizer, rate, float(np.mean(self._scores(one, optimizer, rate, self._seeds(0)))))
            for optimizer, rates in SETTINGS.items()
            for rate in rates
        )

    def _seeds(self, first: int) -> list[int]:
        return [(self.plan.config.seed + first + number) % 2**32 for number in range(SEEDS)]

    def _scores(self, one: Candidate, optimizer: str, rate: float, seeds: list[int]) -> list[float]:
        return [self.score(one.rule, optimizer, rate, seed) for seed in seeds]

    def _enter(self, one: Candidate, search: Search, reached: float | None) -> Trial:
        """Score a rule at the best setting of a search; where it was another rule's search,
        beyond the first seed only if more was gained than what cheaper rules had `reached`."""
        optimizer, rate, _ = best(search)
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


def best_of(trials: Sequence[Trial]) -> Trial:
    """The trial with the highest mean over all seeds, the cheapest of equals."""
    whole = [trial for trial in trials if len(trial.scores) == SEEDS]
    return max(whole, key=lambda trial: trial.score)


def best(search: Search) -> tuple[str, float, float]:
    """The setting with the highest score."""
    return max(search, key=lambda setting: setting[2])
