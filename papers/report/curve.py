"""A specification curve: a claim's figure in every protocol, in order, over what each has chosen.

Simonsohn, Simmons and Nelson (2020), "Specification curve analysis".
"""

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from onward.report.figures.theme import PALETTE, plain_logarithm, save, shorten
from papers.multiverse.study import Measured

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Factors below the curve, and percentiles of the figures between which all is seen.
FACTORS, SEEN = 6, (3, 97)
# Less is seen where a few protocols diverge: from the median so many times as far as most protocols
# lie from it, in decades where the axis is logarithmic.
MANY, FAR = (15, 50, 85), 3.0
# From so many times the least figure on, the axis is logarithmic.
WIDE = 100.0
HELD, NOT, POINT = PALETTE["learner"], PALETTE["frozen"], PALETTE["ink"]


def curve_figure(path: Path, title: str, reading: Mapping[str, Any], world: Measured) -> None:
    """Draw a reading as an image.

    Args:
        path: of the image; its suffix chooses the format.
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
        above.set_title(textwrap.fill(title, 76))
        _choices(below, rows, curve, protocols)

    heights = (2.6, 0.5 + 0.155 * len(rows))
    save(path, (7.2, sum(heights)), 1, plot, 2, heights)


def _figures(axes: "Axes", curve: list[Any], reading: Mapping[str, Any]) -> None:
    values = np.array([one[1] for one in curve], float)
    points = [one for one in reading["points"] if one[1] is not None]
    marked = [*(reading["paper"] or ()), *(one[1] for one in points)]
    low, high = _window(values, marked)
    places, shown = np.arange(len(values)), np.clip(values, low, high)
    for held, colour, label in ((True, HELD, "holds"), (False, NOT, "does not hold")):
        chosen = np.array([one[2] is held for one in curve], bool)
        axes.plot(places[chosen], shown[chosen], ".", color=colour, markersize=4, label=label)
    for number, (name, figure, _) in enumerate(points, 1):
        at, seen = int(np.searchsorted(values, figure)), float(np.clip(figure, low, high))
        axes.plot(at, seen, "D", color=POINT, markersize=4, label=f"{number}: {name}")
        axes.annotate(
            *(str(number), (at, seen)),
            xytext=(4, -9),
            textcoords="offset points",
            fontsize=7,
            color=POINT,
        )
    if reading["paper"]:
        ends = np.clip(reading["paper"], low, high)
        axes.axhspan(*ends, color=PALETTE["event"], alpha=0.35, linewidth=1.2, label="the paper")
    if low > 0 and high > WIDE * low:
        axes.set_yscale("log")
        plain_logarithm(axes.yaxis)
    axes.set_ylabel(textwrap.fill(reading["unit"], 26))
    # The figures rise to the right, so that the upper left is free.
    axes.legend(frameon=False, fontsize=6.5, loc="upper left", labelspacing=0.25)


def _window(values: np.ndarray, marked: list[float]) -> tuple[float, float]:
    """Limits of the figures: what a few protocols give far from all others leaves the axes, and
    what is marked is seen where it is not far from them, either."""
    if not len(values):
        return (min(marked), max(marked)) if marked else (0.0, 1.0)
    low, high = map(float, np.percentile(values, SEEN))
    there, back = (np.log, np.exp) if 0 < low < high / WIDE else (np.asarray, np.asarray)
    below, middle, above = there(np.percentile(values, MANY))
    low = max(low, float(back(middle - FAR * (middle - below))))
    high = min(high, float(back(middle + FAR * (above - middle))))
    near = [one for one in marked if low - (high - low) <= one <= high + (high - low)]
    return min([low, *near]), max([high, *near])


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
