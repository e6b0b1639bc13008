"""Persistence: what was true last is true next."""

from collections.abc import Mapping

import numpy as np

from onward.evaluate.baselines.base import AbstractBaseline
from onward.evaluate.state import State, load_arrays
from onward.streams.base import Task


class LastLabel(AbstractBaseline):
    """Predicts the newest label of this sequence that has arrived, per target; NaN before any.

    In classification all probability is on the class of that label.
    """

    def __init__(self, task: Task, features: int, outputs: int, horizon: int):
        super().__init__(task, features, outputs, horizon)
        self._newest = np.full((1, outputs), np.nan)

    @property
    def name(self) -> str:
        return "last label"

    def begin(self) -> None:
        self._newest[:] = np.nan

    def observe(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        labels = np.concatenate([self._newest, self.as_outputs(y)])
        rows = np.arange(len(labels))[:, None]
        newest_row = np.maximum.accumulate(np.where(np.isnan(labels), 0, rows))
        filled = np.take_along_axis(labels, newest_row, axis=0)
        self._newest = filled[-1:].copy()
        return self.arrived(filled)

    def state(self) -> State:
        return {"newest": self._newest.copy()}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        load_arrays({"newest": self._newest}, state)
