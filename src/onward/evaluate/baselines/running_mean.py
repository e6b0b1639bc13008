"""The mean of all labels so far; in classification the frequencies of the classes."""

from collections.abc import Mapping

import numpy as np

from onward.evaluate.baselines.base import AbstractBaseline
from onward.evaluate.state import State, load_arrays
from onward.streams.base import Task


class RunningMean(AbstractBaseline):
    """Predicts the mean of all labels that have arrived, per target; NaN before any.

    In classification that mean is the frequency of every class (no smoothing), whose most
    probable one is the majority class; before any label all classes are equally probable.
    """

    def __init__(self, task: Task, features: int, outputs: int, horizon: int):
        super().__init__(task, features, outputs, horizon)
        self._sums = np.zeros((1, outputs))
        self._counts = np.zeros((1, outputs), np.int64)

    @property
    def name(self) -> str:
        return "running mean" if self.task == "regression" else "majority class"

    def observe(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        labels = self.as_outputs(y)
        valid = ~np.isnan(labels)
        # Cumulative sums add row by row, so the sums do not depend on the cut into chunks.
        sums = np.cumsum(np.concatenate([self._sums, np.where(valid, labels, 0.0)]), axis=0)
        counts = np.cumsum(np.concatenate([self._counts, valid]), axis=0)
        self._sums, self._counts = sums[-1:].copy(), counts[-1:].copy()
        before_any = np.nan if self.task == "regression" else 1.0 / self.outputs
        means = np.where(counts > 0, sums / np.maximum(counts, 1), before_any)
        return self.arrived(means)

    def state(self) -> State:
        return {"sums": self._sums.copy(), "counts": self._counts.copy()}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        load_arrays({"sums": self._sums, "counts": self._counts}, state)
