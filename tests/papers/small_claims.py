"""A claim and a task so small that a test can run them."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from papers.claim import AbstractClaim
from papers.comparison import compare
from papers.lab import Lab
from papers.regime import Fixed
from papers.result import Figure, Table, Verdict
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
