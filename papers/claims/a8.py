"""A8: a transformer adapts through some of its attention heads."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from papers.claim import AbstractClaim, held_in
from papers.comparison import RECOVERY, compare, judged
from papers.lab import Lab
from papers.multiverse.draw import Draw
from papers.multiverse.universe import Universe
from papers.regime import FIXED, Tuned
from papers.result import Figure, Row, Table, Verdict, shown
from papers.setting import FROZEN, Method, Setting
from papers.tasks import CrowdedRecall, DelayedRecall, SineShift

DENSE, HALF, THIRD, NO_HEAD = (
    Method(f"head-sparse:fraction={fraction}", "adam") for fraction in (1, 0.5, 0.33, 0)
)
# Six heads, so that a half and a third of them are whole numbers.
HEADS = (("heads", 6),)
AHEAD = Setting(SineShift(horizon=10), "windowed-transformer", 96, options=HEADS)
RECALL = Setting(DelayedRecall(), "windowed-transformer", 96, options=HEADS)
CROWDED = Setting(CrowdedRecall(), "windowed-transformer", 24, options=HEADS)
TUNED = Tuned(SineShift(horizon=10, shifted=0.065))
BORDER = 90.0
REGIMES = ("sine, fixed rate", "sine, tuned", "delayed recall, fixed rate", "one in many channels")


def _parts_beat_all(draw: Draw) -> bool | None:
    """Whether half of the heads beat all of them, and a third does as well."""
    if draw.level(NO_HEAD, DENSE):
        return None
    if not np.isfinite(draw[DENSE]).all():
        return bool(np.isfinite([draw[HALF], draw[THIRD]]).all())
    ahead, gain = draw[DENSE] - draw[HALF], np.mean(draw[FROZEN] - draw[DENSE])
    least = max(0.01 * gain, 2 * ahead.std(ddof=1) / np.sqrt(len(ahead)))
    third = draw.level(THIRD, DENSE) or draw[THIRD].mean() < draw[DENSE].mean()
    return bool(ahead.mean() > least and third)


@dataclass(frozen=True)
class A8(AbstractClaim):
    """Judged in each table that can tell, where credit through no head recovers less than nine
    tenths: half of the heads recover more than 100 %, by more than a point and than two standard
    errors over the seeds, and a third at least nine tenths."""

    id: ClassVar[str] = "A8"
    statement: ClassVar[str] = "Credit through half of the heads beats credit through all of them"
    paper: ClassVar[str] = "more than 100 % at a half, about 100 % at a third"
    notes: ClassVar[tuple[str, ...]] = (
        "The paper's transformer is not known; ours is one block over the last 16 samples, whose "
        "state are its cached keys and values. Credit through them is all that heads can drop.",
        "100 % is credit through all heads, which is exact.",
        "On a sine and on delayed recall credit through no head at all recovers everything: any "
        "stored numbers will do, and what reads them has a way round the state. Which part of the "
        "heads has credit cannot show there. To tell one channel of many, some samples back, the "
        "heads must learn what to store, and without credit through them nothing is learnt.",
    )

    ahead: Setting = AHEAD
    tuned: Tuned = TUNED
    recall: Setting = RECALL
    crowded: Setting = CROWDED

    universes: ClassVar[tuple[Universe, ...]] = (
        Universe(
            "transformer",
            "credit through half of the heads ends below credit through all, by more than a "
            "hundredth of what that gains and than two standard errors over the seeds, and credit "
            "through a third is level with all or below; a draw in which credit through no head "
            "is level with all cannot tell",
            _parts_beat_all,
            lambda draw: draw.recovery(HALF, DENSE),
            (100.0, 130.0),
            "recovery through half of the heads, %",
        ),
    )

    def measure(self, lab: Lab) -> tuple[Table, ...]:
        methods = (HALF, THIRD, NO_HEAD)
        return (
            compare(lab, self.ahead, methods, FIXED, exact=DENSE),
            compare(lab, self.ahead, methods, self.tuned, exact=DENSE),
            compare(lab, self.recall, methods, FIXED, exact=DENSE),
            compare(lab, self.crowded, methods, FIXED, exact=DENSE),
        )

    def judge(self, tables: tuple[Table, ...]) -> Verdict:
        told, telling = [], {}
        for name, table in zip(REGIMES, tables, strict=True):
            rows = [judged(table, method.name) for method in (HALF, THIRD, NO_HEAD)]
            told.append(f"{name} {' / '.join(shown(row, digits=1) for row in rows)}")
            if rows[2].mean() < BORDER:
                telling[name] = rows[:2]
        reason = "a half / a third / none of the heads recover, in %: " + "; ".join(told)
        blind = [name for name in REGIMES if name not in telling]
        if blind:
            reason += f". Cannot tell, for none of the heads does as well: {', '.join(blind)}"
        if not telling:
            return Verdict("does not hold", "no task of ours can tell", reason)
        last = list(telling.values())[-1]
        half, third = (shown(row, digits=1) for row in last)
        return held_in(
            [_beats(half) and third.mean() >= BORDER for half, third in telling.values()],
            list(telling),
            ours=f"{half} % at a half, {third} % at a third",
            reason=reason,
        )

    def figure(self, tables: tuple[Table, ...]) -> Figure:
        return Figure(
            "bars",
            "Recovery of a transformer through a part of its heads",
            ylabel=RECOVERY,
            tables=(0, 3),
            column=1,
            reference=100.0,
        )


def _beats(row: Row) -> bool:
    """Whether the mean recovery is above 100 % by more than a point and two standard errors."""
    return row.mean() - 100 > max(1.0, 2 * row.std() / np.sqrt(len(row.values[0])))
