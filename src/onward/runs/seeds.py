"""Networks of other seeds beside the first: the same rows, other weights and keys."""

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import numpy as np

from onward.evaluate import FROZEN, Scoreboard
from onward.evaluate.state import State, entries_under, nest
from onward.learning.fleet import Fleet
from onward.learning.info import StepInfo
from onward.learning.learner import Learner
from onward.learning.observation import Observation
from onward.learning.state import LearnerState
from onward.runs.ahead import Ahead
from onward.runs.contest import LEARNER, Contest
from onward.runs.recovery import ALONE, Recoveries
from onward.storing.flat_state import flatten_state, restore_state
from onward.streams import Chunk


class Seeds:
    """The networks of all seeds but the first. They are scored, and their predictions not kept.

    Single networks go through the program that is compiled for a `Fleet`, on all CPUs; mixtures,
    and networks over several series, pass one after another.

    Args:
        contest: of the first seed, before its first row.
    """

    def __init__(self, contest: Contest):
        plan, self.contest = contest.plan, contest
        self.numbers = tuple(plan.config.seed + more for more in range(1, plan.config.seeds))
        self.states = [_begun(contest, number) for number in self.numbers]
        self.recoveries = [Recoveries(contest.mover, state) for state in self.states]
        names = (LEARNER, *(name for name in contest.names[1:] if name != FROZEN))
        self.scoreboards = [
            Scoreboard(plan.info.task, plan.outputs, names, plan.info.phase_names)
            for _ in self.numbers
        ]
        self.opponents = names[1:]
        keys = [str(number) for number in self.numbers]
        self.ahead = Ahead(keys, plan.horizon, plan.outputs, plan.series)

    def take(self, first: int, rows: Chunk, due: Mapping[str, np.ndarray]) -> None:
        """Predict, learn and score the next rows.

        Args:
            first: their first row.
            rows: as the first network passes over them.
            due: what the opponents predicted of the labels of these rows.
        """
        y = self.contest.labels(rows.y)
        labels = self.contest.countable(first, y)
        made = {}
        passed = zip(self.numbers, self._moved(rows), self.recoveries, strict=True)
        self.states = []
        for number, (state, info, infos), recovery in passed:
            self.states.append(recovery.after(state, infos, labels, first + len(y)))
            made[str(number)] = self.contest.usable(rows, np.asarray(info.prediction))
        theirs = {name: due[name] for name in self.opponents}
        ours = self.ahead.due(made, rows.series)
        for number, scoreboard in zip(self.numbers, self.scoreboards, strict=True):
            scoreboard.update(first, y, {LEARNER: ours[str(number)], **theirs}, rows.phase)

    def result(self, first: Mapping[str, Any]) -> dict[str, Any]:
        """The scores over all seeds, and the gain of each over the best baseline.

        Args:
            first: the result of the scoreboard of the first seed.
        """
        results = [first, *(scoreboard.result() for scoreboard in self.scoreboards)]
        scores = [result["learners"][LEARNER]["overall"] for result in results]
        numbers = [
            name for name, value in scores[0].items() if value is None or isinstance(value, float)
        ]
        gains = [result["gain"] for result in results]
        return {
            "seeds": [self.contest.plan.config.seed, *self.numbers],
            "learners": {
                LEARNER: {
                    "overall": {name: _spread([one[name] for one in scores]) for name in numbers}
                }
            },
            "gain": [gain["values"] for gain in gains if gain],
        }

    def state(self) -> State:
        """All that the next rows need, as a flat dictionary of arrays."""
        arrays = nest("ahead", self.ahead.state())
        kept = zip(self.numbers, self.states, self.recoveries, self.scoreboards, strict=True)
        for number, state, recovery, scoreboard in kept:
            arrays |= nest(f"{number}/learner", flatten_state(state))
            arrays |= nest(f"{number}/recovery", recovery.state())
            arrays |= nest(f"{number}/scoreboard", scoreboard.state())
        return arrays

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Go on from the `state()` of the same seeds."""
        self.ahead.restore(entries_under("ahead", arrays))
        for index, number in enumerate(self.numbers):
            learner = entries_under(f"{number}/learner", arrays)
            self.states[index] = restore_state(self.states[index], learner)
            self.recoveries[index].restore(entries_under(f"{number}/recovery", arrays))
            self.scoreboards[index].restore(entries_under(f"{number}/scoreboard", arrays))

    def _moved(
        self, rows: Chunk
    ) -> Sequence[tuple[LearnerState, StepInfo, Mapping[str, StepInfo]]]:
        mover = self.contest.mover
        if not isinstance(mover, Learner):
            return [self.contest.moved(mover, state, rows)[:3] for state in self.states]
        seen = Observation(rows.x, rows.y, rows.weight, rows.start)
        fleet, count = Fleet(mover), len(self.states)
        each = [leaf if leaf is None else _repeated(leaf, count) for leaf in seen]
        parts, info = fleet.run(fleet.gather(self.states), Observation(*each))
        infos = [jax.tree.map(lambda leaf, one=one: leaf[one], info) for one in range(count)]
        states = fleet.scatter(parts)
        return [(state, own, {ALONE: own}) for state, own in zip(states, infos, strict=True)]


def _begun(contest: Contest, number: int) -> LearnerState:
    """The state of another seed before the first row.

    A run may go on with members that are not today's, and their weights cannot be drawn again. Then
    it is that of the first seed: all is restored, but for series with weights of their own that
    come later.
    """
    state = contest.plan.seeded(contest.learner, number)
    try:
        contest.mover.admit(state)
    except ValueError:
        return contest.mover.init(jax.random.key(number))
    return state


def _repeated(leaf: np.ndarray, count: int) -> np.ndarray:
    return np.broadcast_to(leaf, (count, *leaf.shape))


def _spread(values: Sequence[float | None]) -> dict[str, float | None]:
    """The mean, and the standard deviation of a sample; None where a seed has no score."""
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return {"mean": None, "std": None}
    return {"mean": float(np.mean(known)), "std": float(np.std(known, ddof=1))}
