"""A specification curve: a claim's figure in every protocol, in order, over what each has chosen.

Simonsohn, Simmons and Nelson (2020), "Specification curve analysis".
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from onward.report.figures.theme import PALETTE, save, shorten
from papers.multiverse.study import Measured

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Factors below the curve, and the part of the figures that must be seen.
FACTORS, SEEN = 6, (3, 97)
HELD, NOT, POINT = PALETTE["learner"], PALETTE["frozen"], PALETTE["ink"]


def curve_figure(path: Path, title: str, reading: Mapping[str, Any], world: Measured) -> None:
    """Draw a reading as PNG and SVG.

    Args:
        path: of the image, whose suffix is replaced.
        title: above it.
        reading: of a claim, see `Universe.read`.
        world: whose draws were read.
    """
    factors = reading["factors"][:FACTORS]
    rows = [(factor["name"], value) for factor in factors for value in factor["shares"]]
    curve = [one for one in reading["curve"] if one[1] is not None]
    curve.sort(key=lambda one: one[1])
    protocols = {draw.name: draw.protocol for draw in world.draws}

    def plot(above: "Axes", below: "Axes") -> None:
        _figures(above, curve, reading)
        above.set_title(title)
        _choices(below, rows, curve, protocols)

    heights = (2.6, 0.5 + 0.155 * len(rows))
    for suffix in (".png", ".svg"):
        save(path.with_suffix(suffix), (7.2, sum(heights)), 1, plot, 2, heights)


def _figures(axes: "Axes", curve: list[Any], reading: Mapping[str, Any]) -> None:
    values = np.array([one[1] for one in curve], float)
    points = [one for one in reading["points"] if one[1] is not None]
    low, high = np.percentile(values, SEEN) if len(values) else (0.0, 1.0)
    marked = [*(reading["paper"] or ()), *(one[1] for one in points)]
    inside = [one for one in marked if low - (high - low) <= one <= high + (high - low)]
    low, high = min([low, *inside]), max([high, *inside])
    room = 0.06 * (high - low) or 1.0
    shown = np.clip(values, low - room / 2, high + room / 2)
    places = np.arange(len(values))
    for held, colour, label in ((True, HELD, "holds"), (False, NOT, "does not hold")):
        chosen = np.array([one[2] is held for one in curve], bool)
        axes.plot(places[chosen], shown[chosen], ".", color=colour, markersize=4, label=label)
    for name, figure, _ in points:
        at = int(np.searchsorted(values, figure))
        axes.plot(at, np.clip(figure, low, high), "D", color=POINT, markersize=4)
        axes.annotate(
            shorten(name, 34),
            (at, np.clip(figure, low, high)),
            xytext=(5, -3),
            textcoords="offset points",
            fontsize=6.5,
            color=POINT,
        )
    if reading["paper"]:
        axes.axhspan(*reading["paper"], color=PALETTE["event"], alpha=0.35, linewidth=1.2)
    axes.set_ylim(low - room, high + room)
    axes.set_ylabel(reading["unit"])
    axes.legend(frameon=False, fontsize=7, loc="upper left")


def _choices(
    axes: "Axes", rows: list[tuple[str, str]], curve: list[Any], protocols: Mapping[str, Any]
) -> None:
    for row, (name, value) in enumerate(rows):
        for held, colour in ((True, HELD), (False, NOT)):
            places = [
                place
                for place, one in enumerate(curve)
                if one[2] is held and str(protocols[one[0]][name]) == value
            ]
            axes.plot(places, np.full(len(places), -row), "|", color=colour, markersize=5)
    labels = [f"{name}: {value}" for name, value in rows]
    axes.set_yticks(-np.arange(len(rows)), [shorten(label, 44) for label in labels], fontsize=6.5)
    axes.set_ylim(-len(rows) + 0.4, 0.6)
    axes.set_xlabel("protocols, in the order of the figure above")
    axes.grid(visible=False)
