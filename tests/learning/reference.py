"""A slow learner in plain numpy: an RNN, a linear readout, squared error, plain gradient steps."""

from typing import Any

import jax
import numpy as np

from onward import Learner


class SlowLearner:
    """The textbook, one sample at a time, with a list of samples that wait for their labels."""

    def __init__(self, learner: Learner, rate: float, rule: str, delay: int):
        cell, readout = jax.tree.map(lambda leaf: np.array(leaf), (learner.cell, learner.readout))
        self.recurrent, self.input, self.bias = cell.recurrent, cell.input, cell.bias
        self.weight, self.direct, self.offset = readout.weight, readout.direct, readout.bias
        self.rate, self.rule, self.delay = rate, rule, delay
        units = len(self.bias)
        self.hidden = np.zeros(units)
        self.influence = [np.zeros((units, *part.shape)) for part in self.cell]
        self.waiting: list[dict[str, Any]] = []

    @property
    def cell(self) -> list[np.ndarray]:
        return [self.recurrent, self.input, self.bias]

    @property
    def weights(self) -> list[np.ndarray]:
        return [*self.cell, self.weight, self.direct, self.offset]

    def immediate(self, hidden: np.ndarray, x: np.ndarray) -> list[np.ndarray]:
        """∂h'/∂θ at fixed h, entry by entry."""
        after = np.tanh(self.recurrent @ hidden + self.input @ x + self.bias)
        parts = [np.zeros((len(after), *part.shape)) for part in self.cell]
        for unit, value in enumerate(after):
            slope = 1 - value**2
            parts[0][unit, unit] = slope * hidden
            parts[1][unit, unit] = slope * x
            parts[2][unit, unit] = slope
        return parts

    def step(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """The prediction for x; then the update by y, the label of the sample `delay` ago."""
        before, self.hidden = (
            self.hidden,
            np.tanh(self.recurrent @ self.hidden + self.input @ x + self.bias),
        )
        slope = 1 - self.hidden**2
        jacobian = slope[:, None] * self.recurrent
        self.influence = [
            np.tensordot(jacobian, part, 1) + new
            for part, new in zip(self.influence, self.immediate(before, x), strict=True)
        ]
        self.waiting.append(
            {"x": x, "before": before, "hidden": self.hidden, "influence": self.influence}
        )
        prediction = self.read(self.hidden, x)
        if len(self.waiting) > self.delay:
            self.learn(self.waiting.pop(0), y)
        return prediction

    def read(self, hidden: np.ndarray, x: np.ndarray) -> np.ndarray:
        return self.weight @ hidden + self.direct @ x + self.offset

    def learn(self, sample: dict[str, Any], y: np.ndarray) -> None:
        if np.isnan(y).all():
            return
        error = np.where(np.isnan(y), 0, self.read(sample["hidden"], sample["x"]) - y)
        signal = self.weight.T @ error
        if self.rule == "rtrl":
            influence = sample["influence"]
        else:
            influence = self.immediate(sample["before"], sample["x"])
        steps = [np.tensordot(signal, part, 1) for part in influence]
        steps += [np.outer(error, sample["hidden"]), np.outer(error, sample["x"]), error]
        for weights, step in zip(self.weights, steps, strict=True):
            weights -= self.rate * step
