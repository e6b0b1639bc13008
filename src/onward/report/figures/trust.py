"""Which members a mixture trusted, along the stream."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from onward.report.figures.stream_axis import mark_phases, stream_axis
from onward.report.figures.theme import COLOURS, MEMBERS, draw
from onward.report.members import leading, shares_of
from onward.report.table import mixed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Area:
    """Members that are drawn as one area, and how it is named and coloured."""

    name: str
    members: tuple[str, ...]
    colour: str


def areas_of(metrics: Mapping[str, Any]) -> list[Area]:
    """The most trusted members, each by itself, from the bottom up, and the others together; none
    of a network alone."""
    if not mixed(metrics):
        return []
    first = leading(metrics)
    areas = [Area(name, (name,), colour) for name, colour in zip(first, MEMBERS, strict=False)]
    others = tuple(name for name in metrics["trust"]["names"] if name not in first)
    if areas and others:
        areas.append(Area(f"{len(others)} others", others, "baseline"))
    return areas


def trust_figure(
    metrics: Mapping[str, Any], identity: str, size: tuple[float, float]
) -> str | None:
    """Shares of the prediction as areas upon each other, as SVG; None where there are none."""
    areas = areas_of(metrics)
    if not areas:
        return None
    names, ends, shares = shares_of(metrics)
    places = [[names.index(name) for name in area.members] for area in areas]
    heights = np.stack([shares[:, place].sum(axis=1) for place in places])
    tops = np.cumsum(heights, axis=0)
    # Both ends of every stretch, over which a share is one number.
    rows = np.stack([np.append(0, ends[:-1]), ends], axis=1).ravel()

    def plot(figure: "Figure", axes: "Axes") -> None:
        low = np.zeros(len(ends))
        for area, top in zip(areas, tops, strict=True):
            axes.fill_between(
                rows,
                np.repeat(low, 2),
                np.repeat(top, 2),
                color=COLOURS[area.colour],
                linewidth=0,
            )
            low = top
        axes.set_ylim(0, 1)
        axes.yaxis.set_major_formatter(lambda value, position: f"{100 * value:.0f} %")
        axes.set_ylabel("share of\nthe prediction")
        stream_axis(axes, metrics, size)
        mark_phases(axes, metrics)

    return draw(identity, size, "how much each member was trusted over the stream", plot)
