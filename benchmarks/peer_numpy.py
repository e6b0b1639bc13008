"""Exact RTRL of a vanilla RNN in NumPy, one sample after another."""

import numpy as np


class NumpyLearner:
    """P_t = J_t P_{t-1} + B_t as one (n, n·q) array with q = n + m + 1, then RMSprop.

    Row i of the parameters holds unit i's recurrent weights, input weights and bias, so that B_t
    is one outer product on the diagonal of the first two axes of P.
    """

    def __init__(self, matrix: np.ndarray, readout: np.ndarray, rate: float, decay: float):
        units, width = matrix.shape
        self.matrix, self.readout, self.rate, self.decay = matrix, readout, rate, decay
        self.hidden = np.zeros(units, matrix.dtype)
        self.influence = np.zeros((units, units, width), matrix.dtype)
        self.squares = np.zeros_like(matrix), np.zeros_like(readout)

    def learn(self, xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
        """Learn from all samples; returns the predictions made on the way."""
        units, predictions = len(self.hidden), []
        own, one = np.arange(units), np.ones(1, xs.dtype)
        for x, y in zip(xs, ys, strict=True):
            joined = np.concatenate([self.hidden, x, one])
            self.hidden = np.tanh(self.matrix @ joined)
            slope = 1 - self.hidden**2
            jacobian = slope[:, None] * self.matrix[:, :units]
            moved = jacobian @ self.influence.reshape(units, -1)
            self.influence = moved.reshape(self.influence.shape)
            self.influence[own, own] += np.outer(slope, joined)
            emitted = np.concatenate([self.hidden, one])
            predictions.append(self.readout @ emitted)
            error = predictions[-1] - y
            signal = error @ self.readout[:, :units]
            gradient = (signal @ self.influence.reshape(units, -1)).reshape(self.matrix.shape)
            self._move(self.matrix, self.squares[0], gradient)
            self._move(self.readout, self.squares[1], np.outer(error, emitted))
        return np.array(predictions)

    def _move(self, weights: np.ndarray, squares: np.ndarray, gradient: np.ndarray) -> None:
        squares *= self.decay
        squares += (1 - self.decay) * gradient**2
        weights -= self.rate * gradient / np.sqrt(squares + 1e-16)
