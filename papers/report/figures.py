"""The figure of a claim, from the plain data of its results."""

import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from onward.report.figures.theme import PALETTE, plain_logarithm, save, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Dark to light, and told apart by the colour-blind (Okabe and Ito 2008).
LINES = ("#0072b2", "#d55e00", "#009e73", "#b5739d", "#a77d00", "#56b4e9", "#59626d")
CONTROLS = (
    *("frozen", "readout-only", "rtrl"),
    *("last label", "linear", "ridge", "unigram", "bigram"),
)


def claim_figure(path: Path, content: Mapping[str, Any]) -> None:
    """Draw a claim's figure as PNG and SVG.

    Args:
        path: of the image, whose suffix is replaced.
        content: the claim's results.
    """
    size, columns, rows, plot = _KINDS[content["figure"]["kind"]](content)
    for suffix in (".png", ".svg"):
        save(path.with_suffix(suffix), size, columns, plot, rows)


# Size, columns, rows, and what fills the axes.
Drawing = tuple[tuple[float, float], int, int, Callable[..., None]]
ACROSS = 2


def _bars(content: Mapping[str, Any]) -> Drawing:
    figure = content["figure"]
    tables = [content["tables"][index] for index in figure["tables"]]
    columns = min(ACROSS, len(tables))
    rows = -(-len(tables) // columns)

    def plot(*panels: "Axes") -> None:
        for axes, table in zip(panels, tables, strict=False):
            _bar_panel(axes, table, figure)
        for axes in panels[len(tables) :]:
            axes.set_visible(False)
        _head(panels[0], figure["title"])

    tallest = max(len(table["rows"]) for table in tables)
    return (6.4 * columns, 0.4 + (1.3 + 0.25 * tallest) * rows), columns, rows, plot


def _bar_panel(axes: "Axes", table: Mapping[str, Any], figure: Mapping[str, Any]) -> None:
    places = np.arange(len(table["rows"]))[::-1]
    column = figure["column"]
    values = [_numbers(row["values"][column]) for row in table["rows"]]
    means = np.array([_finite_mean(one) for one in values])
    if figure["logarithmic"]:
        axes.set_xscale("log")
    # Where exact credit gains little; the paper's recovery is then no mark.
    in_errors = table["columns"][column].startswith("error, %")
    marks = {**figure, "reference": None} if in_errors else figure
    low, high = _window(means, table["columns"][column], marks)
    names = [row["name"] for row in table["rows"]]
    colours = [PALETTE["baseline" if _is_control(name) else "learner"] for name in names]
    axes.barh(places, np.clip(means, low, high), color=colours, height=0.62)
    for place, one, mean in zip(places, values, means, strict=True):
        inside = one[np.isfinite(one) & (one >= low) & (one <= high)]
        axes.plot(inside, np.full(len(inside), place), ".", color=PALETTE["ink"], markersize=3)
        if not low <= mean <= high:
            _beyond(axes, place, mean, low, high)
    axes.set_yticks(places, [shorten(name, 64) for name in names], fontsize=8)
    if marks["reference"] is not None:
        axes.axvline(marks["reference"], color=PALETTE["frozen"], linestyle=(0, (4, 2)))
    axes.set_xlim(low, high)
    if figure["logarithmic"]:
        plain_logarithm(axes.xaxis)
    axes.set_xlabel(table["columns"][column])
    axes.set_title(textwrap.fill(table["title"], 46), color=PALETTE["muted"])
    axes.grid(visible=False, axis="y")


def _head(axes: "Axes", title: str) -> None:
    """A title over all the axes of a figure."""
    axes.figure.suptitle(title, x=0.01, ha="left", fontsize=10, color=PALETTE["ink"])


def _legend_below(axes: "Axes") -> None:
    axes.figure.legend(loc="outside lower left", ncols=2, frameon=False, fontsize=8)


def _beyond(axes: "Axes", place: int, mean: float, low: float, high: float) -> None:
    """Say what a bar that leaves the axes stands for."""
    text = "diverged" if np.isnan(mean) else f"← {mean:.3g}" if mean < low else f"{mean:.3g} →"
    right = mean > high
    axes.annotate(
        text,
        (high if right else low, place),
        xytext=(-4 if right else 4, 0),
        textcoords="offset points",
        ha="right" if right else "left",
        va="center",
        color="white" if np.isfinite(mean) else PALETTE["ink"],
    )


def _lines(content: Mapping[str, Any]) -> Drawing:
    figure = content["figure"]

    def plot(axes: "Axes") -> None:
        for index, series in enumerate(figure["series"]):
            colour, (x, mean, std) = LINES[index % len(LINES)], _points(series)
            axes.plot(x, mean, "o-", color=colour, markersize=4, label=series["name"])
            axes.fill_between(x, mean - std, mean + std, color=colour, alpha=0.15, linewidth=0)
        _finish(axes, figure)
        _legend_below(axes)

    return (6.4, 4.0), 1, 1, plot


def _dots(content: Mapping[str, Any]) -> Drawing:
    """Each group in its own colour; a point of no group has no number there."""
    figure = content["figure"]

    def plot(axes: "Axes") -> None:
        for index, series in enumerate(figure["series"]):
            places, mean, std = _points(series)
            axes.errorbar(
                mean, -places, xerr=std, fmt="o", color=LINES[index], label=series["name"]
            )
        axes.set_yticks(-np.arange(len(figure["labels"])), figure["labels"])
        axes.axvline(0, color=PALETTE["muted"], linewidth=0.8)
        axes.set(title=figure["title"], xlabel=figure["xlabel"], ylabel=figure["ylabel"])
        axes.grid(visible=False, axis="y")
        _legend_below(axes)

    return (6.4, 1.8 + 0.26 * len(figure["labels"])), 1, 1, plot


def _map(content: Mapping[str, Any]) -> Drawing:
    figure = content["figure"]
    means = np.array([_numbers(series["mean"]) for series in figure["series"]])

    def plot(axes: "Axes") -> None:
        low, high = 0.0, 100.0
        shown = np.clip(np.nan_to_num(means, nan=low, neginf=low, posinf=high), low, high)
        axes.imshow(shown, cmap="cividis", vmin=low, vmax=high, aspect="auto")
        for (row, column), value in np.ndenumerate(means):
            dark = shown[row, column] < (low + high) / 2
            text = f"{np.round(value) + 0:.0f}" if np.isfinite(value) else "–"
            colour = "white" if dark else "black"
            axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=8)
        names = [series["name"] for series in figure["series"]]
        axes.set_xticks(np.arange(means.shape[1]), figure["labels"], rotation=35, ha="right")
        axes.set_yticks(np.arange(len(names)), [shorten(name) for name in names])
        axes.set(title=figure["title"], xlabel=figure["xlabel"], ylabel=figure["ylabel"])
        axes.grid(visible=False)

    return (2.6 + 0.62 * means.shape[1], 1.8 + 0.36 * len(means)), 1, 1, plot


_KINDS: Mapping[str, Callable[[Mapping[str, Any]], Drawing]] = {
    "bars": _bars,
    "lines": _lines,
    "dots": _dots,
    "map": _map,
}


def _finish(axes: "Axes", figure: Mapping[str, Any]) -> None:
    for name, axis in (("x", axes.xaxis), ("y", axes.yaxis)):
        if name in figure["logarithmic"]:
            axes.set(**{f"{name}scale": "log"})
            plain_logarithm(axis)
    if figure["labels"]:
        axes.set_xticks(np.arange(len(figure["labels"])), figure["labels"])
    if figure["reference"] is not None:
        axes.axhline(figure["reference"], color=PALETTE["muted"], linestyle=(0, (4, 2)))
    axes.set(title=figure["title"], xlabel=figure["xlabel"], ylabel=figure["ylabel"])


def _points(series: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x, mean, std = (_numbers(series[name]) for name in ("x", "mean", "std"))
    return x, mean, std


def _numbers(values: list[float | None]) -> np.ndarray:
    """None, which stands for a number that was not finite, as NaN."""
    return np.array(values, dtype=np.float64)


def _finite_mean(values: np.ndarray) -> float:
    return float(values.mean()) if np.isfinite(values).all() else float("nan")


def _window(means: np.ndarray, column: str, figure: Mapping[str, Any]) -> tuple[float, float]:
    """Limits of the values. A recovery far beyond nothing or all of it leaves the axes, lest it
    squeeze the rest."""
    marked = [] if figure["reference"] is None else [figure["reference"]]
    shown = np.array([*means[np.isfinite(means)], *marked])
    if figure["logarithmic"]:
        return float(shown.min()) / 2, float(shown.max()) * 2
    if column.startswith("recovery"):
        return max(float(shown.min()), -60.0) - 3, min(float(shown.max()), 200.0) + 8
    return min(0.0, float(shown.min()) * 1.08), float(shown.max()) * 1.08


def _is_control(name: str) -> bool:
    return name.startswith(CONTROLS)
