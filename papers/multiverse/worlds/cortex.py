"""A decoder of a monkey's motor cortex months after its training, and one that no month has passed
for."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np

from papers import data
from papers.multiverse.factors import (
    INPUTS,
    PLAIN,
    PLASTIC,
    PRECISION,
    PRETRAINING,
    RATE,
    READOUT,
    SAMPLES,
    SCORE,
    SIZE,
    START,
    TRAINING,
    WEIGHTS,
    WINDOW,
)
from papers.multiverse.methods import (
    CONTROLS,
    EXACT_LARS,
    EXACT_RMSPROP,
    EXACT_SGD,
    NONE,
    NONE_ADAFACTOR,
    NONE_LARS,
    NONE_RMSPROP,
    NONE_SGD,
    SHARED,
    SLOW_SGD,
    SPARSE,
)
from papers.multiverse.space import Factor, Protocol, Space
from papers.multiverse.world import AdaptationWorld, Stretches
from papers.multiverse.worlds.splitting import SplittingWorld
from papers.setting import EXACT, FROZEN, Method
from papers.tasks import CortexShift
from papers.tasks.base import Phase
from papers.tasks.cortex import ROWS, unexplained

TEST, MOMENTS = "test day", "counts standardised by"
SCALE, RELATIVE = "input scale", "LARS and Adafactor rate by"
DAYS = ("2012-10-18", "2012-09-04", "2012-09-05", "2012-09-10", "2012-09-12")
OWN_MOMENTS = "the test day"
# Rows at the head of a test day that its own moments are taken from; nothing learns there.
HEAD = 1000
# Rows on which what was learnt is scored afterwards: 50 s, about ten reaches.
LATER = 1000
# Four optimizers, with the past's credit and without.
EXACTS = (EXACT, EXACT_SGD, EXACT_RMSPROP, EXACT_LARS)
PRESENTS = (NONE, NONE_SGD, NONE_RMSPROP, NONE_LARS)
TASK = CortexShift()


# All but the test day.
FACTORS = (
    *START,
    *(factor for factor in TRAINING if factor.name != SAMPLES),
    Factor(SAMPLES, (6000, 3000)),
    Factor(MOMENTS, ("the days of training", OWN_MOMENTS)),
    Factor(SCALE, (1.0, 0.5, 0.25)),
    Factor(RATE, (1e-3, 3e-4, 3e-3)),
    Factor(PLAIN, (1, 10, 100)),
    Factor(RELATIVE, (1, 0.1, 10)),
    Factor(WINDOW, (2000, 1000, 500)),
    Factor(SCORE, ("frozen afterwards", "whole window", "last third")),
    Factor(PLASTIC, ("all", "recurrent")),
    Factor(SIZE, (32, *[16] * 7)),
    Factor(PRECISION, ("float64", "float32", "float32")),
)
# Of the points, all with the first value of what they do not say.
DOUBLE, SINGLE, WHOLE, ROTATED = (
    "float64",
    "float32",
    "float64, whole window",
    "float64, orthogonal start",
)
POINTS: Mapping[str, Protocol] = {
    DOUBLE: {},
    SINGLE: {PRECISION: "float32"},
    WHOLE: {SCORE: "whole window"},
    ROTATED: {
        WEIGHTS: "orthogonal 1",
        INPUTS: "small",
        READOUT: "small",
        PRETRAINING: "immediate",
    },
}


@dataclass(frozen=True)
class CortexWorld(AdaptationWorld):
    """x_t: square-root counts in 50 ms, y_t: the cursor's velocity then; see `CortexShift`.

    A network learns the first part of three days of July in a row, then follows a day months later.
    The error is 1 - R², the mean over both axes. Ninety-six electrodes make exact credit dear, so
    networks have 32 units at most.
    """

    name: ClassVar[str] = "cortex"
    methods: ClassVar[tuple[Method, ...]] = (
        *CONTROLS,
        *(SPARSE, SHARED, NONE, NONE_SGD, NONE_RMSPROP, NONE_ADAFACTOR, SLOW_SGD),
    )
    # Seconds of a row with all methods, 16 units in float32.
    pace: ClassVar[float] = 1e-4
    seeds: int = 20

    @property
    def space(self) -> Space:
        """Of every world here but for the last factor, so that their draws are the same."""
        return Space(CortexWorld.name, (*FACTORS, Factor(TEST, DAYS)))

    @property
    def points(self) -> Mapping[str, Protocol]:
        return POINTS

    def missing(self) -> str | None:
        return data.missing([name for day in DAYS for name in CortexShift(test=day).files])

    def stretches(self, protocol: Protocol, seed: int) -> Stretches:
        samples = self.rows(protocol[SAMPLES])
        window = self.rows(protocol[WINDOW])
        before = _training(samples)
        head, met = self.met(protocol, samples, window + LATER)
        mean, spread = np.float32(0), np.float32(1)
        if protocol[MOMENTS] == OWN_MOMENTS:
            mean, spread = head.mean(axis=0), head.std(axis=0)
            spread = np.where(spread > 0, spread, np.float32(1))
        scale = np.float32(protocol[SCALE])
        x = (met.x - mean) / spread * scale
        return Stretches(
            Phase(before.x * scale, before.y),
            Phase(x[:window], met.y[:window]),
            Phase(x[window:], met.y[window:]),
        )

    def met(self, protocol: Protocol, samples: int, rows: int) -> tuple[np.ndarray, Phase]:
        """The features of the head of the test, and the rows after it."""
        day = _tested(protocol[TEST])
        after = slice(HEAD, HEAD + rows)
        return day.x[:HEAD], Phase(day.x[after], day.y[after])

    def error(self, prediction: np.ndarray, y: np.ndarray) -> float:
        return float(unexplained(prediction, y)[0])

    def rates(self, protocol: Protocol, method: Method) -> tuple[float, float]:
        cell, readout = super().rates(protocol, method)
        by = protocol[RELATIVE] if method.optimizer in ("lars", "adafactor") else 1
        return cell * by, readout * by

    def cost(self, protocol: Protocol) -> float:
        precise = 1.6 if protocol[PRECISION] == "float64" else 1.0
        seconds = 0.15 + self.pace * protocol[WINDOW]
        return self.seeds * seconds * precise * (protocol[SIZE] / 16) ** 1.8


@dataclass(frozen=True)
class CortexGradientsWorld(SplittingWorld, CortexWorld):
    """The same under four optimizers with fewer seeds: how the gradient splits after the shift, and
    how far each optimizer moves which weights."""

    name: ClassVar[str] = "cortex-gradients"
    split: ClassVar[tuple[Method, ...]] = (*EXACTS, *PRESENTS)
    methods: ClassVar[tuple[Method, ...]] = (*CONTROLS, *EXACTS[1:], *PRESENTS)
    pace: ClassVar[float] = 2e-4
    seeds: int = 5


@dataclass(frozen=True)
class StationaryWorld(CortexGradientsWorld):
    """The same without a shift: the last day of training goes on where the training left it. The
    methods are those whose gradients are split."""

    name: ClassVar[str] = "cortex-stationary"
    methods: ClassVar[tuple[Method, ...]] = (FROZEN, *EXACTS)
    pace: ClassVar[float] = 1.2e-4

    @property
    def space(self) -> Space:
        return Space(CortexWorld.name, FACTORS)

    def met(self, protocol: Protocol, samples: int, rows: int) -> tuple[np.ndarray, Phase]:
        begin = (len(TASK.train) - 1) * ROWS + samples // len(TASK.train)
        whole, middle = TASK.before(0), begin + HEAD
        after = slice(middle, middle + rows)
        return whole.x[begin:middle], Phase(whole.x[after], whole.y[after])


@lru_cache(maxsize=4)
def _training(samples: int) -> Phase:
    """The first rows of each day of training, so many in all."""
    each = samples // len(TASK.train)
    days = [slice(day * ROWS, day * ROWS + each) for day in range(len(TASK.train))]
    whole = TASK.before(0)
    return Phase(*(np.concatenate([part[day] for day in days]) for part in whole))


@lru_cache(maxsize=len(DAYS))
def _tested(day: str) -> Phase:
    return CortexShift(test=day).after(0)
