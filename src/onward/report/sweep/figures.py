"""Which settings mattered, and what each value of them reached."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from onward.report.figures.theme import PALETTE, plain_logarithm, save, shorten
from onward.report.sweep.points import best_baseline, metric_of, text
from onward.report.table import LEARNER

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = 3
# A range of numbers wider than this is drawn by its logarithm.
WIDE = 5


def share_figure(path: Path, results: Mapping[str, Any]) -> None:
    """The share of each setting in what runs differ in, as bars.

    Args:
        path: of the image.
        results: of a sweep.
    """
    settings = results["mattered"][::-1]

    def plot(axes: "Axes") -> None:
        shares = [one["share"] or 0.0 for one in settings]
        axes.barh([shorten(one["setting"]) for one in settings], shares, color=PALETTE["learner"])
        axes.set(xlim=(0, 1), xlabel="share of the variance of the runs' ranks")
        axes.set_title("which settings mattered")
        axes.grid(False, axis="y")

    save(path, (5.5, 0.9 + 0.35 * len(settings)), 1, plot)


def settings_figure(path: Path, results: Mapping[str, Any]) -> None:
    """Every run by the value of each setting, with the medians, and the best baseline as a line.

    Runs far below the median stand on the lower edge, and a baseline below it is left out.

    Args:
        path: of the image.
        results: of a sweep.
    """
    names = [one["setting"] for one in results["mattered"]]
    columns, rows = min(COLUMNS, len(names)), -(-len(names) // COLUMNS)
    runs = [
        (point["settings"], run["scores"][LEARNER][results["metric"]])
        for point in results["points"]
        for run in point["runs"]
    ]
    scores = np.array([-np.inf if score is None else score for _, score in runs])
    low, high = _limits(scores)
    best = best_baseline(results)
    if best is not None:
        high = max(high, best[1])

    def plot(*panels: "Axes") -> None:
        for axes, name in zip(panels, names, strict=False):
            values = [point[name] for point, _ in runs]
            places = _places(axes, values)
            axes.plot(places, np.clip(scores, low, high), "o", color=PALETTE["baseline"], ms=3)
            _medians(axes, places, scores, low)
            if best is not None and best[1] >= low:
                _line(axes, *best)
            axes.set_title(shorten(name))
        for axes in panels[len(names) :]:
            axes.set_axis_off()
        panels[0].set_ylabel(metric_of(results).header)
        for axes in panels[: len(names)]:
            pad = 0.05 * (high - low)
            axes.set_ylim(low - pad, high + pad)

    save(path, (3.1 * columns, 2.5 * rows), columns, plot, rows)


def _limits(scores: np.ndarray) -> tuple[float, float]:
    finite = scores[np.isfinite(scores)]
    if not len(finite):
        return 0.0, 1.0
    high, middle = float(finite.max()), float(np.median(finite))
    low = max(float(finite.min()), middle - 2 * max(high - middle, 1e-3))
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _places(axes: "Axes", values: list[Any]) -> np.ndarray:
    """Where values stand: numbers on a scale, other values side by side."""
    numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    if len(numbers) == len(values):
        if min(numbers) > 0 and max(numbers) > WIDE * min(numbers):
            axes.set_xscale("log")
            axes.set_xlim(min(numbers) / 1.3, max(numbers) * 1.3)
            plain_logarithm(axes.xaxis)
        return np.array(numbers, dtype=float)
    words = list(dict.fromkeys(text(value) for value in values))
    axes.set_xticks(range(len(words)), [shorten(word, 14) for word in words], rotation=20)
    return np.array([words.index(text(value)) for value in values], dtype=float)


def _medians(axes: "Axes", places: np.ndarray, scores: np.ndarray, low: float) -> None:
    """Through the values, where some of them have several runs."""
    values = np.unique(places)
    if len(values) < len(places):
        medians = [np.median(scores[places == value]) for value in values]
        axes.plot(values, np.maximum(medians, low), "_", color=PALETTE["learner"], ms=14, mew=2)


def _line(axes: "Axes", name: str, score: float) -> None:
    axes.axhline(score, color=PALETTE["frozen"], linestyle="--", linewidth=1)
    place = (0.02, score)
    axes.annotate(
        name, place, xycoords=("axes fraction", "data"), fontsize=7, color=PALETTE["frozen"]
    )
