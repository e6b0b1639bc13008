"""Claims whose tables are named points of worlds, judged as every other draw of them is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from papers.claim import AbstractClaim, held_in
from papers.lab import Lab
from papers.multiverse.space import Protocol
from papers.multiverse.tables import as_draw, table
from papers.multiverse.worlds import WORLDS
from papers.result import Table, Verdict
from papers.setting import Method


@dataclass(frozen=True)
class AbstractPointClaim(AbstractClaim):
    """Judged at each named point by the rules of its universes in that world; a point that cannot
    tell counts in none.

    A child says its points in its fields, and what it reads of them.

    Attributes:
        points: pairs of a world and the name of a point there.
        methods: rows of the tables.
        numbers: further columns, by the names of what a world measures.
    """

    methods: ClassVar[tuple[Method, ...]]
    numbers: ClassVar[tuple[str, ...]] = ()

    points: tuple[tuple[str, str], ...]

    def missing(self) -> str | None:
        return next(filter(None, (WORLDS[world].missing() for world, _ in self.points)), None)

    def protocol(self) -> dict[str, Any]:
        every = [dict(_protocol(world, point)) for world, point in self.points]
        return {**super().protocol(), "protocols": every}

    def measure(self, lab: Lab) -> tuple[Table, ...]:
        worlds = {world: lab.world(world).points for world, _ in self.points}
        return tuple(
            table(f"{world}: {point}", worlds[world][point], self.methods, self.numbers)
            for world, point in self.points
        )

    def judge(self, tables: tuple[Table, ...]) -> Verdict:
        held, regimes, figures = self._told(tables)
        if not held:
            return Verdict("does not hold", "–", "no named point could tell")
        return held_in(held, regimes, ours=figures[0], reason="; ".join(_joined(regimes, figures)))

    def _told(self, tables: tuple[Table, ...]) -> tuple[list[bool], list[str], list[str]]:
        """Of each universe at each point that can tell: whether it holds, its name, its figure."""
        held, regimes, figures = [], [], []
        for (world, point), found in zip(self.points, tables, strict=True):
            draw = as_draw(found, _protocol(world, point))
            for universe in self.universes:
                if universe.world != world or draw.hopeless:
                    continue
                one = universe.holds(draw)
                if one is not None:
                    held.append(bool(one))
                    regimes.append(f"{universe.unit} ({world}: {point})")
                    figures.append(f"{universe.figure(draw):.3g}")
        return held, regimes, figures


def _protocol(world: str, point: str) -> Protocol:
    return WORLDS[world].space.point(WORLDS[world].points[point])


def _joined(regimes: Sequence[str], figures: Sequence[str]) -> list[str]:
    return [f"{regime}: {figure}" for regime, figure in zip(regimes, figures, strict=True)]
