"""Intervals around the learner's predictions, and how many labels they hold."""

from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

from onward._trees import dotted
from onward.evaluate import IntervalScores
from onward.evaluate.state import State, entries_under, nest
from onward.intervals import AdaptiveConformal
from onward.runs.ahead import Ahead
from onward.runs.handover import grown
from onward.runs.plan import Plan
from onward.streams import Chunk
from onward.wrapping.bands import Bands

ENDS = ("low", "high")


class Intervals:
    """The intervals of a run of regression, made from the predictions alone, row by row.

    Args:
        plan: of the run.
        dtype: of the predictions.
    """

    def __init__(self, plan: Plan, dtype: Any):
        self.interval = AdaptiveConformal()
        self._bands = Bands(self.interval, plan.outputs, dtype, plan.horizon, plan.series)
        self._state = self._bands.init()
        self._several = plan.info.series_name is not None
        self.ahead = Ahead(ENDS, plan.horizon, plan.outputs, plan.series)
        self._scores = IntervalScores(plan.outputs, plan.info.phase_names)

    def around(self, rows: Chunk, y: np.ndarray, prediction: np.ndarray) -> dict[str, np.ndarray]:
        """The intervals of the next predictions, each made before the label of its row is known.

        Args:
            rows: as the learner passes over them.
            y: the labels that count.
            prediction: made at these rows, shape (rows, targets).

        Returns:
            "low" and "high", shape (rows, targets); NaN where there is none.
        """
        codes = rows.series if self._several else None
        self._state, low, high = self._bands.run(self._state, prediction, y, codes)
        return {"low": np.asarray(low), "high": np.asarray(high)}

    def due(
        self, first: int, rows: Chunk, y: np.ndarray, ends: Mapping[str, np.ndarray]
    ) -> dict[str, np.ndarray]:
        """The intervals of these rows' labels, which are scored.

        Args:
            first: the first of the rows.
            rows: as the learner passes over them.
            y: the labels that count.
            ends: what `around` made of them.

        Returns:
            "low" and "high" by target row, shape (rows, targets); NaN where there is none.
        """
        due = self.ahead.due(ends, rows.series)
        self._scores.update(first, y, due["low"], due["high"], rows.phase)
        return due

    def result(self) -> dict[str, Any]:
        """The level, and what `IntervalScores` says."""
        return {"level": self.interval.level, **self._scores.result()}

    def state(self) -> State:
        """All that the next row needs, as a flat dictionary of arrays."""
        bands = {name: np.asarray(leaf) for name, leaf in self._leaves()}
        return (
            nest("bands", bands)
            | nest("ahead", self.ahead.state())
            | nest("scores", self._scores.state())
        )

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Go on from the `state()` of the same plan."""
        self._scores.restore(entries_under("scores", arrays))
        self.go_on(arrays)

    def go_on(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Go on from the `state()` of an earlier run, as if the rows followed; score afresh.

        Args:
            arrays: of the same series, or of the first of them.

        Raises:
            CheckpointError: they do not fit.
        """
        old = entries_under("bands", arrays)
        leaves = [grown(name, old.get(name), np.asarray(leaf)) for name, leaf in self._leaves()]
        structure = jax.tree.structure(self._state)
        self._state = jax.tree.unflatten(structure, [jax.device_put(leaf) for leaf in leaves])
        ahead = entries_under("ahead", arrays)
        fresh = self.ahead.state()
        self.ahead.restore({name: grown(name, ahead.get(name), a) for name, a in fresh.items()})

    def _leaves(self) -> list[tuple[str, Any]]:
        paths, _ = jax.tree_util.tree_flatten_with_path(self._state)
        return [(dotted(path), leaf) for path, leaf in paths]
