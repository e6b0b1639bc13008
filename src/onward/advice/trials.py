"""Measured passes of rules over a prefix: same rows, same network, test-then-train."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import jax
import jax.numpy as jnp
import numpy as np

from onward.evaluate import ClassificationScore, RegressionScore, standard_baselines
from onward.learning.learner import Learner
from onward.learning.observation import Observation
from onward.learning.sizes import size_limit
from onward.learning.state import LearnerState
from onward.rules import AbstractRule, Immediate
from onward.runs.members import rule_text
from onward.runs.plan import Plan
from onward.streams import Chunk

# Of each purpose: seeds that score are none that a setting was chosen by. A rate that suits one
# seed may fail with the next, so that as many choose.
SEEDS = 3
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
        # A sample that the learner skips, as a feature is not finite, is scored for nobody.
        usable = (np.abs(rows.x) < limit).all(axis=1, keepdims=True)
        usable = np.concatenate([np.ones((plan.horizon, 1), bool), usable])[: len(rows.x)]
        self._scored = np.where(usable, self._labels, np.nan)
        if self._score(np.zeros((len(rows.x), plan.outputs))) is None:
            raise ValueError(
                f"Expected labels that vary in the second half of {len(rows.x)} samples; got none "
                "that could be scored. Try a larger --limit."
            )

    def learner(self, rule: AbstractRule, optimizer: str, seed: int) -> Learner:
        """The network under that rule, with the weights of that seed."""
        changed = {"rule": rule_text(rule), "optimizer": optimizer, "seed": seed}
        return replace(self.plan, config=replace(self.plan.config, **changed)).network()

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
        learner, state = self._begun(rule, optimizer, rate, seed)
        state, info = learner.run(state, self.observation(slice(rows)))
        return learner, state, np.asarray(info.prediction)

    def _begun(
        self, rule: AbstractRule, optimizer: str, rate: float, seed: int
    ) -> tuple[Learner, LearnerState]:
        """A learner and its state before the first row, with that rate."""
        learner, first = self.start(rule, optimizer, seed)
        # Rates are part of the state: all of them share one learner and one compilation.
        rates = dict.fromkeys(first.learning_rates, jnp.asarray(rate, learner.dtype))
        return learner, jax.tree.map(jnp.copy, first).replace(learning_rates=rates)

    def score(self, rule: AbstractRule, optimizer: str, rate: float, seed: int) -> float:
        """R² (mean over the targets) or accuracy over the second half of the prefix."""
        found = self._score(self.run(rule, optimizer, rate, seed)[2])
        # How far beyond uselessness a pass diverges says nothing, and would drown the means.
        return LOWEST if found is None else max(found, LOWEST)

    def practised(
        self, rule: AbstractRule, optimizer: str, rate: float, seed: int, laps: int
    ) -> float:
        """`score` of a network that has passed over the first half of the prefix several times,
        and sees the second half for the first time."""
        learner, state = self._begun(rule, optimizer, rate, seed)
        half, whole = len(self.rows.x) // 2, self.observation(slice(None))
        first = _lap(self.observation(slice(half)), self.plan.horizon)
        for _ in range(laps - 1):
            state, _ = learner.run(state, first)
        _, info = learner.run(state, _lap(whole, self.plan.horizon))
        found = self._score(np.asarray(info.prediction))
        return LOWEST if found is None else max(found, LOWEST)

    def opponents(self) -> dict[str, float]:
        """What the baselines of every run score on the same rows, by name."""
        info, rows = self.plan.info, self.rows
        width = len(info.feature_names)
        members = standard_baselines(info.task, width, self.plan.outputs, self.plan.horizon)
        made = {
            name: self._score(member.pass_over(rows.x, self._labels, rows.start), abstains=True)
            for name, member in members.items()
        }
        return {name: max(score, LOWEST) for name, score in made.items() if score is not None}

    def _score(self, prediction: np.ndarray, abstains: bool = False) -> float | None:
        rows, horizon = len(self.rows.x), self.plan.horizon
        ahead = np.full((horizon, self.plan.outputs), np.nan)
        due = np.concatenate([ahead, prediction.astype(np.float64)])[:rows]
        if not abstains:
            # A learner that has diverged is wrong; it must not be left out of its own score.
            worst = np.inf if self.metric == "r2" else 1 / self.plan.outputs
            due = np.where(np.isnan(due), worst, due)
        kind = RegressionScore if self.metric == "r2" else ClassificationScore
        score = kind(self.plan.outputs)
        score.update(self._scored[rows // 2 :], due[rows // 2 :])
        return score.result()[self.metric]


def _lap(seen: Observation, horizon: int) -> Observation:
    """Rows that begin anew, whose first labels belong to no sample of theirs."""
    y = np.array(seen.y)
    y[:horizon] = np.nan
    start = np.zeros(len(y), bool) if seen.start is None else np.array(seen.start)
    start[0] = True
    return Observation(seen.x, y, seen.weight, start)


def best_of(trials: Sequence[Trial]) -> Trial:
    """The trial with the highest mean over all seeds, the cheapest of equals."""
    whole = [trial for trial in trials if len(trial.scores) == SEEDS]
    return max(whole, key=lambda trial: trial.score)


def best(search: Search) -> tuple[str, float, float]:
    """The setting with the highest score."""
    return max(search, key=lambda setting: setting[2])
