"""Decoding where a monkey wants the cursor to go, while the recording is being tampered with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar

import numpy as np

from papers import baselines, data
from papers.tasks.base import AbstractTask, Phase
from papers.tasks.cortex import PENALTY, unexplained

FILE = "bci_instability_20160325/session.npz"
# Phases of the session. What comes after these is not used: the animal has lost control, and its
# target says no more where it wants to go.
TRAINED, ADAPTED, SCORED = (0, 1), (2, 3), (4,)
# From this bin of a trial on the cursor may move.
MOVING = 7


@dataclass(frozen=True)
class ClosedLoop(AbstractTask):
    """x_t: square roots of the counts of 75 channels in 45 ms; y_t: the direction to the target.

    The experimenters changed the counts that the decoder saw: ten channels replaced, offsets
    added, five silenced. A network learns the unchanged bins before, follows the changed ones of
    two phases, and is scored, frozen, on those of the third. Counts are standardised by the
    unchanged bins. Directions are unit vectors; there is none before the cursor may move.

    Attributes:
        share: only so large a part of the unchanged bins, their end, is used.
    """

    measures: ClassVar[tuple[str, ...]] = ("1 - R²", "1 - R², x", "1 - R², y")
    varied: ClassVar[bool] = False
    forgetting: ClassVar[float] = 0.9999

    share: float = 1.0

    @property
    def files(self) -> tuple[str, ...]:
        return (FILE,)

    @property
    def about(self) -> str:
        return "cortex, closed loop"

    def before(self, seed: int) -> Phase:
        return self._standardised(TRAINED)

    def after(self, seed: int) -> Phase:
        return self._standardised(ADAPTED + SCORED)

    def shrunk(self, factor: int) -> "ClosedLoop":
        return replace(self, share=self.share / factor)

    @property
    def frozen_from(self) -> int:
        return len(_bins(ADAPTED).x)

    @property
    def opponents(self) -> Mapping[str, Callable[[int], np.ndarray]]:
        return {
            "ridge, frozen": lambda seed: self._ridge(self.before(seed)),
            "ridge, refitted": lambda seed: self._ridge(self._standardised(ADAPTED)),
        }

    def errors(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        return unexplained(prediction, y)

    def _ridge(self, fitted: Phase) -> np.ndarray:
        scored = self._standardised(SCORED)
        return self.errors(baselines.ridge(fitted, scored, PENALTY), scored.y)

    def _standardised(self, phases: tuple[int, ...]) -> Phase:
        trained = _last(_bins(TRAINED), self.share)
        mean, spread = trained.x.mean(axis=0), trained.x.std(axis=0)
        found = trained if phases == TRAINED else _bins(phases)
        scaled = (found.x - mean) / np.where(spread > 0, spread, np.float32(1))
        return Phase(scaled, found.y)


def _last(phase: Phase, share: float) -> Phase:
    start = len(phase.x) - int(share * len(phase.x))
    return Phase(phase.x[start:], phase.y[start:])


@lru_cache(maxsize=4)
def _bins(phases: tuple[int, ...]) -> Phase:
    """Square-root counts as the decoder saw them, and directions, of the bins of some phases."""
    found = data.arrays(FILE)
    counts = found["counts"].astype(np.float32)
    seen = counts[:, found["perturb_source_channel"] - 1] + found["perturb_offset"]
    seen[:, found["perturb_silenced"]] = 0
    counts = np.where(found["perturbed"][:, None], seen, counts)[:, found["base_channels"] - 1]
    away = found["target"] - found["cursor_start"]
    distance = np.linalg.norm(away, axis=1, keepdims=True)
    moving = (found["bin_in_trial"] >= MOVING)[:, None] & (distance > 0)
    direction = np.where(moving, away / np.where(distance > 0, distance, 1), np.nan)
    # The baseline was recorded again at the end, after everything else.
    rows = np.isin(found["phase"], phases)
    rows[np.flatnonzero(found["phase"] == SCORED[-1])[-1] + 1 :] = False
    x = np.sqrt(np.maximum(counts, 0))
    return Phase(x[rows].astype(np.float32), direction[rows].astype(np.float32))
