"""A transformer that adapts through a part of its attention heads, on tasks of three kinds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from papers.multiverse.factors import (
    PLASTIC,
    PRETRAINING,
    RATE,
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
# How far ahead the labels of a task lie, or how long ago.
AHEAD = {"sine, 10 ahead": 10, "sine, 1 ahead": 1}
RECALLS = {"recall, 4 ago": 4, "recall, 12 ago": 12}
NEEDLES = {"needle, 2 ago": 2, "needle, 8 ago": 8}
# Units of a block that looks for a needle, and features, twice what its heads hold of a sample.
NARROW, FEATURES = 12, 24
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
    draws: int = 300
    methods: ClassVar[tuple[Method, ...]] = (FROZEN, ALONE, *HEADS.values())

    @property
    def space(self) -> Space:
        return Space(
            self.name,
            (
                Factor(TASK, (*AHEAD, *RECALLS, *NEEDLES, *NEEDLES)),
                READOUTS,
                Factor(PRETRAINING, ("head-sparse:fraction=1", "immediate")),
                *(factor for factor in TRAINING if factor.name != PRETRAINING),
                Factor(SCALE, (1.0, 0.5, 2.0)),
                RATES,
                Factor(WINDOW, (300, 1000, 3000, 3000)),
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
            "needle": recall | {TASK: "needle, 2 ago", RATE: 3e-3},
        }

    def shape(self, protocol: Protocol, stretches: Stretches) -> Shape:
        wide = max(NARROW, protocol[SIZE] // self.factor // HEAD_COUNT * HEAD_COUNT)
        size = NARROW if protocol[TASK] in NEEDLES else wide
        features, targets = stretches.after.x.shape[1], stretches.after.y.shape[1]
        return Shape(self.cell, size, features, targets, options=(("heads", HEAD_COUNT),))

    def stretches(self, protocol: Protocol, seed: int) -> Stretches:
        samples = self.rows(protocol[SAMPLES])
        window = self.rows(protocol[WINDOW])
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
        trained = protocol[SAMPLES] / 4 if protocol[TASK] in AHEAD else 0
        return (protocol[WINDOW] + trained) * (1e-3 if protocol[TASK] in NEEDLES else 2.5e-3)


def needle(delay: int, rows: int, seed: int) -> Phase:
    """Fair signs, shape (rows, `FEATURES`); the label is the first of them `delay` samples ago."""
    signs = 2 * np.random.default_rng(seed).integers(0, 2, (rows + delay, FEATURES)) - 1
    signs = signs.astype(np.float32)
    return Phase(signs[delay:], signs[:rows, :1])
