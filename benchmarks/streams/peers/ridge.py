"""Ridge regression on a window of rows, solved anew at every row. Needs NumPy alone."""

import math
from collections import deque

import numpy as np

from benchmarks.streams.peers.protocol import Answer, Job, answer, pass_over

WINDOW, PENALTY = 500, 1.0
# Rows after which the sums are added up anew, as rounding gathers in sums that rows leave.
RENEWED = 5_000


class WindowedRidge:
    """w = (Z'Z + penalty · D)⁻¹ Z'y over the last rows, D the mean square of each feature.

    Features are taken less their mean in the window, and the penalty is in units of their
    variance, so that no scale matters. Of classes one regression each tells 0 from 1, and the
    largest is predicted.

    Args:
        features: numbers of a row.
        classes: 0 in regression.
    """

    def __init__(self, features: int, classes: int):
        self.classes = classes
        width = features + 1 + max(classes, 1)
        self.rows: deque[np.ndarray] = deque()
        # Sums of products of (features, 1, labels).
        self.sums, self.learnt = np.zeros((width, width)), 0
        self.inputs = features
        # Sums of squares keep their digits where features lie near zero.
        self.offset: np.ndarray | None = None

    def predict(self, x: np.ndarray) -> float:
        count = len(self.rows)
        if not count or self.offset is None:
            return math.nan
        x = x - self.offset
        inputs, n = self.sums[: self.inputs], self.inputs
        mean, offset = inputs[:, n] / count, self.sums[n, n + 1 :] / count
        spread = inputs[:, :n] - count * np.outer(mean, mean)
        covered = inputs[:, n + 1 :] - count * np.outer(mean, offset)
        variances = np.maximum(np.diag(spread), 0.0) / count
        # A feature that has not varied is left out.
        varies = variances > 1e-12 * np.maximum(mean**2, 1e-12)
        weights = np.zeros_like(covered)
        if varies.any():
            held = spread[np.ix_(varies, varies)] + PENALTY * np.diag(variances[varies])
            weights[varies] = np.linalg.solve(held, covered[varies])
        output = offset + (x - mean) @ weights
        return float(output.argmax()) if self.classes else float(output[0])

    def learn(self, x: np.ndarray, y: float) -> None:
        self.offset = x if self.offset is None else self.offset
        label = np.arange(self.classes) == y if self.classes else [y]
        row = np.concatenate([x - self.offset, [1.0], label])
        self.rows.append(row)
        self.sums += np.outer(row, row)
        if len(self.rows) > WINDOW:
            left = self.rows.popleft()
            self.sums -= np.outer(left, left)
        self.learnt += 1
        if self.learnt % RENEWED == 0:
            kept = np.array(self.rows)
            self.sums = kept.T @ kept


def run(job: Job) -> Answer:
    """Predictions from the features and the newest label."""
    features = job.x.shape[1] + max(job.classes, 1)
    return pass_over(WindowedRidge(features, job.classes), job, fed=True)


if __name__ == "__main__":
    answer(run)
