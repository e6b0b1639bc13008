"""A claim read in every draw of a world: in what share it holds, and what decides."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from papers.multiverse.deciding import deciding, leaves
from papers.multiverse.draw import Draw
from papers.result import Outcome

# Declared before the runs: a claim holds where it does so in this part of the protocols, and does
# not where it does so in the second part of them or fewer.
HOLDS, FAILS = 0.8, 0.2
# Of a normal variable, 95 % lie within.
Z = 1.96


@dataclass(frozen=True)
class Universe:
    """How a claim is read.

    Attributes:
        world: name of the world whose draws are read.
        rule: what has to be so in a draw, in a sentence.
        holds: judges a draw; None where that draw cannot tell.
        figure: the number that stands beside the paper's; NaN where a draw has none.
        paper: that number, or the two ends of its range; None where the paper gives none.
        unit: of the figure, for the axis.
    """

    world: str
    rule: str
    holds: Callable[[Draw], bool | None]
    figure: Callable[[Draw], float]
    paper: tuple[float, float] | None
    unit: str

    def read(self, draws: Sequence[Draw], points: Sequence[Draw]) -> dict[str, Any]:
        """What follows from the draws, as plain data.

        Args:
            draws: of the space.
            points: protocols that have a name; they do not count in the share.
        """
        live = [draw for draw in draws if not draw.hopeless]
        judged = [(draw, self.holds(draw)) for draw in live]
        told = [(draw, bool(held)) for draw, held in judged if held is not None]
        held = sum(one for _, one in told)
        share = held / len(told) if told else None
        protocols = [draw.protocol for draw, _ in told]
        outcomes = np.array([one for _, one in told], bool)
        return {
            "world": self.world,
            "rule": self.rule,
            "unit": self.unit,
            "paper": list(self.paper) if self.paper else None,
            "draws": len(draws),
            "hopeless": len(draws) - len(live),
            "undecided": len(live) - len(told),
            "held": held,
            "share": share,
            "interval": list(interval(held, len(told))) if told else None,
            "outcome": outcome(share),
            "factors": deciding(protocols, outcomes),
            "leaves": leaves(protocols, outcomes),
            "nearest": self._nearest(live),
            "curve": [self._entry(draw, one) for draw, one in told],
            "points": [
                self._entry(draw, None if draw.hopeless else self.holds(draw)) for draw in points
            ],
        }

    def _entry(self, draw: Draw, held: bool | None) -> list[Any]:
        """The draw's name, its figure, and whether the claim holds there."""
        figure = None if draw.hopeless else _number(self.figure(draw))
        return [draw.name, figure, None if held is None else bool(held)]

    def _nearest(self, draws: Sequence[Draw]) -> dict[str, Any] | None:
        """The draw whose figure lies nearest to the paper's, and how far off that is."""
        if self.paper is None:
            return None
        low, high = self.paper
        found = [(draw, float(self.figure(draw))) for draw in draws]
        far = [
            (max(low - figure, figure - high, 0.0), draw, figure)
            for draw, figure in found
            if math.isfinite(figure)
        ]
        if not far:
            return None
        distance, draw, figure = min(far, key=lambda one: one[0])
        return {
            "name": draw.name,
            "figure": _number(figure),
            "distance": _number(distance),
            "within": sum(off == 0 for off, _, _ in far),
            "protocol": dict(draw.protocol),
        }


def interval(held: int, of: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share. Wilson (1927), "Probable inference"."""
    share, penalty = held / of, Z * Z / of
    middle = (share + penalty / 2) / (1 + penalty)
    half = Z / (1 + penalty) * math.sqrt(share * (1 - share) / of + penalty / (4 * of))
    return max(0.0, middle - half), min(1.0, middle + half)


def outcome(share: float | None) -> Outcome | None:
    """The verdict that a share gives; None where no draw could tell."""
    if share is None:
        return None
    if share >= HOLDS:
        return "holds"
    return "does not hold" if share <= FAILS else "holds in a regime"


def _number(value: float) -> float | None:
    return float(f"{value:.4g}") if math.isfinite(value) else None
