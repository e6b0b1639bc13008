"""A transformer that adapts through a part of its attention heads, on tasks of three kinds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from papers.multiverse.factors import (
    PLASTIC,
    PRETRAINING,
    RATE,
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
from papers.tasks import CrowdedRecall, DelayedRecall, SineShift
from papers.tasks.base import Phase

TASK, SCALE = "task", "input scale"
# How far ahead the labels of a task lie, or how long ago.
AHEAD = {"sine, 10 ahead": 10, "sine, 1 ahead": 1}
RECALLS = {"recall, 4 ago": 4, "recall, 12 ago": 12}
NEEDLES = {"needle, 2 ago": 2, "needle, 8 ago": 8}
# Units of a block that looks for a needle, and features, twice what its heads hold of a sample.
NARROW, FEATURES = 12, 24
# A needle is learnt from nothing, and takes so many times as long as following a shift.
LONGER = 5
# So that a half and a third are whole numbers.
HEAD_COUNT = 6
EMPTY = Phase(np.empty((0, 1), np.float32), np.empty((0, 1), np.float32))


@dataclass(frozen=True)
class TransformerWorld(AdaptationWorld):
    """One block over the last 16 samples.

    A sine whose frequency shifts, after pre-training; or, learnt from nothing, a sign of some
    samples ago, which is the only feature (recall) or one of 24 (needle). An untrained block holds
    an only feature whole, so that no credit has to reach what it caches. One of 12 units holds too
    little of 24: what it caches has to be learnt. Without those tasks nothing could fail.
    """

    name: ClassVar[str] = "transformer"
    cell: ClassVar[str] = "windowed-transformer"
    # More than elsewhere: where no head is level with all of them, a draw cannot tell.
    draws: int = 340
    methods: ClassVar[tuple[Method, ...]] = (FROZEN, ALONE, *HEADS.values())

    @property
    def space(self) -> Space:
        return Space(
            self.name,
            (
                Factor(TASK, (*AHEAD, *RECALLS, *(4 * tuple(NEEDLES)))),
                READOUTS,
                Factor(PRETRAINING, ("head-sparse:fraction=1", "immediate")),
                *(factor for factor in TRAINING if factor.name != PRETRAINING),
                Factor(SCALE, (1.0, 0.5, 2.0)),
                # At 1e-2 a block is worse than a frozen one, and at 1e-4 it hardly moves.
                Factor(RATE, (1e-3, 3e-4, 3e-3)),
                Factor(WINDOW, (300, 1000, 3000)),
                Factor(SCORE, SCORES),
                Factor(PLASTIC, ("all", "all", "recurrent")),
                Factor(SIZE, (96, 48, 48, 48)),
            ),
        )

    @property
    def points(self) -> Mapping[str, Protocol]:
        recall = {TASK: "recall, 4 ago", WINDOW: 3000, SCORE: "last third"}
        return {
            "sine, 10 ahead": {},
            "delayed recall": recall,
            "needle": {TASK: "needle, 2 ago", WINDOW: 1000, RATE: 3e-3, SCORE: "last third"},
        }

    def shape(self, protocol: Protocol, stretches: Stretches) -> Shape:
        wide = max(NARROW, protocol[SIZE] // self.factor // HEAD_COUNT * HEAD_COUNT)
        size = NARROW if protocol[TASK] in NEEDLES else wide
        features, targets = stretches.after.x.shape[1], stretches.after.y.shape[1]
        return Shape(self.cell, size, features, targets, options=(("heads", HEAD_COUNT),))

    def stretches(self, protocol: Protocol, seed: int) -> Stretches:
        samples = self.rows(protocol[SAMPLES])
        window = self.rows(protocol[WINDOW])
        task = protocol[TASK]
        window *= LONGER if task in NEEDLES else 1
        rows = window + AFTERWARDS
        before = EMPTY
        if task in AHEAD:
            sine = SineShift(AHEAD[task], pretraining=samples, adaptation=rows)
            before, after = sine.before(seed), sine.after(seed)
        elif task in RECALLS:
            after = DelayedRecall(RECALLS[task], adaptation=rows).after(seed)
        else:
            after = CrowdedRecall(NEEDLES[task], FEATURES, rows).after(seed)
        before, after = (Phase(one.x * protocol[SCALE], one.y) for one in (before, after))
        return Stretches(
            before,
            Phase(after.x[:window], after.y[:window]),
            Phase(after.x[window:], after.y[window:]),
        )

    def cost(self, protocol: Protocol) -> float:
        trained = protocol[SAMPLES] / 4 if protocol[TASK] in AHEAD else 0
        row = 5e-4 * LONGER if protocol[TASK] in NEEDLES else 2.5e-5 * protocol[SIZE]
        return (protocol[WINDOW] + trained) * row
