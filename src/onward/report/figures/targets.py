"""Regression: predictions of one target against the truth."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from onward.report.figures.theme import COLOURS, draw, shorten
from onward.report.predictions import read_thinned
from onward.report.table import LEARNER

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

POINTS = 1_000
SIZE = (2.8, 2.6)


def scatter_figure(path: Path, target: str, identity: str) -> str:
    """Predicted against true, every k-th row of the whole stream, as SVG.

    Args:
        path: predictions.parquet.
        target: the target's name in the columns `true:<target>` and `onward:<target>`.
        identity: a word of letters that no other figure of the page uses.
    """
    columns = read_thinned(path, [f"true:{target}", f"{LEARNER}:{target}"], POINTS)
    true, predicted = columns.values()

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

    return draw(identity, SIZE, f"predicted against true {target}", plot)


def _limits(true: np.ndarray, predicted: np.ndarray) -> tuple[float, float]:
    """The range of the truth and of the middle 98 % of the predictions, with a margin.

    A learner that shoots off must not flatten all the others: predictions may widen the range of
    the truth by its own width on either side.
    """
    truth, made = (values[np.isfinite(values)].astype(np.float64) for values in (true, predicted))
    if not len(truth):
        truth = made[:1]
    if not len(truth):
        return 0.0, 1.0
    low, high = float(truth.min()), float(truth.max())
    width = (high - low) or 1.0
    if len(made):
        first, last = np.quantile(made, [0.01, 0.99])
        low, high = (
            max(min(low, first), low - width),
            min(max(high, last), high + width),
        )
    margin = 0.06 * (high - low) or 0.5
    return low - margin, high + margin
