"""A transformer that adapts through a part of its attention heads, on tasks of three kinds."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from papers.multiverse.factors import (
    PLASTIC,
    PRETRAINING,
    RATES,
    READOUTS,
    SAMPLES,
    SCORE,
    SCORES,
    SIZE,
    TRAINING,
    WINDOW,
)
from papers.multiverse.methods import ALONE, HEADS
from papers.multiverse.network import Shape
from papers.multiverse.space import Factor, Protocol, Space
from papers.multiverse.world import AFTERWARDS, AdaptationWorld, Stretches
from papers.setting import FROZEN, Method
from papers.tasks import DelayedRecall, SineShift
from papers.tasks.base import Phase

TASK, SCALE = "task", "input scale"
# Ages that the labels of a task have; a needle is one feature of many.
RECALLS = {"recall, 4 ago": 4, "recall, 12 ago": 12}
NEEDLES = {"needle, 2 ago": 2, "needle, 8 ago": 8}
AHEAD = {"sine, 10 ahead": 10, "sine, 1 ahead": 1}
# More than the numbers that the heads can hold of a sample.
FEATURES = 128
# So that a half and a third are whole numbers.
COUNT = 6
EMPTY = Phase(np.empty((0, 1), np.float32), np.empty((0, 1), np.float32))


class TransformerWorld(AdaptationWorld):
    """One block over the last 16 samples.

    A sine whose frequency shifts, after pre-training; or, learnt from nothing, to repeat a sign of
    some samples ago, which is the only feature or one of 128 (a needle). An untrained block holds
    the only feature whole. Of 128 it holds fewer numbers than there are, so that what it caches
    of a sample has to be learnt, through credit that reaches back.
    """

    name: ClassVar[str] = "transformer"
    cell: ClassVar[str] = "windowed-transformer"
    methods: ClassVar[tuple[Method, ...]] = (FROZEN, ALONE, *HEADS.values())

    @property
    def space(self) -> Space:
        return Space(
            self.name,
            (
                Factor(TASK, (*AHEAD, *RECALLS, *NEEDLES)),
                READOUTS,
                Factor(PRETRAINING, ("head-sparse:fraction=1", "immediate")),
                *(factor for factor in TRAINING if factor.name != PRETRAINING),
                Factor(SCALE, (1.0, 0.5, 2.0)),
                RATES,
                Factor(WINDOW, (300, 1000, 3000)),
                Factor(SCORE, SCORES),
                Factor(PLASTIC, ("all", "recurrent")),
                Factor(SIZE, (96, 48)),
            ),
        )

    @property
    def points(self) -> Mapping[str, Protocol]:
        recall = {TASK: "recall, 4 ago", WINDOW: 3000, SCORE: "last third"}
        return {
            "sine, 10 ahead": {},
            "delayed recall": recall,
            "needle": recall | {TASK: "needle, 2 ago"},
        }

    def shape(self, protocol: Protocol, stretches: Stretches) -> Shape:
        size = COUNT * max(2, protocol[SIZE] // self.factor // COUNT)
        features, targets = stretches.after.x.shape[1], stretches.after.y.shape[1]
        return Shape(self.cell, size, features, targets, options=(("heads", COUNT),))

    def stretches(self, protocol: Protocol, seed: int) -> Stretches:
        samples = max(100, protocol[SAMPLES] // self.factor)
        window = max(60, protocol[WINDOW] // self.factor)
        task, rows = protocol[TASK], window + AFTERWARDS
        before = EMPTY
        if task in AHEAD:
            sine = SineShift(AHEAD[task], pretraining=samples, adaptation=rows)
            before, after = sine.before(seed), sine.after(seed)
        elif task in RECALLS:
            after = DelayedRecall(RECALLS[task], adaptation=rows).after(seed)
        else:
            after = needle(NEEDLES[task], rows, seed)
        before, after = (Phase(one.x * protocol[SCALE], one.y) for one in (before, after))
        return Stretches(
            before,
            Phase(after.x[:window], after.y[:window]),
            Phase(after.x[window:], after.y[window:]),
        )

    def cost(self, protocol: Protocol) -> float:
        return 1.0


def needle(delay: int, rows: int, seed: int) -> Phase:
    """Fair signs, shape (rows, `FEATURES`); the label is the first of them `delay` samples ago."""
    signs = 2 * np.random.default_rng(seed).integers(0, 2, (rows + delay, FEATURES)) - 1
    signs = signs.astype(np.float32)
    return Phase(signs[delay:], signs[:rows, :1])
