"""How a learner has done of late."""

from collections import deque

import numpy as np

from onward.evaluate import ClassificationScore, RegressionScore
from onward.streams.base import Task

CHUNKS = 4


class Recent:
    """R² or accuracy over the last rows, some chunks of them.

    Args:
        task: of the stream.
        outputs: columns of a prediction.
        rows: of a chunk; rows that come in few are put together.
    """

    def __init__(self, task: Task, outputs: int, rows: int):
        self._regression, self._outputs, self._rows = task == "regression", outputs, rows
        self._kept: deque[tuple[np.ndarray, np.ndarray]] = deque(maxlen=CHUNKS)

    def add(self, y: np.ndarray, prediction: np.ndarray) -> None:
        """Keep the next rows."""
        if self._kept and len(self._kept[-1][0]) < self._rows:
            before, made = self._kept.pop()
            y, prediction = np.concatenate([before, y]), np.concatenate([made, prediction])
        self._kept.append((y, prediction))

    @property
    def score(self) -> float | None:
        """Over the rows kept; None before any."""
        kind = RegressionScore if self._regression else ClassificationScore
        score = kind(self._outputs)
        for y, prediction in self._kept:
            score.update(y, prediction)
        return score.result()["r2" if self._regression else "accuracy"]
