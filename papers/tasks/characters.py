"""The next character of a text, learnt from nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar

import numpy as np

from onward.losses import AbstractLoss, CrossEntropy
from papers import data
from papers.tasks.base import AbstractTask, Phase

FILE = "tinyshakespeare/input.txt"
SYMBOLS = 65
# Less is scored as this much: float32 may round a probability to nothing.
LEAST = 1e-12
# How many counts what is known without a context stands for.
PRIOR = 10.0


@dataclass(frozen=True)
class Characters(AbstractTask):
    """x_t: the number of a character; y_t: that of the next, in a text of 65 distinct ones.

    There is no training before: a network starts from random weights and learns a stretch of
    the text, which begins where the seed says. Scored is its last sixth, each character before
    it is learnt from.

    Attributes:
        length: characters of the stretch.
    """

    measures: ClassVar[tuple[str, ...]] = ("cross-entropy, nats",)

    length: int = 30_000

    @property
    def files(self) -> tuple[str, ...]:
        return (FILE,)

    @property
    def loss(self) -> AbstractLoss:
        return CrossEntropy(SYMBOLS)

    @property
    def symbols(self) -> int:
        return SYMBOLS

    @property
    def about(self) -> str:
        return "characters of Shakespeare"

    def before(self, seed: int) -> Phase:
        nothing = np.zeros((0, 1), np.float32)
        return Phase(nothing, nothing)

    def after(self, seed: int) -> Phase:
        text = _text(data.folder() / FILE)
        start = np.random.default_rng(seed).integers(len(text) - self.length)
        numbers = text[start : start + self.length + 1].astype(np.float32)[:, None]
        return Phase(numbers[:-1], numbers[1:])

    def shrunk(self, factor: int) -> "Characters":
        return replace(self, length=self.length // factor)

    @property
    def opponents(self) -> Mapping[str, Callable[[int], np.ndarray]]:
        return {
            "unigram, online": lambda seed: self._counted(seed, False),
            "bigram, online": lambda seed: self._counted(seed, True),
        }

    def errors(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        scored = slice(len(y) - len(y) // 6, len(y))
        label = y[scored, 0].astype(int)
        given = prediction[scored][np.arange(len(label)), label].astype(np.float64)
        return np.array([-np.mean(np.log(np.maximum(given, LEAST)))])

    def _counted(self, seed: int, context: bool) -> np.ndarray:
        """The errors of how often each character came so far, (after the one before it)."""
        after = self.after(seed)
        alone, after_one = np.ones(SYMBOLS), np.zeros((SYMBOLS, SYMBOLS))
        predicted = np.empty((len(after.y), SYMBOLS))
        pairs = np.concatenate([after.x, after.y], axis=1).astype(int)
        for row, (x, y) in enumerate(pairs):
            share = alone / alone.sum()
            counts = after_one[x]
            predicted[row] = (counts + PRIOR * share) / (counts.sum() + PRIOR) if context else share
            alone[y] += 1
            after_one[x, y] += 1
        return self.errors(predicted, after.y)


@lru_cache(maxsize=1)
def _text(path: object) -> np.ndarray:
    """Each character's place among the distinct ones, in the order of their codes."""
    codes = np.fromfile(str(path), np.uint8)
    return np.unique(codes, return_inverse=True)[1]
