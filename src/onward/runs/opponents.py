"""The baselines of a run: a set of them for each series."""

from collections.abc import Mapping

import numpy as np

from onward.evaluate import AbstractBaseline, LastLabel, standard_baselines
from onward.evaluate.state import State, entries_under, nest
from onward.runs.plan import Plan
from onward.streams import Chunk


class Opponents:
    """The standard baselines, which see of each series its own rows alone.

    Beside a network that learns nothing it is the last label alone.

    Args:
        plan: of the run.
    """

    def __init__(self, plan: Plan):
        info = plan.info
        sizes = (info.task, len(info.feature_names), plan.outputs, plan.horizon)
        self.sets: list[dict[str, AbstractBaseline]] = [
            {
                name: one
                for name, one in standard_baselines(*sizes).items()
                if plan.learns or isinstance(one, LastLabel)
            }
            for _ in range(plan.series)
        ]
        self.outputs = plan.outputs

    @property
    def names(self) -> tuple[str, ...]:
        """The baselines, in the order of the tables."""
        return tuple(self.sets[0])

    def observe(self, rows: Chunk, y: np.ndarray) -> dict[str, np.ndarray]:
        """Pass over the next rows.

        Args:
            rows: features, starts and series.
            y: the labels that arrive with them, those that count.

        Returns:
            Of each baseline its predictions, shape (rows, outputs).
        """
        if rows.series is None:
            return {
                name: one.pass_over(rows.x, y, rows.start) for name, one in self.sets[0].items()
            }
        made = {name: np.full((len(y), self.outputs), np.nan) for name in self.names}
        for code in np.unique(rows.series):
            own = rows.series == code
            start = None if rows.start is None else rows.start[own]
            for name, one in self.sets[code].items():
                made[name][own] = one.pass_over(rows.x[own], y[own], start)
        return made

    def state(self) -> State:
        """All that the next row needs, as a flat dictionary of arrays."""
        arrays: State = {}
        for code, members in enumerate(self.sets):
            for name, one in members.items():
                arrays |= nest(f"{name}/{code}", one.state())
        return arrays

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Go on from the `state()` of opponents of the same plan."""
        for code, members in enumerate(self.sets):
            for name, one in members.items():
                one.restore(entries_under(f"{name}/{code}", arrays))
