"""The adding problem: two marked numbers of a sequence are to be added."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from papers.tasks.base import AbstractTask, Phase


@dataclass(frozen=True)
class Adding(AbstractTask):
    """x_t = (a number uniform in [0, 1], its mark 0 or 1); sequences follow one another without a
    break. One number in each half of a sequence is marked. The label is the sum of the marked
    ones so far: at the end of a sequence only, or at each sample. The error counts the ends.

    Predicting 1 always has an error of 1/6. There is no pre-training. Hochreiter and
    Schmidhuber (1997), "Long short-term memory", there with one error a sequence, too.

    Attributes:
        length: samples a sequence.
        sequences: to learn from.
        scored: the last sequences, whose ends count; they are still learnt from.
        terminal: whether only the ends have a label.
    """

    length: int = 20
    sequences: int = 500
    scored: int = 250
    terminal: bool = True

    @property
    def about(self) -> str:
        return f"adding, {self.length} steps"

    def before(self, seed: int) -> Phase:
        return Phase(np.empty((0, 2), np.float32), np.empty((0, 1), np.float32))

    def after(self, seed: int) -> Phase:
        draws, half = np.random.default_rng(seed), self.length // 2
        numbers = draws.random((self.sequences, self.length))
        marks = np.zeros_like(numbers)
        every = np.arange(self.sequences)
        marks[every, draws.integers(0, half, self.sequences)] = 1
        marks[every, draws.integers(half, self.length, self.sequences)] = 1
        sums = np.cumsum(numbers * marks, axis=1)
        if self.terminal:
            sums[:, :-1] = np.nan
        x = np.stack([numbers, marks], axis=2).reshape(-1, 2)
        return Phase(x.astype(np.float32), sums.reshape(-1, 1).astype(np.float32))

    def shrunk(self, factor: int) -> Self:
        return self

    def errors(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        ends = slice(self.length - 1, None, self.length)
        return super().errors(prediction[ends][-self.scored :], y[ends][-self.scored :])
