"""Regression: predictions of one target beside the truth, in time and against each other."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from onward.report.figures.theme import COLOURS, draw, shorten
from onward.report.predictions import Columns, column_names, read_excerpts
from onward.report.table import LEARNER

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

EXCERPT_ROWS = 300
SCATTER_POINTS = 1_000
# Inches; the page's columns have the same proportions, so the panels are equally high.
EXCERPT, SCATTER = (3.5, 2.4), (2.6, 2.4)


@dataclass(frozen=True)
class TargetFigures:
    """The panels of one target: (caption, SVG) each."""

    target: str
    panels: tuple[tuple[str, str], ...]


def target_figures(path: Path, target: str, identity: str) -> TargetFigures:
    """An excerpt from the start of the stream, one from its end, and a scatter.

    Args:
        path: predictions.parquet.
        target: the target's name in the columns `true:<target>` and `onward:<target>`.
        identity: a word of letters that no other figure of the page uses.
    """
    true, predicted = f"true:{target}", f"{LEARNER}:{target}"
    position = "time" if "time" in column_names(path) else "row"
    columns = [*dict.fromkeys(["row", position]), true, predicted]
    excerpts = read_excerpts(path, columns, EXCERPT_ROWS, SCATTER_POINTS)
    panels = []
    for part, columns_of_part in (("first", excerpts.first), ("last", excerpts.last)):
        if len(columns_of_part["row"]):
            svg = _excerpt(columns_of_part, target, position, f"{identity}{part}")
            panels.append((f"{part.capitalize()} {len(columns_of_part['row']):,} rows", svg))
    svg = _scatter(excerpts.thinned, target, f"{identity}scatter")
    panels.append(("Predicted against true, whole stream", svg))
    return TargetFigures(target, tuple(panels))


def _excerpt(columns: Columns, target: str, position: str, identity: str) -> str:
    true, predicted = columns[f"true:{target}"], columns[f"{LEARNER}:{target}"]

    def plot(figure: "Figure", axes: "Axes") -> None:
        # The truth is a broad band: where the prediction is right, it runs inside.
        axes.plot(columns[position], true, color=COLOURS["ink"], linewidth=3.0, alpha=0.3)
        axes.plot(columns[position], predicted, color=COLOURS["learner"], linewidth=1.2)
        axes.margins(x=0)
        low, high = _limits(true, predicted)
        axes.set_ylim(low, high)
        axes.set_xlabel(position)
        axes.set_ylabel(shorten(target, 26))
        _format_position(axes, columns[position])

    return draw(identity, EXCERPT, f"true and predicted {target}, rows in order", plot)


def _scatter(columns: Columns, target: str, identity: str) -> str:
    true, predicted = columns[f"true:{target}"], columns[f"{LEARNER}:{target}"]

    def plot(figure: "Figure", axes: "Axes") -> None:
        low, high = _limits(true, predicted)
        axes.plot([low, high], [low, high], color=COLOURS["ink"], linewidth=0.8)
        axes.plot(
            true,
            predicted,
            linestyle="",
            marker="o",
            markersize=2.6,
            markeredgewidth=0,
            color=COLOURS["learner"],
            alpha=0.4,
        )
        axes.set_xlim(low, high)
        axes.set_ylim(low, high)
        axes.set_aspect("equal")
        axes.locator_params(nbins=5)
        axes.set_xlabel(f"true {shorten(target, 22)}")
        axes.set_ylabel("predicted")

    return draw(identity, SCATTER, f"predicted against true {target}", plot)


def _limits(true: np.ndarray, predicted: np.ndarray) -> tuple[float, float]:
    """The range of the truth and of the middle 98 % of the predictions, with a margin.

    A learner that shoots off for a few rows must not flatten all the others.
    """
    truth = true[np.isfinite(true)]
    middle = predicted[np.isfinite(predicted)]
    if len(middle):
        middle = np.quantile(middle, [0.01, 0.99])
    values = np.concatenate([truth, middle]).astype(np.float64)
    if not len(values):
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    margin = 0.06 * (high - low) or 0.5
    return low - margin, high + margin


def _format_position(axes: "Axes", values: np.ndarray) -> None:
    if np.issubdtype(values.dtype, np.datetime64):
        from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

        locator = AutoDateLocator(minticks=3, maxticks=6)
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
        return
    axes.locator_params(axis="x", nbins=5)
    axes.xaxis.set_major_formatter(lambda value, position: f"{value:,.6g}")
