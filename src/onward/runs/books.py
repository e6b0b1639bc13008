"""All that a run keeps while rows pass: the contest, its scores, and predictions that wait."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from onward.evaluate import Scoreboard, SeriesScores
from onward.evaluate.state import State, entries_under, nest
from onward.learning.learner import Learner
from onward.mixtures.mixture import Mixture
from onward.runs.ahead import Ahead
from onward.runs.contest import LEARNER, Contest
from onward.runs.events import Events
from onward.runs.handover import roomier
from onward.runs.intervals import Intervals
from onward.runs.plan import Plan, room_for
from onward.runs.seeds import Seeds
from onward.streams import Chunk, StreamInfo


@dataclass(frozen=True)
class Scored:
    """What came of some rows.

    Attributes:
        y: the labels that count, shape (rows, targets).
        due: for every contestant the predictions of these rows, shape (rows, outputs).
        ends: those of the intervals of these rows, "low" and "high"; None in classification.
    """

    y: np.ndarray
    due: Mapping[str, np.ndarray]
    ends: Mapping[str, np.ndarray] | None


class Books:
    """Passes rows, and scores the predictions when their labels come.

    Args:
        plan: what to run.
        written: the learner of the run that is gone on with; None for the one of the plan.
    """

    def __init__(self, plan: Plan, written: Learner | Mixture | None = None):
        self.plan, info = plan, plan.info
        self._written = written
        self.contest = Contest(plan, written)
        names = self.contest.names
        self.scoreboard = Scoreboard(info.task, plan.outputs, names, info.phase_names)
        self.by_series = SeriesScores(info.task, plan.outputs, names, plan.series)
        self.ahead = Ahead(names, plan.horizon, plan.outputs, plan.series)
        self.seeds = Seeds(self.contest) if plan.config.seeds > 1 else None
        regression = info.task == "regression"
        self.intervals = Intervals(plan, self.contest.learner.dtype) if regression else None
        self.events = Events()

    def take(self, chunk: Chunk, tell: Callable[[Mapping[str, np.ndarray]], None]) -> Scored:
        """Predict, learn and score the next rows.

        Args:
            chunk: the rows.
            tell: called before they are scored, with what is made at them: "onward", and in
                regression "low" and "high".
        """
        first, before = self.contest.row, self.contest.counts
        made = self.contest.observe(chunk)
        y = self.contest.labels(chunk.y)
        ends = self.intervals.around(chunk, y, made[LEARNER]) if self.intervals else {}
        tell({LEARNER: made[LEARNER], **ends})
        self.events.add(first, before, self.contest.counts)
        due = self.ahead.due(made, chunk.series)
        self.scoreboard.update(first, y, due, chunk.phase)
        if chunk.series is not None:
            self.by_series.update(y, due, chunk.series)
        if self.seeds:
            self.seeds.take(first, chunk, due)
        ends = self.intervals and self.intervals.due(first, chunk, y, ends)
        return Scored(y, due, ends)

    def with_room(self, info: StreamInfo) -> "Books":
        """These, or the same with room for series and phases that have come since.

        Args:
            info: the stream as it is now.
        """
        series, phases = len(info.series_names), len(info.phase_names)
        if series <= self.plan.series and phases == len(self.plan.info.phase_names):
            return self
        room = room_for(series) if series > self.plan.series else self.plan.room
        wider = Books(replace(self.plan, info=info, room=room), self._written)
        counts = self.plan.series, wider.plan.series
        wider.restore(roomier(wider.state(), self.state(), *counts))
        return wider

    def series_result(self, info: StreamInfo) -> dict[str, Any]:
        """The names of the series that have come, and what each contestant scored in each."""
        names, found = list(info.series_names), self.by_series.result()
        learners = {name: scores[: len(names)] for name, scores in found.items()}
        return {"names": names, "learners": learners}

    def state(self) -> State:
        """All that the next row needs, as a flat dictionary of arrays."""
        arrays = nest("contest", self.contest.state_arrays())
        for name, part in self._parts().items():
            arrays |= nest(name, part.state())
        return arrays

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Go on from the `state()` of the same plan."""
        self.contest.restore(entries_under("contest", arrays))
        for name, part in self._parts().items():
            part.restore(entries_under(name, arrays))

    def _parts(self) -> dict[str, Any]:
        parts = {
            "scoreboard": self.scoreboard,
            "ahead": self.ahead,
            "events": self.events,
            "series": self.by_series,
            "seeds": self.seeds,
            "intervals": self.intervals,
        }
        return {name: part for name, part in parts.items() if part is not None}
