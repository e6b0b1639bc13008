"""B7: without any Jacobian a network follows a change of the recorded neurons best."""

from dataclasses import dataclass
from typing import ClassVar

from papers import cross_session, data
from papers.claim import AbstractClaim, held_in
from papers.cross_session import (
    IMMEDIATE,
    PLAIN,
    REGIMES,
    RIDGE,
    SESSIONS,
    SHARED,
    SPARSE,
    CrossSession,
    explained,
    recovered,
)
from papers.lab import Lab
from papers.multiverse import methods
from papers.multiverse.universe import Universe
from papers.result import Figure, Table, Verdict
from papers.setting import EXACT

JACOBIANS = (EXACT, SPARSE, SHARED)


@dataclass(frozen=True)
class B7(AbstractClaim):
    """Judged in each table: the mean error of immediate derivatives with RMSprop is below that
    of exact RTRL and of both kinds of sparse RTRL."""

    id: ClassVar[str] = "B7"
    statement: ClassVar[str] = (
        "Decoding across sessions, immediate derivatives with RMSprop exceed every method that "
        "propagates by the Jacobian"
    )
    paper: ClassVar[str] = "106 %"
    notes: ClassVar[tuple[str, ...]] = cross_session.NOTES

    sessions: CrossSession = SESSIONS

    universes: ClassVar[tuple[Universe, ...]] = (
        Universe(
            "cortex",
            "the mean error of immediate derivatives with RMSprop is below that of exact RTRL and "
            "of both kinds of sparse RTRL, these with Adam",
            lambda draw: all(
                draw[methods.NONE_RMSPROP].mean() < draw[one].mean() for one in JACOBIANS
            ),
            lambda draw: draw.recovery(methods.NONE_RMSPROP),
            (106.0, 106.0),
            "recovery by immediate derivatives, RMSprop, %",
        ),
    )

    def missing(self) -> str | None:
        return data.missing(self.sessions.files)

    def measure(self, lab: Lab) -> tuple[Table, ...]:
        return self.sessions.tables(lab)

    def judge(self, tables: tuple[Table, ...]) -> Verdict:
        found = [recovered(table, IMMEDIATE) for table in tables]
        sparse, plain = (
            ", ".join(recovered(table, one)[1] for table in tables) for one in (SPARSE, PLAIN)
        )
        held = [
            all(table[IMMEDIATE.name].mean() < table[one.name].mean() for one in JACOBIANS)
            for table in tables
        ]
        return held_in(
            held,
            REGIMES,
            ours=f"{found[1][1]} %",
            reason=f"Immediate with RMSprop recovers {', '.join(text for _, text in found)} % of "
            f"exact RTRL's gain, k = 4 {sparse} %, immediate with SGD {plain} %; tuned, its R² is "
            f"{explained(tables[1], IMMEDIATE.name)}, that of ridge refitted on the same day "
            f"{explained(tables[1], RIDGE)}",
        )

    def figure(self, tables: tuple[Table, ...]) -> Figure:
        return cross_session.drawn(106.0)
