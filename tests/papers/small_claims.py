"""A claim and a task so small that a test can run them."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

import jax
import numpy as np

from papers.adaptation import make_learner
from papers.claim import AbstractClaim
from papers.comparison import compare
from papers.lab import Lab
from papers.regime import Fixed
from papers.result import Figure, Row, Table, Verdict
from papers.setting import EXACT, Method, Setting
from papers.tasks import SineShift

IMMEDIATE = Method("immediate", "adam")
SMALL = Setting(SineShift(pretraining=40, adaptation=30), size=4)


@dataclass(frozen=True)
class FrozenTail(SineShift):
    """The same, scored on the last third, in which nothing learns."""

    @property
    def frozen_from(self) -> int:
        return 2 * self.adaptation // 3


@dataclass(frozen=True)
class Small(AbstractClaim):
    """A claim about one method."""

    id: ClassVar[str] = "S1"
    statement: ClassVar[str] = "A small network | follows"
    paper: ClassVar[str] = "50 %"
    notes: ClassVar[tuple[str, ...]] = ("Nothing to add.",)
    setting: Setting = SMALL
    rate: float = 1e-2

    def measure(self, lab: Lab) -> tuple[Table, ...]:
        return (compare(lab, self.setting, [IMMEDIATE], Fixed(self.rate), exact=EXACT),)

    def judge(self, tables: tuple[Table, ...]) -> Verdict:
        mean = tables[0][IMMEDIATE.name].mean(1)
        return Verdict(
            "holds" if np.isfinite(mean) else "does not hold", f"{mean:.0f} %", "so it is"
        )

    def figure(self, tables: tuple[Table, ...]) -> Figure:
        return Figure("bars", "Small", column=1, reference=50.0)


def laboratory(folder: Path, seeds: int = 2, factor: int = 1) -> Lab:
    return Lab(folder, seeds, factor, threads=1)


def tail() -> Setting:
    return replace(SMALL, task=FrozenTail(pretraining=40, adaptation=30))


@lru_cache
def possible(setting: Setting, rule: str) -> bool:
    """Whether a learner can be made; traced, which spares its arrays."""
    made = []

    def make() -> None:
        made.append(make_learner(setting, Method(rule), 0))

    jax.eval_shape(make)
    return bool(made)


def pretended(
    setting: Setting, method: Method, rates: Sequence[float], seeds: tuple[int, ...], threads: int
) -> np.ndarray:
    """In place of `sweep`: errors drawn by lot, for a learner that can be made."""
    del threads
    assert possible(replace(setting, task=SineShift()), method.rule)

    def lot(rate: float, seed: int) -> np.ndarray:
        drawn = zlib.crc32(repr((setting, method, rate, seed)).encode())
        errors = np.random.default_rng(drawn).uniform(0.2, 0.9, len(setting.task.measures))
        # So that there is something to gain.
        return errors + (method.rule == "frozen")

    return np.array([[lot(rate, seed) for seed in seeds] for rate in rates])


SEEDS, FACTOR = 2, 16
# Errors with which each correction fails alone: exact credit's is 0, the frozen network's 1.
APART = {
    "rtrl + adam": 0.0,
    "eligibility-trace:decay=0.95 + sgd": 1.0,
    "immediate + sgd": 0.8,
    "immediate + momentum": 0.8,
    "eligibility-trace:decay=0.95 + adam": 3.0,
    "immediate + adam": 0.05,
    "immediate + rmsprop-corrected": 0.05,
    "immediate + rmsprop": 0.05,
}


class Pretending(Lab):
    """A lab in which every method has the error that it is said to have."""

    def __init__(self, folder: Path, said: dict[str, float]):
        super().__init__(folder, SEEDS, FACTOR, threads=1)
        self.said = said

    def sweep(
        self, setting: Setting, method: Method, rates: Sequence[float], first_seed: int = 0
    ) -> np.ndarray:
        del setting, first_seed
        name = method.name.removesuffix(", readout held")
        errors = [1.0 if rate == 0 else self.said.get(name, 0.5) for rate in rates]
        return np.tile(np.array(errors)[:, None, None], (1, SEEDS, 1))


def recoveries(found: dict[str, float]) -> Table:
    """A table of methods with their recoveries."""
    return Table("", ("", ""), tuple(Row.of(name, [1.0], [one]) for name, one in found.items()))
